"""What can run on a machine: catalogue, discovery, managed environments. Never imports a framework."""
