"""The erasure of persons from lake, warehouse and exports, for the command and for Dagster (contract §13)."""
