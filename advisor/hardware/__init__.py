"""What this machine is. Imports nothing from later stages, no Qt, no deep-learning framework."""
