"""Two rows with one id: which of their columns differ, and by which rules.

Covered by tests/compare/test_rules_of_vendors.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from event_assets.health.compare.configured.masked import MaskedColumns
from event_assets.health.compare.evidence import Newest
from event_assets.health.compare.pairing import PairedTable
from event_assets.health.compare.rescued import rescued_columns
from event_assets.health.compare.rules import MILLISECOND, Cell, explain_cell, is_equal
from event_assets.health.compare.values import Value, same
from loaders.formats.json_values import Json
from loaders.formats.timestamps import DAY, HOUR
from loaders.queries.compare.columns import ColumnPair, Family
from loaders.queries.compare.rows import Values

RESCUED: Final = "_rescued"
ARCHIVE_HOUR: Final = "_archive_hour"


@dataclass(frozen=True)
class DifferingCell:
    """A column whose values differ, and the rule that explains it; None if it is unexplained."""

    column: str
    here: Value
    there: Value
    here_is: Family = "text"
    there_is: Family = "text"
    rule: str | None = None


def differing_cells(
    table: PairedTable, masks: MaskedColumns, here: Values, there: Values, by_arrival: Newest | None = None
) -> list[DifferingCell]:
    """Return the columns that differ between two rows. `by_arrival` is what a user has by arrival there."""
    assert table.pair is not None  # noqa: S101  only tables that can be compared have rows
    differing = [
        cell
        for pair in table.pair.columns
        if not _is_identical(here[pair.here.name], there[pair.there.name])
        and not is_equal(cell := _cell(pair, here, there))
    ]
    if not differing:
        return []
    rows = _TwoRows(table, masks, here, there, rescued_columns(here.get(RESCUED), table.event_type), by_arrival)
    return [rows.explain(cell) for cell in differing]


def rescued_id(event_type: str, rescued: str | None) -> str | None:
    """Return the id that the event was sent with, where it could not be its id here, by what was rescued."""
    sent = rescued_columns(rescued, event_type).get("id", ())
    return next((str(one) for one in sent if isinstance(one, str)), None)


def unexplained(cells: list[DifferingCell]) -> list[DifferingCell]:
    """Return the cells that no rule explains."""
    return [cell for cell in cells if cell.rule is None]


def is_earlier_copy(here: Values, there: Values, *, strictly: bool) -> bool:
    """Return whether the row there arrived before the one here, or with it."""
    mine, other = here.get("received_at"), there.get("received_at")
    if mine is None or other is None:
        return False
    if mine == here.get(ARCHIVE_HOUR):
        return bool(other < mine + HOUR)  # where no arrival was sent, both came at any time of that hour
    return bool(other < mine // MILLISECOND * MILLISECOND if strictly else other <= mine)


def _is_identical(one: Value, other: Value) -> bool:
    """Return whether two values are equal as they are: most are, and need no look at their types."""
    return one is other or (type(one) is type(other) and one == other)


def _cell(pair: ColumnPair, here: Values, there: Values) -> Cell:
    return Cell(pair.name, here[pair.name], there[pair.there.name], pair.here.family, pair.there.family)


@dataclass(frozen=True)
class _TwoRows:
    """Two rows with one id. `rescued` is of the row here, `by_arrival` what a user has by arrival there."""

    table: PairedTable
    masks: MaskedColumns
    here: Values
    there: Values
    rescued: Mapping[str, list[Json]]
    by_arrival: Newest | None

    def explain(self, cell: Cell) -> DifferingCell:
        """Return the cell with the first rule that explains it."""
        rules = self._rules(replace(cell, rescued=self.rescued.get(cell.column, ())))
        rule = next((rule for rule in rules if rule), None)
        return DifferingCell(cell.column, cell.here, cell.there, cell.here_is, cell.there_is, rule)

    def _rules(self, cell: Cell) -> Iterator[str | None]:
        yield "masked" if self.masks.explains(self.table.event_type, cell) else None
        if self.table.table == "users":
            yield _explain_user(cell, self.by_arrival)
        elif cell.column == "received_at":
            yield _explain_arrival(self.here, self.there, self.rescued)
        elif cell.column == "timestamp":
            yield _explain_time(self.here, self.there, self.rescued)
        yield explain_cell(cell)


def _explain_user(cell: Cell, by_arrival: Newest | None) -> str | None:
    if by_arrival is None:
        return None
    newest = by_arrival.get(cell.column, (None,))
    return "users" if any(same(one, cell.there_is, cell.there, cell.there_is) for one in newest) else None


def _explain_arrival(here: Values, there: Values, rescued: Mapping[str, list[Json]]) -> str | None:
    hour, other = here.get(ARCHIVE_HOUR), there.get("received_at")
    if hour is None or other is None or here.get("received_at") != hour:
        return None
    if not 0 <= other <= hour + HOUR + DAY:
        return "clocks" if "received_at" in rescued else None
    return None if "received_at" in rescued else "arrival"


def _explain_time(here: Values, there: Values, rescued: Mapping[str, list[Json]]) -> str | None:
    mine, other, received = here.get("timestamp"), there.get("timestamp"), here.get("received_at")
    if mine is None or received is None:
        return None
    if other is None:
        return "derived" if "timestamp" not in rescued and mine in _derived_times(here, received) else None
    if mine == received and not 0 <= other <= received + DAY:
        return "clocks"
    if rule := _explain_derived(here, there, rescued):
        return rule
    theirs = there.get("received_at")
    rule = _explain_arrival(here, there, rescued) if theirs != received else None
    if rule is None or theirs is None:
        return None
    return rule if abs((mine - received) - (other - theirs)) < MILLISECOND else None


def _explain_derived(here: Values, there: Values, rescued: Mapping[str, list[Json]]) -> str | None:
    """Return the rule of a time that both sides derive, where they read a clock that we do not."""
    unread = [clock for clock in ("sent_at", "original_timestamp") if clock in rescued]
    sent, original, received = (there.get(clock) for clock in ("sent_at", "original_timestamp", "received_at"))
    if not unread or sent is None or original is None or received is None:
        return None
    if here["timestamp"] != here["received_at"]:
        return None
    return "calendar" if abs(there["timestamp"] - (received - (sent - original))) < MILLISECOND else None


def _derived_times(here: Values, received: int) -> tuple[int, ...]:
    """Return the event times that contract §4 gives to an event without a timestamp."""
    sent, original = here.get("sent_at"), here.get("original_timestamp")
    return (received,) if sent is None or original is None else (received - (sent - original), received)
