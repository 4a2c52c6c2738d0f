"""The values of columns by archive hour, as loads have counted them: a frame for rates and drift."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
import polars as pl

from event_assets.watch.rates import RATES_SCHEMA

KINDS: Final = ("booleans", "ints", "floats", "strings", "datetimes")
VALUES_SCHEMA: Final = {
    "archive_hour": pl.Datetime("us", "UTC"), "table": pl.String(), "column": pl.String(),
    **dict.fromkeys((*KINDS, "wide"), pl.Int64()),
}  # fmt: skip
TYPES_SCHEMA: Final = {
    "table": pl.String(), "column": pl.String(), "type": pl.String(), "first_archive_hour": pl.Datetime("us", "UTC"),
}  # fmt: skip
_Counts = dict[str, dict[str, tuple[int, int, int, int, int, int]]]


def column_values(loads: Iterable[tuple[datetime, str]]) -> pl.DataFrame:
    """A row per archive hour, table and column of these loads (hour, `column_counts` as JSON), VALUES_SCHEMA."""
    rows = [
        (hour, table, column, *counts)
        for hour, text in loads
        for table, columns in msgspec.json.decode(text, type=_Counts).items()
        for column, counts in columns.items()
    ]
    return pl.DataFrame(rows, schema=VALUES_SCHEMA, orient="row")


def rescue_rates(values: pl.DataFrame, types: pl.DataFrame) -> pl.DataFrame:
    """Rescued and all values per hour and column, RATES_SCHEMA; `types` is the catalog, TYPES_SCHEMA.

    All hours are held against the type that a column has now (SPEC §6), so that a retype makes no step.
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
