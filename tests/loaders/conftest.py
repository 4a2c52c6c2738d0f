"""Fixtures of the loaders' tests."""

from tests.loaders.tables import file, files
from tests.postgres import postgres

__all__ = ["file", "files", "postgres"]
