"""What an operator does about an error of PostgreSQL, by its class: the remedy that the server's own message lacks.

Covered by tests/loaders/dialects/postgresql/test_postgresql_errors.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from psycopg import Error, errors
from psycopg.sql import Identifier

from loaders.interface.errors import Busy, Terminal, WarehouseError


def explain_error(error: Error, holders: Callable[[], str]) -> WarehouseError | None:
    """Return the error with its remedy, or None if the server's message is all there is to know.

    `holders` finds the sessions that hold a lock which was not free in time.
    """
    if isinstance(error, errors.IntegrityError) and error.diag.schema_name == "tideline":
        return None  # no constraint of Tideline's own may be dropped
    for kind, explain in _EXPLANATIONS.items():
        if isinstance(error, kind):
            return Terminal(f"the warehouse refused: {_message(error)}; {explain(error)}")
    if isinstance(error, errors.LockNotAvailable):
        return Busy(f"the warehouse refused: {_message(error)}{holders()}; nothing was changed, load again later")
    return None


def _message(error: Error) -> str:
    return error.diag.message_primary or str(error).split("\n", 1)[0]


def _table(error: Error) -> str:
    """Return the quoted table of the error."""
    return Identifier(error.diag.schema_name or "", error.diag.table_name or "").as_string()


def _drop_not_null(error: Error) -> str:
    column = Identifier(error.diag.column_name or "").as_string()
    return (
        f"not every event has it: run ALTER TABLE {_table(error)} ALTER COLUMN {column} DROP NOT NULL, or SET DEFAULT, "
        "then load again"
    )


def _drop_constraint(error: Error) -> str:
    name = Identifier(error.diag.constraint_name or "").as_string()
    schema = Identifier(error.diag.schema_name or "", error.diag.constraint_name or "").as_string()
    return (
        f"events need not meet it: run ALTER TABLE {_table(error)} DROP CONSTRAINT {name} (a unique index of no "
        f"constraint: DROP INDEX {schema}), then load again"
    )


def _disable_trigger(_error: Error) -> str:
    return "a trigger or function of the warehouse raised it: mend it, or disable it on the table, then load again"


def _grant(_error: Error) -> str:
    return (
        "give the role of the load the rights of docs/roles.md; where a row level security policy is the reason, run "
        "ALTER ROLE ... BYPASSRLS for it, since a load must see every row"
    )


def _restore(_error: Error) -> str:
    return (
        "it was dropped or renamed by hand: give it its name back, or restore it from a backup, or run DROP SCHEMA "
        "tideline CASCADE, drop the event tables, and load every hour again"
    )


def _free_name(_error: Error) -> str:
    return "a view or another object has the name of a table to create: rename or drop it, then load again"


def _find_primary(_error: Error) -> str:
    return "the server has become a standby, or read-only: load into its primary"


_EXPLANATIONS: Final[Mapping[type[Error], Callable[[Error], str]]] = {
    errors.NotNullViolation: _drop_not_null,
    errors.IntegrityError: _drop_constraint,
    errors.RaiseException: _disable_trigger,
    errors.InsufficientPrivilege: _grant,
    errors.UndefinedTable: _restore,
    errors.DuplicateTable: _free_name,
    errors.ReadOnlySqlTransaction: _find_primary,
}
"""Of several classes of an error the first counts."""
