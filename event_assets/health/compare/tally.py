"""The counts of one table while its rows are compared, and a few examples of every kind.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from event_assets.health.compare.pairing import PairedTable
from event_assets.health.compare.result import ColumnDifference, DayDifference, Example, Kind
from event_assets.health.compare.rows import DifferingCell
from event_assets.health.compare.values import Value
from loaders.queries.compare.columns import Family
from loaders.queries.compare.rows import NO_DAY, DaySum

EXAMPLES: Final = 3
"""Examples of a kind of difference, of one column and one rule."""
SHOWN_CHARACTERS: Final = 200
OTHER_ROWS: Final = frozenset({"copies", "erased"})
"""Rules of rows there that are another one than that which we keep."""
_FIRST_DAY: Final = date(1970, 1, 1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class RowTally:
    """Rows by day, column and rule."""

    table: PairedTable
    here: Mapping[int, DaySum]
    there: Mapping[int, DaySum]
    days: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    columns: Counter[str] = field(default_factory=Counter)
    unexplained: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    apart: set[str] = field(default_factory=set)
    """Ids of rows without a partner, or whose partner is another copy: their columns cannot be compared."""
    _rule_of: dict[str, str] = field(default_factory=dict)
    _without_rule: set[str] = field(default_factory=set)
    _shown: Counter[tuple[Kind, str, str | None]] = field(default_factory=Counter)

    def count_pair(self, id: str, day: int, cells: Sequence[DifferingCell]) -> None:
        """Count a row that both sides have, if it differs."""
        if not cells:
            return
        explained = all(cell.rule for cell in cells)
        if other := next((cell.rule for cell in cells if cell.rule in OTHER_ROWS), None):
            self._set_apart(id, other if explained else None)
        self.days[day].update(("differing", "explained" if explained else "unexplained"))
        self.rules.update({cell.rule for cell in cells if cell.rule} if explained else ())
        self.columns.update({cell.column for cell in cells})
        self.unexplained.update({cell.column for cell in cells if cell.rule is None})
        for cell in cells:
            self._show("differs", id, day, cell)

    def count_lonely(self, kind: Kind, id: str, day: int, *, rule: str | None = None, rows: int = 1) -> None:
        """Count rows that one side has."""
        self._set_apart(id, rule)
        self.days[day].update({kind: rows, "explained" if rule else "unexplained": rows})
        if rule:
            self.rules[rule] += rows
        self._show(kind, id, day, DifferingCell("", None, None, rule=rule))

    def leave(self, day: int, rows: int) -> None:
        """Count rows that differ and were not looked at."""
        if rows > 0:
            self.days[day].update({"differing": rows, "unexplained": rows, "unexamined": rows})

    @property
    def explained_ids(self) -> dict[str, str]:
        """The ids of `apart` with the rule that explains their rows, for those whose rows are all explained."""
        return {id: rule for id, rule in self._rule_of.items() if id not in self._without_rule}

    def day_differences(self) -> tuple[DayDifference, ...]:
        """Return the days that differ, in order."""
        nothing = DaySum(0, 0)
        return tuple(
            DayDifference(
                day_text(day), self.here.get(day, nothing).held, self.there.get(day, nothing).held, **self.days[day]
            )
            for day in sorted(self.days)
        )

    def column_differences(self) -> tuple[ColumnDifference, ...]:
        """Return the columns that differ, those first that are to be looked at."""
        ordered = sorted(self.columns, key=lambda name: (-self.unexplained[name], -self.columns[name], name))
        return tuple(ColumnDifference(name, self.columns[name], self.unexplained[name]) for name in ordered)

    def _set_apart(self, id: str, rule: str | None) -> None:
        self.apart.add(id)
        if rule is None:
            self._without_rule.add(id)
        else:
            self._rule_of[id] = rule

    def _show(self, kind: Kind, id: str, day: int, cell: DifferingCell) -> None:
        key = (kind, cell.column, cell.rule)
        if self._shown[key] >= EXAMPLES:
            return
        self._shown[key] += 1
        here, there = show_value(cell.here, cell.here_is), show_value(cell.there, cell.there_is)
        if not cell.column:
            here = there = ""
        self.examples.append(Example(kind, shorten_text(id), day_text(day), cell.column, here, there, cell.rule))


def day_text(day: int) -> str:
    """Return a day as `2026-01-31`; `all` for rows without one, and a number of days where the calendar has none."""
    if day == NO_DAY:
        return "all"
    try:
        return (_FIRST_DAY + timedelta(days=day)).isoformat()
    except OverflowError:
        return f"day {day}"


def show_value(value: Value, family: Family) -> str:
    """Return a value as a short text; instants as ISO 8601."""
    if value is None:
        return "NULL"
    if family == "time" and isinstance(value, int):
        try:
            return (_EPOCH + timedelta(microseconds=value)).isoformat().replace("+00:00", "Z")
        except OverflowError:
            return f"{value} µs"
    return shorten_text(str(value).lower() if isinstance(value, bool) else str(value))


def shorten_text(text: str) -> str:
    """Return the beginning of a long text."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
