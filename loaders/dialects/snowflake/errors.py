"""Errors of Snowflake's connector, told apart by their numbers.

Covered by tests/loaders/dialects/snowflake/test_errors.py.
"""

from __future__ import annotations

from typing import Final

_TRANSIENT: Final = frozenset(
    {
        625,  # a statement was cancelled because it waited for a lock for longer than LOCK_TIMEOUT
        604,  # a statement was cancelled
        610,  # the transaction was aborted
        606,  # no warehouse is active: a resumed one is
        250001, 250003, 251012,  # the service cannot be reached
    }
)  # fmt: skip
_TAKEN: Final = frozenset({2002})  # an object of this name exists
_CONFLICT: Final = ("Conflict on", "conflict", "lock timeout", "LOCK_TIMEOUT")


def number_of(error: BaseException) -> int:
    """Return the number of an error; 0 if it has none."""
    number = getattr(error, "errno", None)
    return number if isinstance(number, int) and number > 0 else 0


def is_conflict(error: BaseException) -> bool:
    """Return whether another transaction holds the rows."""
    return number_of(error) == 625 or any(words in str(error) for words in _CONFLICT)


def is_transient(error: BaseException) -> bool:
    """Return whether the same call may succeed later."""
    return number_of(error) in _TRANSIENT or is_conflict(error) or type(error).__name__ == "OperationalError"


def is_taken(error: BaseException) -> bool:
    """Return whether something else has the name of a new table."""
    return number_of(error) in _TAKEN or "already exists" in str(error)
