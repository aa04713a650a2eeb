"""Where a job runs: here, over SSH, or on a Dask scheduler's host. Each starts the command line there."""
