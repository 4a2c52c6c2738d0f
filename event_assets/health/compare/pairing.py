"""Which tables and columns of two schemas are compared with each other, by their names alone.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from event_assets.health.compare.result import TypeDifference
from loaders.queries.compare.columns import ColumnPair, TablePair, Typed
from loaders.transform.names import MAX_LENGTH
from loaders.transform.standard_columns import OURS, event_type_of, fixed_columns

CLOCKS: Final = ("timestamp", "received_at", "original_timestamp", "sent_at")
"""The clock that gives a row its day: the first that both sides have."""
WITHOUT_DAYS: Final = frozenset({"users"})
"""Tables whose rows are not of a day: their clocks differ with the event that was taken last."""
LOADERS_OWN: Final = frozenset({"uuid_ts", "loaded_at", "uuid"})
"""Columns in which a loader keeps its own notes: they are never the same."""
IGNORED_TABLES: Final = re.compile(r"rudder_discards|rudder_staging_.*|setup_test_.*|wh_.*_staging", re.IGNORECASE)
"""Tables that another loader keeps for itself."""
_TRANSPORT: Final = re.compile(r"context_(source|destination)_.*")
_SHORTENED: Final = re.compile(r"(.{20,27})_.*_[a-p]{8}")
"""A name that was too long: its first characters, its last ones and a hash."""
_TEXTS: Final = frozenset({"text", "other"})

Columns = Mapping[str, str]
"""Column -> type, as the information schema spells it."""


@dataclass(frozen=True)
class PairedTable:
    """A table of both sides. `pair` is None if it cannot be compared, for the reason `error`."""

    table: str
    there_table: str
    pair: TablePair | None
    only_here: tuple[Typed, ...] = ()
    only_there: tuple[Typed, ...] = ()
    types: tuple[TypeDifference, ...] = ()
    error: str = ""

    @property
    def event_type(self) -> str:
        """The type of its events; identify for `users`, which is made of them."""
        return "identify" if self.table == "users" else event_type_of(self.table)


@dataclass(frozen=True)
class PairedSchemas:
    """The tables of two schemas."""

    both: tuple[PairedTable, ...]
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]
    ignored: tuple[str, ...]


def pair_schemas(here: tuple[str, Mapping[str, Columns]], there: tuple[str, Mapping[str, Columns]]) -> PairedSchemas:
    """Pair the tables of two schemas, each given with its name; long names also where the other side cuts them."""
    here_schema, here_tables = here
    there_schema, there_tables = there
    ignored = sorted(name for name in there_tables if IGNORED_TABLES.fullmatch(name))
    theirs = sorted(there_tables.keys() - set(ignored))
    names = _pair_names(here_tables, theirs)
    both = tuple(
        _pair_table((here_schema, name), here_tables[name], (there_schema, other), there_tables[other])
        for name, other in sorted(names.items())
    )
    taken = set(names.values())
    only_here = tuple(sorted(here_tables.keys() - names.keys()))
    return PairedSchemas(both, only_here, tuple(name for name in theirs if name not in taken), tuple(ignored))


def explain_column(table: PairedTable, column: str, *, here: bool) -> str | None:
    """Return the rule that leaves a column to one side, by its name."""
    if here:
        if _is_moved(column, fixed_columns(table.event_type)):
            return "reserved"
        parents = {typed.name for typed in table.only_there}
        parent = next((name for name in parents if column.startswith(f"{name}_")), None)
        if parent:
            return "spread" if column.removeprefix(f"{parent}_").isdigit() else "json_paths"
        return None
    if _TRANSPORT.fullmatch(column):
        return "transport"
    children = [
        typed.name.removeprefix(f"{column}_") for typed in table.only_here if typed.name.startswith(f"{column}_")
    ]
    return ("spread" if all(map(str.isdigit, children)) else "json_paths") if children else None


def _is_moved(column: str, fixed: frozenset[str]) -> bool:
    """Return whether a column has the name of a standard one behind one `_` or more."""
    while column.startswith("_"):
        column = column[1:]
        if column in fixed:
            return True
    return False


def _pair_table(here: tuple[str, str], ours: Columns, there: tuple[str, str], theirs: Columns) -> PairedTable:
    mine = {name: kind for name, kind in ours.items() if name not in OURS}
    own = LOADERS_OWN | OURS.keys() if OURS.keys() <= theirs.keys() else LOADERS_OWN  # theirs may be Tideline's, too
    others = {name: kind for name, kind in theirs.items() if name not in own}
    names = _pair_names(mine, sorted(others))
    pairs = [ColumnPair(Typed(name, mine[name]), Typed(other, others[other])) for name, other in names.items()]
    by_name = {pair.name: pair for pair in pairs}
    only_here = tuple(Typed(name, mine[name]) for name in mine if name not in names)
    only_there = tuple(Typed(name, others[name]) for name in others if name not in names.values())
    types = tuple(
        TypeDifference(pair.name, pair.here.data_type, pair.there.data_type)
        for pair in pairs
        if not _alike(pair.here, pair.there)
    )
    table, other = here[1], there[1]
    if "id" not in by_name:
        return PairedTable(table, other, None, error=f"{'.'.join(there)} has no column id: its rows cannot be matched")
    clock = None if table in WITHOUT_DAYS else _clock(by_name)
    if clock is None and table not in WITHOUT_DAYS:
        needed = ", ".join(CLOCKS)
        return PairedTable(table, other, None, error=f"{'.'.join(there)} has none of the clocks {needed}")
    columns = tuple(pair for pair in pairs if pair.name != "id")
    return PairedTable(
        table, other, TablePair(here, there, by_name["id"], clock, columns), only_here, only_there, types
    )


def _clock(pairs: Mapping[str, ColumnPair]) -> ColumnPair | None:
    for name in CLOCKS:
        pair = pairs.get(name)
        if pair is not None and pair.here.family == pair.there.family == "time":
            return pair
    return None


def _alike(here: Typed, there: Typed) -> bool:
    return here.family == there.family or {here.family, there.family} <= _TEXTS


def _pair_names(ours: Iterable[str], theirs: Sequence[str]) -> dict[str, str]:
    """Return our name -> theirs: the same; a property that they keep under a name of ours; or a name that they cut."""
    ours = list(ours)
    found = {name: name for name in ours if name in theirs}
    for name in ours:
        if name in found:
            continue
        bare = name.removeprefix("_")
        if bare != name and bare in OURS and bare in theirs:
            found[name] = bare
        elif (shortened := _SHORTENED.fullmatch(name)) is not None:
            cut = [one for one in theirs if len(one) >= MAX_LENGTH - 1 and one.startswith(shortened[1])]
            if len(cut) == 1 and cut[0] not in found.values():
                found[name] = cut[0]
    return found
