"""About which share of a table's rows has a value in a column, by a bounded look at some of them.

Covered by tests/loaders/queries/test_filled.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from loaders.connection.session import Name, Quoted, Session

ROWS: Final = 5_000
"""Rows that are looked at."""
_COLUMNS: Final = 500
"""Columns of a statement: a server has a limit."""


def filled_shares(session: Session, schema: str, table: str, columns: Sequence[str]) -> dict[str, float]:
    """Return the share of rows with a value by column; nothing where the table has no row."""
    shares: dict[str, float] = {}
    for start in range(0, len(columns), _COLUMNS):
        some = columns[start : start + _COLUMNS]
        counts = "".join(f", COUNT({session.quote(name)}) AS filled_{number}" for number, name in enumerate(some))
        names: dict[str, Name] = {"table": (schema, table), "columns": session.columns(some), "counts": Quoted(counts)}
        looked_at, *filled = session.rows("queries/tables/filled", names, rows=ROWS)[0]
        shares |= {name: found / looked_at for name, found in zip(some, filled, strict=True)} if looked_at else {}
    return shares
