"""Fixtures of the loaders' tests."""

from tests.loaders.tables import files

__all__ = ["files"]
