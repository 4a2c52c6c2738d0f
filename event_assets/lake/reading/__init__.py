"""The live rows of the lake."""
