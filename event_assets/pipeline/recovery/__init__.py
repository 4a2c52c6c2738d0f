"""What lake and warehouse have lost, brought back from the archive and from each other."""
