"""Counts of the values of columns by archive hour, from the ledger: the frame for rates and drift.

Covered by tests/anomalies/test_drift.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
import polars as pl

from event_assets.anomalies.rates import RATES_SCHEMA

KINDS: Final = ("booleans", "ints", "floats", "strings", "datetimes")
VALUES_SCHEMA: Final = {
    "archive_hour": pl.Datetime("us", "UTC"), "table": pl.String(), "column": pl.String(),
    **dict.fromkeys((*KINDS, "wide"), pl.Int64()),
}  # fmt: skip
TYPES_SCHEMA: Final = {
    "table": pl.String(), "column": pl.String(), "type": pl.String(), "first_archive_hour": pl.Datetime("us", "UTC"),
}  # fmt: skip
_WITHOUT_HOUR: Final = {name: kind for name, kind in VALUES_SCHEMA.items() if name != "archive_hour"}
_Counts = dict[str, dict[str, tuple[int, int, int, int, int, int]]]


def column_values(loads: Iterable[tuple[datetime, str]]) -> pl.DataFrame:
    """Return a row per archive hour, table and column of these loads (hour, `column_counts` as JSON), VALUES_SCHEMA."""
    frames = [_of_load(hour, msgspec.json.decode(text, type=_Counts)) for hour, text in loads]
    return pl.concat([pl.DataFrame(schema=VALUES_SCHEMA), *frames])


def _of_load(hour: datetime, counts: _Counts) -> pl.DataFrame:
    """Build the frame by columns, not by rows: the history of a check may have a million rows."""
    names = [(table, column) for table, columns in counts.items() for column in columns]
    found = [by_kind for columns in counts.values() for by_kind in columns.values()]
    numbers = zip(*found, strict=True) if found else [()] * (len(KINDS) + 1)
    values: dict[str, Sequence[object]] = {
        "table": [table for table, _ in names],
        "column": [column for _, column in names],
        **dict(zip((*KINDS, "wide"), numbers, strict=True)),
    }
    frame = pl.DataFrame(values, schema_overrides=_WITHOUT_HOUR)
    return frame.select(pl.lit(hour, VALUES_SCHEMA["archive_hour"]).alias("archive_hour"), *_WITHOUT_HOUR)


def rescue_rates(values: pl.DataFrame, types: pl.DataFrame) -> pl.DataFrame:
    """Return rescued and all values per hour and column, RATES_SCHEMA; `types` is the catalog, TYPES_SCHEMA.

    All hours are compared with the type that a column has now (contract §6), so that a retype does not look like a
    change of the values.
    """
    whole = pl.sum_horizontal(KINDS)
    return (
        values.join(types.select("table", "column", "type"), on=["table", "column"])
        .with_columns(whole=whole, part=_rescued(whole))
        .filter(pl.col("whole") > 0)
        .select("archive_hour", subject=pl.concat_str("table", pl.lit("."), "column"), part="part", whole="whole")
        .cast(RATES_SCHEMA)  # type: ignore[arg-type]  # a dict of one kind of key is a mapping of what cast takes
    )


def _rescued(whole: pl.Expr) -> pl.Expr:
    kind = pl.col("type")
    return (
        pl.when(kind == "boolean").then(whole - pl.col("booleans"))
        .when(kind == "int").then(whole - pl.col("ints"))
        .when(kind == "float").then(whole - pl.col("ints") - pl.col("floats") + pl.col("wide"))
        .when(kind.is_in(["datetime", "date"])).then(whole - pl.col("datetimes"))
        .otherwise(0)
    )  # fmt: skip
