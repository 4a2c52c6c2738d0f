"""The result of staging: typed rows in local Arrow files or in memory, and the catalog after this load."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from loaders.staging.slices import Excluded
from loaders.transform.catalog import Catalog


@dataclass(frozen=True)
class StagedTable:
    """The rows of one warehouse table.

    `files` are Arrow IPC files, uncompressed, with the columns of `columns` (a column without a value in a file may be
    missing there) and `#received_sent` (microseconds UTC; NULL if the sent value is not believed: the lowest rank of
    contract §7). `columns` does not have `uuid_ts`, which the load adds. An event table's row has the id of its row in
    `tracks`. `held` are such rows in memory, behind those of the files: a small hour needs no files.
    """

    name: str
    type: str
    home: bool
    columns: dict[str, str]
    files: tuple[Path, ...]
    rows: int
    held: pa.Table | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Staged:
    """One archive hour, staged.

    `counts` is table -> column -> [booleans, ints, floats, strings, datetimes, rescued] of this hour alone; `rescued`
    counts values once per event; `retyped` names (table, column, old type, new type); `excluded` counts events that the
    settings leave out; `refused` are the tables of events that cannot be created, because their name is taken.
    """

    tables: tuple[StagedTable, ...]
    catalog: Catalog
    counts: dict[str, dict[str, list[int]]]
    rescued: int
    retyped: tuple[tuple[str, str, str, str], ...]
    excluded: Excluded = field(default_factory=Counter)
    refused: tuple[str, ...] = ()
