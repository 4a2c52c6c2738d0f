"""Columns and tables that vanish, change their kind of values or are too many new ones are found; few new are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from event_assets.anomalies.columns import TYPES_SCHEMA, VALUES_SCHEMA
from event_assets.anomalies.drift import Drift, find_drift
from event_assets.anomalies.thresholds import Thresholds

END = datetime(2026, 3, 10, 7, tzinfo=UTC)
OLD = END - timedelta(days=9)


def drift(*, recent: dict[str, dict[str, int]], days: int = 9) -> Drift | None:
    """Two tables with 100 values a column on the days before, and `recent`: column -> kind -> values, in the last."""
    usual = {"orders.id": {"strings": 100}, "orders.price": {"ints": 50, "floats": 50}, "clicks.id": {"strings": 100}}
    rows = [row for n in range(1, days + 1) for row in _rows(END - timedelta(days=n), usual)]
    values = pl.DataFrame([*rows, *_rows(END, recent)], schema=VALUES_SCHEMA)
    return find_drift(values, _types(recent, usual), END, Thresholds())


def _rows(hour: datetime, columns: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    zero = dict.fromkeys(("booleans", "ints", "floats", "strings", "datetimes", "wide"), 0)
    return [
        {"archive_hour": hour, "table": name.split(".")[0], "column": name.split(".")[1], **zero, **kinds}
        for name, kinds in columns.items()
    ]


def _types(recent: dict[str, dict[str, int]], usual: dict[str, dict[str, int]]) -> pl.DataFrame:
    rows = [(*name.split("."), "string", OLD if name in usual else END) for name in {**usual, **recent}]
    return pl.DataFrame(rows, schema=TYPES_SCHEMA, orient="row")


def messages(found: Drift | None) -> list[str]:
    assert found is not None
    return [f"{finding.subject}: {finding.message}" for finding in found.findings]


SAME = {"orders.id": {"strings": 100}, "orders.price": {"ints": 100}, "clicks.id": {"strings": 100}}


def test_days_like_those_before_have_no_findings() -> None:
    assert drift(recent=SAME) == Drift()
    assert drift(recent={}) == Drift(), "an hour without any event is no change of the schema"


def test_a_column_that_vanishes_is_found_where_enough_values_were_expected() -> None:
    without_price = {name: kinds for name, kinds in SAME.items() if name != "orders.price"}
    assert messages(drift(recent=without_price)) == [
        "orders.price: vanished: no value in 24 hours, about 100 were expected; last seen 2026-03-09T07"
    ]
    assert messages(drift(recent={**without_price, "orders.id": {"strings": 49}})) == []


def test_a_table_that_vanishes_is_found() -> None:
    (line,) = messages(drift(recent={name: kinds for name, kinds in SAME.items() if not name.startswith("clicks")}))
    assert line.startswith("clicks: vanished: no event in 24 hours, about 100 a day are usual")


def test_another_kind_of_values_is_found_but_not_integers_among_floats() -> None:
    assert messages(drift(recent={**SAME, "orders.price": {"strings": 90, "ints": 10}})) == [
        "orders.price: its values are 90% strings, they were 100% numbers"
    ]
    assert messages(drift(recent={**SAME, "orders.price": {"floats": 100}})) == []


def test_new_columns_are_listed_and_too_many_are_found() -> None:
    one = drift(recent={**SAME, "orders.colour": {"strings": 5}})
    assert one == Drift(new_columns=("orders.colour",))
    many = {f"orders.c{n:02}": {"strings": 1} for n in range(20)}
    assert messages(drift(recent={**SAME, **many})) == ["orders: 20 new columns in 24 hours, c00, c01, c02 among them"]
    tables = {f"t{n:02}.id": {"strings": 1} for n in range(20)}
    assert messages(drift(recent={**SAME, **tables})) == [
        "event tables: 20 new event tables in 24 hours, t00, t01, t02 among them"
    ]


def test_the_first_days_are_not_judged() -> None:
    assert drift(recent=SAME, days=2) is None
