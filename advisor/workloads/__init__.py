"""What is measured: workloads and the networks behind them. Nothing here runs or builds one."""
