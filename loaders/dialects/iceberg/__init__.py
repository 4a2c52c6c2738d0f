"""Iceberg: tables as Parquet files in a bucket, whose states a REST catalog commits together."""
