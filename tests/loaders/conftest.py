"""Fixtures of the loaders' tests."""

from tests.loaders.tables import file, files

__all__ = ["file", "files"]
