"""Full dates and date-times read the same as a clock, as a value of a column, and by the independent reader."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.events.instants import read_instant
from loaders.formats.timestamps import looks_dated, read_timestamp, read_timestamps
from tests.independent.clocks import read_text

DAYS = st.sampled_from(
    ["2026-01-31", "2024-02-29", "2023-02-29", "2026-13-01", "2026-00-10", "0001-01-01", "0000-12-31", "9999-12-31"]
)
CLOCKS = st.sampled_from(
    [
        "",
        "T07:00",
        "t23:59:59",
        " 24:00:00",
        "T07:60",
        "T07:00:60",
        "T07:00:00.1",
        "T07:00:00,123456789",
        "T7:00",
        "T",
        " ",
    ]
)
ZONES = st.sampled_from(["", "Z", "z", " Z", "+00:00", "+0530", "-18", "+18:01", "-02:00", "+1", "+05:75", "Zx", "  Z"])
TEXTS = st.builds("{}{}{}".format, DAYS, CLOCKS, ZONES)


@settings(max_examples=400, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_every_way_of_reading_a_date_gives_the_same_instant(texts: list[str]) -> None:
    one_by_one = [read_timestamp(text) for text in texts]
    assert one_by_one == [read_text(text) for text in texts]
    clocks = [read_instant(text) for text in texts]  # which are read in more forms
    assert all(instant in (None, clock) for instant, clock in zip(one_by_one, clocks, strict=True))
    column = pl.Series("sent", texts)
    assert read_timestamps(column).dt.replace_time_zone(None).cast(pl.Int64).to_list() == one_by_one
    dated = column.to_frame().select(looks_dated(pl.all())).to_series()
    assert all(looks for looks, read in zip(dated, one_by_one, strict=True) if read is not None)


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:00.0000019Z", 1),
        ("1969-12-31T23:59:59.999999+00:00", -1),
        ("1970-01-01 01:00 +01", 0),
        ("2023", None),
        ("20230614", None),
        ("1700000000", None),
        ("2023-06-14T", None),
    ],
)
def test_a_text_is_an_instant_only_as_a_full_date(text: str, micros: int | None) -> None:
    assert read_timestamp(text) == micros
