"""How fast it runs: workloads, worker scripts, process runner, schedule, statistics. Knows no needs."""
