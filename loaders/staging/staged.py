"""The result of staging: typed rows in local Arrow files or in memory, and the catalog after this load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from loaders.staging.slices import Excluded
from loaders.transform.catalog import Catalog
from loaders.transform.contracts.findings import ContractFindings


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
    hours: Mapping[datetime, int] = field(default_factory=dict)
    """Archive hour -> its rows."""


@dataclass(frozen=True)
class Staged:
    """The archive hours of one load, staged.

    `hours` are the counts of each; `retyped` names (table, column, old type, new type); `refused` are the tables of
    events that cannot be created, because their name is taken.
    """

    tables: tuple[StagedTable, ...]
    catalog: Catalog
    hours: Mapping[datetime, StagedHour]
    retyped: tuple[tuple[str, str, str, str], ...]
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class StagedHour:
    """The counts of one hour of a load.

    `counts` is table -> column -> [booleans, ints, floats, strings, datetimes, rescued]; `rescued` counts values once
    per event; `excluded` counts events that the settings leave out; `contract` is what contracts found.
    """

    counts: dict[str, dict[str, list[int]]]
    rescued: int
    excluded: Excluded = field(default_factory=Counter)
    contract: ContractFindings = field(default_factory=ContractFindings)
