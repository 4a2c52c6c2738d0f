"""Looking at every layout's fixture tree: it is named, with its lateness, and what is written loads it."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from event_assets.archive.decoding.chunks import mapping_of, read_chunks
from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.result import InitHints, Inspection, Verdict
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.source import ArchiveSource
from event_assets.config.scaffold import Locations, write_configuration
from event_assets.config.settings import load_settings
from event_assets.demo.generate import generate
from event_assets.events.normalize import normalize
from tests.archive.trees import FIRST, event, write
from tests.layouts.build_trees import TREES
from tests.layouts.test_trees import NAMES, place_tree, read_expected


def count_events(source: ArchiveSource) -> tuple[int, int, int]:
    """Events, late ones and values refused, as a load finds them."""
    events = late = refused = 0
    for hour, manifest in list_hours(source).hours.items():
        mapping = mapping_of(source, manifest)
        for chunk in read_chunks(source, manifest):
            read = normalize(chunk, hour=hour, mapping=mapping)
            events, late = events + len(read.events), late + int(read.events["_late"].sum())
            refused += len(read.quarantine)
    return events, late, refused


def look(name: str) -> Inspection:
    return inspect(ArchiveSource(str(TREES / name / "archive")), InitHints(), InspectionLimits())


def in_utc(hour: str, zone: str) -> str:
    """The archive hour of a key whose hour is local: `init` finds the zone, `auto` reads it as UTC."""
    local = datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=ZoneInfo(zone))
    return f"{local.astimezone(UTC):%Y-%m-%dT%H}"


@pytest.mark.parametrize("name", NAMES)
def test_a_tree_is_named_with_its_hours_and_lateness(name: str, tmp_path: Path) -> None:
    expected = read_expected(name)
    events, late, refused = count_events(place_tree(name, tmp_path).source)
    found = look(name)
    assert found.verdict is Verdict.FOUND
    assert found.root is not None
    assert found.envelope is not None
    assert (found.root.layout.name, found.root.prefix) == (expected["layout"], "")
    assert found.envelope.name == expected.get("mapping", found.root.layout.mapping or "own")
    assert found.framing == expected.get("framing", found.root.layout.framing)
    assert found.volume is not None
    hours = [in_utc(hour, expected.get("time_zone", "UTC")) for hour in sorted(expected["hours"])]
    assert [f"{each:%Y-%m-%dT%H}" for each in (found.volume.first, found.volume.last)] == [hours[0], hours[-1]]
    assert (found.volume.hours, found.volume.files) == (
        len(hours),
        sum(each["files"] for each in expected["hours"].values()),
    )
    elsewhere = 1 if name == "firehose" else 0  # below a folder that can hold no data, and so is not listed
    assert (found.ignored + elsewhere, found.bad_lines) == (expected["ignored"], refused)
    assert found.lateness is not None
    assert (found.lateness.events, found.events) == (events, events)
    assert found.lateness.late == pytest.approx(late / events)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_for_a_tree_reads_the_same_events(name: str, tmp_path: Path) -> None:
    (tmp_path / "tideline.toml").write_text(write_configuration(look(name), Locations()))
    source = load_settings({}, folder=tmp_path).sources["default"]
    assert count_events(source) == count_events(place_tree(name, tmp_path).source)


@pytest.mark.slow
def test_a_dirty_archive_is_reported_within_a_tenth_of_the_truth_from_a_part_of_it(tmp_path: Path) -> None:
    generate(tmp_path, events=30_000, days=3)
    events, late, _ = count_events(ArchiveSource(str(tmp_path)))
    whole = inspect(ArchiveSource(str(tmp_path)), InitHints(), InspectionLimits())
    assert whole.lateness is not None
    assert whole.lateness.events == events
    assert whole.lateness.late == pytest.approx(late / events)
    assert whole.volume is not None
    for limits in (
        InspectionLimits(bytes=whole.volume.bytes * 3 // 4),
        InspectionLimits(files=whole.volume.files // 2),
    ):
        found = inspect(ArchiveSource(str(tmp_path)), InitHints(), limits)
        assert found.lateness is not None
        assert found.lateness.events < 0.8 * events
        assert found.lateness.late == pytest.approx(late / events, rel=0.1)
        assert found.events == pytest.approx(events, rel=0.1)


KEY = "topics/web/year={at:%Y}/month={at:%m}/day={at:%d}/hour={at:%H}/web+0+{n:010}.{ending}"


def write_records(folder: Path, ending: str, *, hours: int, events: int) -> int:
    """An hour a file of records that do not compress, half of them an hour late; the bytes of all."""
    size = 0
    for n in range(hours):
        at = FIRST + timedelta(hours=n)
        records = [json.loads(event(f"{n}-{m}", at, m % 2, padding=100)) for m in range(events)]
        flat = [record | {"properties": json.dumps(record["properties"])} for record in records]
        content = io.BytesIO()
        if ending == "parquet":
            pq.write_table(pa.Table.from_pylist(flat), content)
        else:
            fields = [{"name": name, "type": "string"} for name in flat[0]]
            schema = {"type": "record", "name": "event", "fields": fields}
            fastavro.writer(content, schema, flat, codec="deflate")
        size += write(folder / KEY.format(at=at, n=n, ending=ending), content.getvalue())
    return size


@pytest.mark.parametrize("ending", ["avro", "parquet"])
def test_large_files_of_records_are_read_within_the_bytes(ending: str, tmp_path: Path) -> None:
    size = write_records(tmp_path, ending, hours=12, events=1500)
    limits = InspectionLimits(bytes=2 << 20)
    assert size > limits.bytes
    found = inspect(ArchiveSource(str(tmp_path)), InitHints(), limits)
    assert found.verdict is Verdict.FOUND
    assert found.read_bytes <= limits.bytes
    assert (found.bad_files, found.bad_lines) == (0, 0)
    assert found.lateness is not None
    assert found.lateness.late == pytest.approx(0.5, rel=0.01)
    assert found.events == pytest.approx(18_000, rel=0.05)


def test_parquet_files_that_are_larger_than_the_bytes_are_reported(tmp_path: Path) -> None:
    write_records(tmp_path, "parquet", hours=2, events=6000)
    found = inspect(ArchiveSource(str(tmp_path)), InitHints(), InspectionLimits(bytes=1 << 20))
    assert found.verdict is Verdict.NO_EVENTS
    assert [kind for _, _, kind in found.seen.contents] == ["Parquet files"]
