"""Clocks: what is readable, which instant it is, and what the columns hold (contract §4)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.events.clocks import read_instants
from event_assets.events.instants import read_instant
from tests.events.build import HOUR, make_line, read_event, read_lines, splice_line
from tests.independent.clocks import read_clock
from tests.independent.json_text import parse

CASES: Final = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases" / "clocks.tsv").read_text(encoding="utf-8").splitlines()[1:]
]
READABLE: Final = [json.loads(sent) for sent, instant in CASES if instant and sent.startswith('"')]


def write_instant(instant: datetime | None) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0") if instant else ""


@pytest.mark.parametrize(("sent", "instant"), CASES)
def test_a_clock_is_read_as_the_table_says_and_kept_as_sent_when_it_cannot_be(sent: str, instant: str) -> None:
    row = read_event(splice_line("originalTimestamp", sent))
    assert write_instant(row["original_timestamp"]) == instant
    lost = not instant and sent != "[]"
    assert row["rescued"] == (f'{{"originalTimestamp":{written(sent)}}}' if lost else None)


def written(sent: str) -> str:
    """Texts are written anew, everything else stays as sent."""
    return json.dumps(json.loads(sent), ensure_ascii=False) if sent.startswith('"') else sent


@settings(deadline=None)
@given(
    st.sampled_from(READABLE),
    st.integers(0, 30),
    st.integers(0, 3),
    st.sampled_from(["", "0", "9", "6", ":", "-", "Z", "z", " ", "+", ".", "T", "+00:00", "\n", "é"]),
)
def test_columns_read_a_damaged_clock_like_the_exact_reader(text: str, at: int, cut: int, put: str) -> None:
    damaged = text[:at] + put + text[at + cut :]
    assert read_instants(pl.Series("at", [damaged])).to_list() == [read_instant(damaged)]


@settings(deadline=None)
@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), st.sampled_from(["Z", "+00:00"]))  # noqa: DTZ001  the zone is in the text
def test_every_moment_written_in_iso_is_read_back_to_the_microsecond(moment: datetime, zone: str) -> None:
    instants = read_instants(pl.Series("at", [moment.isoformat() + zone]))
    assert instants.cast(pl.Datetime("us", "UTC")).to_list() == [moment.replace(tzinfo=UTC)]


@pytest.mark.parametrize(
    ("sent", "received", "believed"),
    [
        ("2026-01-31T07:30:00Z", "2026-01-31T07:30:00.000000Z", True),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z", True),
        ("1969-12-31T23:59:59.999999Z", None, False),
        ("2026-02-01T08:00:00Z", "2026-02-01T08:00:00.000000Z", True),
        ("2026-02-01T08:00:00.000001Z", None, False),
        ("2099-01-01", None, False),
        ("yesterday", None, False),
        ("", None, False),
        (None, None, False),
    ],
)
def test_received_at_is_believed_from_1970_until_a_day_after_the_archive_hour(
    sent: str | None, received: str | None, believed: bool
) -> None:
    row = read_event(make_line(receivedAt=sent, timestamp=None, sentAt=None))
    assert write_instant(row["received_at"]) == (received or write_instant(HOUR))
    assert row["received_believed"] is believed
    assert row["rescued"] == (f'{{"receivedAt":"{sent}"}}' if sent and not believed else None)


def test_a_missing_timestamp_is_the_arrival_less_the_time_between_creation_and_sending() -> None:
    clocks = {"originalTimestamp": "2001-01-01T00:00:10Z", "sentAt": "2001-01-01T00:00:40Z", "timestamp": "soon"}
    row = read_event(make_line(receivedAt="2026-01-31T07:10:00Z", **clocks))
    assert row["timestamp"] == HOUR + timedelta(minutes=9, seconds=30)
    assert not row["_clock_corrected"]
    assert row["rescued"] == '{"timestamp":"soon"}'


@pytest.mark.parametrize("missing", ["originalTimestamp", "sentAt"])
def test_without_both_device_clocks_a_missing_timestamp_is_the_arrival(missing: str) -> None:
    row = read_event(make_line(timestamp=None, **{missing: None}))
    assert row["timestamp"] == row["received_at"] == HOUR + timedelta(minutes=10, seconds=2)
    assert not row["_clock_corrected"]


@pytest.mark.parametrize(
    ("timestamp", "corrected"),
    [
        ("1970-01-01", False),
        ("1969-12-31T23:59:59.999999Z", True),
        ("2026-02-01T07:10:02Z", False),
        ("2026-02-01T07:10:02.000001Z", True),
    ],
)
def test_a_timestamp_before_1970_or_a_day_after_arrival_is_corrected_and_rescued(
    timestamp: str, corrected: bool
) -> None:
    row = read_event(make_line(timestamp=timestamp))
    assert row["_clock_corrected"] is corrected
    assert (row["timestamp"] == row["received_at"]) is corrected
    assert row["rescued"] == (f'{{"timestamp":"{timestamp}"}}' if corrected else None)


def test_device_clocks_that_lead_out_of_all_time_are_corrected_but_keep_their_columns() -> None:
    clocks = {"originalTimestamp": "9999-12-31T23:59:59Z", "sentAt": "0001-01-01T00:00:00Z", "timestamp": None}
    row = read_event(make_line(**clocks))
    assert row["_clock_corrected"]
    assert row["timestamp"] == row["received_at"]
    assert row["sent_at"].year == 1
    assert row["original_timestamp"].year == 9999
    assert row["rescued"] is None


@pytest.mark.parametrize(
    ("timestamp", "late"), [("2026-01-31T06:59:59.999999Z", True), ("2026-01-31T07:00:00Z", False), (None, False)]
)
def test_an_event_of_an_hour_before_the_archive_hour_is_late(timestamp: str | None, late: bool) -> None:
    assert read_event(make_line(timestamp=timestamp))["_late"] is late


SHAPES: Final = [json.loads(sent) for sent, _ in CASES if sent.startswith('"')]


@settings(deadline=None, max_examples=400)
@given(
    st.sampled_from(SHAPES),
    st.integers(0, 60),
    st.integers(0, 4),
    st.sampled_from(["", "0", "9", " ", "+", ".", "Z", "UTC", " GMT", "[UTC]", "/", ",", "(x)", "Feb", "sat, ", "é"]),
)
def test_a_damaged_clock_of_any_form_is_read_as_the_independent_reader_reads_it(
    text: str, at: int, cut: int, put: str
) -> None:
    damaged = text[:at] + put + text[at + cut :]
    assert read_instant(damaged) == read_clock(damaged)


@pytest.mark.parametrize(("sent", "instant"), [case for case in CASES if "e9" not in case[0] and "e-9" not in case[0]])
def test_the_independent_reader_reads_the_table_as_well(sent: str, instant: str) -> None:
    micros = read_clock(parse(sent)[0])
    read = None if micros is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    assert write_instant(read) == instant


def test_clocks_that_cannot_be_read_are_counted_by_clock_and_file() -> None:
    lines = [
        make_line(sentAt="yesterday", timestamp="2026-01-31T07:00:00Z", receivedAt=None),
        make_line(sentAt="yesterday", timestamp=True),
        make_line(sentAt="", timestamp={}, originalTimestamp={"$date": "?"}),
    ]
    noticed = read_lines(*lines).noticed
    assert noticed == {
        "a.jsonl": {"clocks_unread.sentAt": 2, "clocks_unread.timestamp": 1, "clocks_unread.originalTimestamp": 1}
    }
