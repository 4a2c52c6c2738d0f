"""Errors of the connector: which of them pass, and which mean that a name is taken."""

from __future__ import annotations

import pytest

from loaders.dialects.snowflake.errors import is_conflict, is_taken, is_transient


class DriverError(Exception):
    """As the connector raises it."""

    def __init__(self, text: str, errno: int) -> None:
        super().__init__(text)
        self.errno = errno


@pytest.mark.parametrize(
    ("number", "transient", "conflict", "taken"),
    [(625, True, True, False), (604, True, False, False), (250001, True, False, False),
     (2002, False, False, True), (1003, False, False, False)],
)  # fmt: skip
def test_an_error_is_told_by_its_number(number: int, transient: bool, conflict: bool, taken: bool) -> None:
    error = DriverError("something", number)
    assert (is_transient(error), is_conflict(error), is_taken(error)) == (transient, conflict, taken)
