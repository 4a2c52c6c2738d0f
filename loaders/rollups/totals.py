"""What a day of a rollup adds up to: its rows and the sums of its columns of numbers, to show before and after.

Covered by tests/defs/test_rollups.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from loaders.connection.session import Name, Quoted, Session

Totals = Mapping[str, float]
"""`rows` and column -> its sum."""

_NUMBER: Final = re.compile(
    r"(tiny|small|big|huge|u)*int(eger)?\d*|double( precision)?|real|float\d*|(decimal|numeric|number).*"
)


def read_totals(
    session: Session, table: Name, columns: Mapping[str, str], bounds: Mapping[str, datetime]
) -> dict[str, float]:
    """Return the totals of a day in a table with these columns and types."""
    names = [name for name, kind in columns.items() if _NUMBER.fullmatch(kind.lower())]
    sums = "".join(f", SUM({session.quote(name)}) AS total_{number}" for number, name in enumerate(names))
    row = session.rows("rollups/days/totals", {"table": table, "sums": Quoted(sums)}, **bounds)[0]
    return {"rows": int(row[0])} | {name: _plain(value) for name, value in zip(names, row[1:], strict=True)}


def _plain(value: object) -> float:
    """Return a sum as int where it is whole: drivers give decimals for sums of integers."""
    number = float(str(value or 0))
    return int(number) if number.is_integer() else number
