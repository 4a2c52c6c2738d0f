"""The catalog a second time: values by kind over each hour's distinct ids, and the types that loads in order settle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import duckdb

from tests.independent.names import kind_of
from tests.independent.reader import Archive, events_of, scan
from tests.independent.rows import OURS, rows_of
from tests.independent.tables import Difference

ENOUGH = 20
SHARE = 0.95
ROW_VALUES = 300
KINDS = ("boolean", "int", "float", "string", "datetime")
Place = tuple[str, str]
NOTHING: Mapping[Place, str] = MappingProxyType({})
CATALOG = """
    SELECT table_name, column_name, type, provisional, booleans, ints, floats, strings, datetimes
    FROM tideline.columns WHERE schema_name = ? AND type <> 'dropped'
"""


@dataclass
class Column:
    """A column as contract §6 settles it, load after load."""

    type: str = ""
    provisional: bool = True
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, counts: Counter[str]) -> None:
        """What a load of these values makes of the column."""
        self.counts.update(counts)
        if self.provisional:
            self.type = settle(self.counts)
            self.provisional = self.counts.total() < ENOUGH
        elif self.type == "int" and counts["float"]:
            self.type = "float"


def settle(counts: Counter[str]) -> str:
    """The type that nearly all values have; string where none has that many."""
    least = SHARE * counts.total()
    if counts["int"] + counts["float"] >= least:
        return "float" if counts["float"] else "int"
    return next((kind for kind in ("boolean", "datetime") if counts[kind] >= least), "string")


def count_hour(archive: Archive, hour: datetime, unsure: set[Place]) -> dict[Place, Counter[str]]:
    """Values by kind of each column, over the distinct ids of an hour, whether or not they win in the warehouse.

    Columns of rows with more values than a row holds go to `unsure`: what is left out is not counted.
    """
    alone = scan(archive.files[hour], mapping=archive.mapping, unzstd=archive.unzstd, junk=archive.junk)
    dropped = archive.junk.dropped
    counts: dict[Place, Counter[str]] = {}
    for event in events_of(alone, hour):
        for row in rows_of(event, archive.junk.kept):
            if len(row.values) + len(row.fixed) + len(OURS) > ROW_VALUES:
                unsure.update((row.table, column) for column in row.values)
            if (row.table, "*") in dropped:
                continue
            for column, (_, value) in row.values.items():
                if (row.table, column) in dropped:
                    continue
                counts.setdefault((row.table, column), Counter())[kind_of(value)] += 1
    return counts


def check_catalog(
    archive: Archive, warehouse: Path, *, schema: str = "events", declared: Mapping[Place, str] = NOTHING
) -> Iterator[Difference]:
    """Differences between `tideline.columns` and the catalog that hours loaded in order make; no budget may be full.

    `declared` columns are there from the start, and their types are settled (contract §5, §6).
    """
    wanted = {location: Column(kind, provisional=False) for location, kind in declared.items()}
    unsure: set[Place] = set()
    for hour in sorted(archive.hours):
        for location, counts in count_hour(archive, hour, unsure).items():
            wanted.setdefault(location, Column()).take(counts)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        stored = {row[:2]: row[2:] for row in connection.execute(CATALOG, [schema]).fetchall()}
    for location in (wanted.keys() | stored.keys()) - unsure:
        column = wanted.get(location)
        want = column and (column.type, column.provisional, *(column.counts[kind] for kind in KINDS))
        if want != stored.get(location):
            yield Difference("columns", location[0], location[1], want, stored.get(location))
