-- Part of users/compute: a column of the latest identify, NULL or not.
ARG_MAX_NULL({column}, "#place") AS {column}
