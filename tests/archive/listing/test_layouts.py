"""Layouts: the archive hour of a key, template placeholders, and recognising the layout of a prefix."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.layouts import LAYOUTS, find_layout, recognise_layout

UUID = "0a1b2c3d-1111-2222-3333-444455556666"
FITS = [
    ("rudderstack", f"rudder-logs/src1/2026-01-31/1769842800.src1.{UUID}.json.gz", "2026-01-31T07"),
    ("rudderstack", f"rudder-logs/src1/01-31-2026/1769842799.src1.{UUID}.json.gz", "2026-01-31T06"),
    ("rudderstack", f"rudder-logs/src1/2026-01-31/1769900400.src1.{UUID}.json.gz", "2026-01-31T23"),
    ("rudderstack", f"src1/2026-01-31/1769842800.src1.{UUID}.json.gz", "2026-01-31T07"),
    ("segment", "segment-logs/src1/1769817600000/1769842800999.abc.0.gz", "2026-01-31T07"),
    ("segment", "segment-logs/src1/1769817600/1769842800999.abc.gz", "2026-01-31T07"),
    ("gharchive", "2021-07-21-6.json.gz", "2021-07-21T06"),
    ("gharchive", "2021-07-21-16.json.gz", "2021-07-21T16"),
    ("kafka-connect", "topics/t/year=2026/month=01/day=31/hour=07/t+0+0000000012.json", "2026-01-31T07"),
    ("kafka-connect", "topics/t/year=2026/month=01/day=31/hour=07/t+0+0000000012.json.gz", "2026-01-31T07"),
    ("firehose", f"2026/01/31/07/stream-1-2026-01-31-07-59-58-{UUID}", "2026-01-31T07"),
    ("firehose", f"2026/01/31/07/a-stream-1-2026-01-31-07-59-58-{UUID}.gz", "2026-01-31T07"),
    ("firehose", f"raw/web/2026/01/31/23/stream-1-2026-02-01-00-00-01-{UUID}", "2026-01-31T23"),
    ("firehose", f"dt=2026-01-31/hr=7/stream-1-2026-01-31-07-59-58-{UUID}.parquet", "2026-01-31T07"),
    ("rudderstack-gateway", f"src1/gw/2026-01-31/7/i-0/1769842800_1769842900_ws_{UUID}.json.gz", "2026-01-31T07"),
    ("rudderstack-gateway", f"pre/src1/gw/2026-01-31/17/i-0/1769842800_1769842900_ws_{UUID}.json.gz", "2026-01-31T17"),
    ("rudderstack-gateway", f"gw/2026-01-31/0/i-0/1769842800_1769842900_ws_{UUID}.json.gz", "2026-01-31T00"),
    ("kafka-connect", "topics/t/year=2026/month=01/day=31/hour=07/t+0+0000000012.avro", "2026-01-31T07"),
    ("kafka-connect", "topics/t/year=2026/month=01/day=31/hour=07/t+0+0000000012.gz.parquet", "2026-01-31T07"),
    ("snowplow", "run=2026-01-31-07-59-58/part-00000", "2026-01-31T07"),
    ("snowplow", "enriched/archive/run=2026-01-31-07-59-58/2026-01-31-496-497.gz", "2026-01-31T07"),
    (
        "cloudtrail",
        "AWSLogs/o-1/111122223333/CloudTrail/eu-west-1/2026/01/31/111122223333_CloudTrail_eu-west-1_20260131T0759Z_x.json.gz",
        "2026-01-31T07",
    ),
    (
        "cloudtrail",
        "trail/AWSLogs/1/CloudTrail/eu-west-1/2026/01/31/1_CloudTrail_eu-west-1_20260131T2359Z_x.json.gz",
        "2026-01-31T23",
    ),
    ("{year}/{month}/{day}/{hour}/*.jsonl.gz", "2026/01/31/07/part-1.jsonl.gz", "2026-01-31T07"),
    ("{year}/{month}/{day}/{hour}/*.jsonl.gz", "2026/1/31/7/part-1.jsonl.gz", "2026-01-31T07"),
    ("dt={date}/hr={hour}/*", "dt=2026-01-31/hr=7/x", "2026-01-31T07"),
    ("{date}/{hour}-{minute}-*.json", "2026-01-31/07-55-x.json", "2026-01-31T07"),
    ("in/*/{epoch}-*.gz", "in/a b/1769842800-x.gz", "2026-01-31T07"),
    ("{epoch_ms}", "1769842800999", "2026-01-31T07"),
    ("**/{date}T{hour}*", "a/b/c/2026-01-31T07-x", "2026-01-31T07"),
    ("**/{date}T{hour}*", "2026-01-31T07", "2026-01-31T07"),
    ("{date}/{hour}/**", "2026-01-31/07/a/b/c.gz", "2026-01-31T07"),
    ("{year}{month}{day}{hour}*.gz", "2026013107.gz", "2026-01-31T07"),
    ("{date}/{hour}/{date}-*", "2026-01-31/07/2026-01-31-x", "2026-01-31T07"),
    ("_raw.d/{date}/{hour}/.*", "_raw.d/2026-01-31/07/.x", "2026-01-31T07"),
    ("a+b (1)/{date}/{hour}/*", "a+b (1)/2026-01-31/07/x[1].gz", "2026-01-31T07"),
]
DOES_NOT_FIT = [
    ("t=*/dt={date}/h={hour}/*", "t=inapps/dt=2026-01-31/h=later/part-0"),
    ("t=*/dt={date}/h={hour}/*", "t=inapps/dt=2026-01-31/h=late/_SUCCESS"),
    ("gharchive", "2021-07-21-24.json.gz"),
    ("gharchive", "2021-02-30-6.json.gz"),
    ("gharchive", "2021-07-21-123.json.gz"),
    ("gharchive", "2021-07-21-6.json.gz.crc"),
    ("gharchive", "sub/2021-07-21-6.json.gz"),
    ("gharchive", "٢٠٢١-07-21-6.json.gz"),
    ("rudderstack", f"rudder-logs/src1/2026-01-31/src1.{UUID}.json.gz"),
    ("rudderstack", f"rudder-logs/src1/2026-01-31/1769842800.src1.{UUID}.json.gz.tmp"),
    ("kafka-connect", "topics/t/year=2026/month=01/day=31/hour=07/notes.txt"),
    ("kafka-connect", "topics/t/partition=0/t+0+0000000012.json"),
    ("firehose", f"processing-failed/2026/01/31/07/stream-1-2026-01-31-07-59-58-{UUID}"),
    ("firehose", f"format-conversion-failed/raw/2026/01/31/07/stream-1-2026-01-31-07-59-58-{UUID}"),
    ("firehose", "2026/01/31/07/notes.txt"),
    ("rudderstack-gateway", f"src1/proc_error/2026-01-31/7/i-0/1769842800_1769842900_ws_{UUID}.json.gz"),
    ("snowplow", "enriched/archive/run=2026-01-31-07-59-58/_SUCCESS"),
    ("snowplow", "shredded/good/run=2026-01-31-07-59-58/vendor=com.acme/part-00000.gz"),
    ("cloudtrail", "AWSLogs/1/CloudTrail-Digest/eu-west-1/2026/01/31/1_CloudTrail-Digest_x_20260131T0759Z.json.gz"),
    ("dt={date}/hr={hour}/*", "dt=2026-01-31/hr=07/_SUCCESS"),
    ("dt={date}/hr={hour}/*", "dt=2026-01-31/hr=07/.part-0.gz.crc"),
    ("dt={date}/hr={hour}/*", "dt=2026-01-31/hr=07/part-0.gz.crc"),
    ("dt={date}/hr={hour}/*", "dt=2026-01-31/hr=07/part-0.gz~"),
    ("dt={date}/hr={hour}/*", "dt=2026-01-31/hr=07/part-0.gz.filepart"),
    ("dt={date}/*", "dt=2026-01-31/hr=07_$folder$"),
    ("dt={date}*", "dt=2026-01-31_$folder$"),
    ("dt={date}/hr={hour}/*", "dt=2026-01-31/hr=07/sub/x"),
    ("dt={date}/hr={hour}/*", "dt=2026-01-31/hr=25/x"),
    ("dt={date}/hr={hour}/**", "dt=2026-01-31/hr=07/_temporary/0/part-0.gz"),
    ("{date}/{hour}/{date}-*", "2026-01-31/07/2026-01-30-x"),
    ("{date}/{hour}/*", "2026-01-31/07/x\udcff"),
]


def hour_text(layout: str, key: str) -> str | None:
    arrival = find_layout(layout).read_arrival(key, lambda: None)
    return arrival.hour.strftime("%Y-%m-%dT%H") if arrival else None


@pytest.mark.parametrize(("layout", "key", "hour"), FITS)
def test_a_key_tells_its_archive_hour(layout: str, key: str, hour: str) -> None:
    assert hour_text(layout, key) == hour


@pytest.mark.parametrize(("layout", "key"), DOES_NOT_FIT)
def test_a_key_that_does_not_fit_tells_none(layout: str, key: str) -> None:
    assert hour_text(layout, key) is None


def test_a_segment_name_without_a_time_fits_and_counts_by_its_modification() -> None:
    layout, key = LAYOUTS["segment"], "segment-logs/src1/1769817600/abc.gz"
    written = datetime(2026, 1, 31, 7, 59, tzinfo=UTC)
    assert layout.fit(key) is not None
    assert layout.read_arrival(key, lambda: None) is None
    arrival = layout.read_arrival(key, lambda: written)
    assert arrival is not None
    assert arrival.hour == written.replace(minute=0)
    assert layout.by_modified


def test_a_marker_beside_the_data_tells_the_hour_of_its_folder() -> None:
    layout = find_layout("{year}/{month}/{day}/{hour}/*")
    assert layout.folder_hour("2026/01/31/7/_SUCCESS") == datetime(2026, 1, 31, 7, tzinfo=UTC)
    assert layout.folder_hour("2026/01/_SUCCESS") is None
    assert find_layout("gharchive").folder_hour("_SUCCESS") is None


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("rudderstak", "not known.*rudderstack, rudderstack-gateway, segment"),
        ("{year}/{month}/*.gz", "neither an hour nor a day"),
        ("{hour}/*.gz", "neither an hour nor a day"),
        ("{year}/{day}/{hour}/*.gz", "neither an hour nor a day"),
        ("{date}/{hours}/*", "unknown placeholder {hours}"),
        ("{date}/{hour}/{}", "unknown placeholder {}"),
    ],
)
def test_a_layout_that_cannot_work_is_a_clear_error(layout: str, message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        find_layout(layout)


@pytest.mark.parametrize(
    ("keys", "layout"),
    [
        (["2021-07-21-6.json.gz", "2021-07-21-7.json.gz", "README.md"], "gharchive"),
        ([f"rudder-logs/s/2026-01-31/1769842800.s.{UUID}.json.gz"], "rudderstack"),
        (["segment-logs/s/1769817600000/1769842800999.abc.gz"], "segment"),
        (["topics/t/year=2026/month=01/day=31/hour=07/t+0+1.json.gz"], "kafka-connect"),
        ([f"2026/01/31/07/stream-1-2026-01-31-07-59-58-{UUID}.gz"], "firehose"),
        (
            [f"2026/01/31/07/stream-1-2026-01-31-07-59-58-{UUID}.gz", "2026/01/31/07/a.gz"],
            "{year}/{month}/{day}/{hour}/*",
        ),
        (["2015/09/12/00/events.jsonl.gz", "2015/09/12/00/_SUCCESS"], "{year}/{month}/{day}/{hour}/*"),
        (["dt=2026-01-31/hr=07/a.gz"], "dt={date}/hr={hour}/*"),
        (["year=2026/month=1/day=31/hour=7/a"], "year={year}/month={month}/day={day}/hour={hour}/*"),
        (["date=2026-01-31/hour=07/a"], "date={date}/hour={hour}/*"),
        (["web/2026-01-31/07/a", "app/2026-01-31/07/a"], "*/{date}/{hour}/*"),
        (["a/b/2026/01/31/07/a"], "*/*/{year}/{month}/{day}/{hour}/*"),
    ],
)
def test_auto_recognises_the_layout_that_most_keys_fit(keys: list[str], layout: str) -> None:
    assert recognise_layout(keys, archive="a").name == layout


def test_auto_says_what_it_saw_when_it_recognises_nothing() -> None:
    with pytest.raises(ArchiveError, match=r"here was not recognised.*events/1\.gz, events/2\.gz.*template"):
        recognise_layout(["events/1.gz", "events/2.gz", "2021-07-21-6.json.gz"], archive="here")
    with pytest.raises(ArchiveError, match="No data files were found in here"):
        recognise_layout(["_SUCCESS"], archive="here")


def test_a_layout_has_its_framing() -> None:
    assert {name: layout.framing for name, layout in LAYOUTS.items() if layout.framing != "lines"} == {
        "firehose": "concatenated",
        "snowplow": "tsv",
        "cloudtrail": "array",
    }
