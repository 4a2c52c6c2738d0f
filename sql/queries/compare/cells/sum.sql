-- Part of a comparison: the sum of hashes.
SUM({column})
