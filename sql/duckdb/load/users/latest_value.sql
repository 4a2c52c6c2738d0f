-- Part of users/compute: the latest value of a column that is not NULL.
ARG_MAX({column}, "#place") AS {column}
