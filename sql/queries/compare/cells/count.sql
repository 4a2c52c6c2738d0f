-- Part of a comparison: how many values a column has.
COUNT({column})
