"""What to choose: from needs to gates, values, weights, ranking and verdict. Pure functions."""
