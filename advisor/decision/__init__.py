"""What to choose: needs to gates, values, weights, ranking, verdict. Pure functions: no files, no processes."""
