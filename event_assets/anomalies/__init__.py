"""What is unusual: values of the ledger in, findings out."""
