"""Output of the commands of contract §13."""
