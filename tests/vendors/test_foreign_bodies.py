"""Messages of a known transport with events of another envelope: `init` guesses by the events, not the messages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.result import InitHints, Inspection, Verdict
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.source import ArchiveSource
from event_assets.config.scaffold import Locations, write_configuration
from event_assets.config.settings import load_settings
from tests.drive import Place, load_archive
from tests.vendors import streams


def foreign(number: int, hour: int, **members: object) -> dict[str, Any]:
    """An event of an envelope that no shipped mapping has."""
    return {
        "event_id": f"x-{number}",
        "event_name": "order paid" if number % 2 else "signed up",
        "user_id": f"u-{number}",
        "event_time": f"2026-01-31T{hour:02}:05:0{number}Z",
        **members,
        "total": number,
    }


def look(folder: Path, files: dict[str, bytes]) -> Inspection:
    for key, content in files.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)
    return inspect(ArchiveSource(str(folder)), InitHints(), InspectionLimits())


@pytest.mark.parametrize("transport", ["Body", "data"])
def test_guesses_are_those_of_the_events_in_the_messages(transport: str, tmp_path: Path) -> None:
    hours = {7: [foreign(n, 7) for n in range(1, 6)], 8: [foreign(n, 8) for n in range(6, 9)]}
    files = {
        hour: [streams.captured(n, hour, event) for n, event in enumerate(events)]
        if transport == "Body"
        else [streams.message(n, hour, event) for n, event in enumerate(events)]
        for hour, events in hours.items()
    }
    schema = streams.CAPTURE_SCHEMA if transport == "Body" else streams.PUBSUB_SCHEMA
    keys = {
        hour: streams.HUB.format(0, hour) if transport == "Body" else streams.PUBSUB_KEY.format(hour, "avro")
        for hour in files
    }
    found = look(tmp_path, {keys[hour]: streams.avro(schema, records) for hour, records in files.items()})
    assert found.verdict is Verdict.NO_ENVELOPE
    assert found.guesses is not None
    assert found.guesses.each == (transport,)
    assert found.guesses.paths == {
        "message_id": ("event_id",),
        "event": ("event_name",),
        "user_id": ("user_id",),
        "timestamp": ("event_time",),
        **({"received_at": ("receivedAt",)} if transport == "data" else {}),
    }
    assert found.preview is not None
    assert (found.preview.events, found.preview.empty["id"], found.preview.empty["timestamp"]) == (8, 0, 0)
    written = write_configuration(found, Locations())
    assert f'# each = "{transport}"' in written
    assert ('# inherit = { receivedAt = "publish_time" }' in written) == (transport == "data")


def test_our_envelope_under_other_names_loads_out_of_the_messages(tmp_path: Path) -> None:
    events = [foreign(n, 7, type="track") for n in range(1, 6)]
    records = [streams.captured(n, 7, event) for n, event in enumerate([*events, events[0]])]
    files = {streams.HUB.format(0, 7): streams.avro(streams.CAPTURE_SCHEMA, records)}
    found = look(tmp_path / "archive", files)
    assert found.verdict is Verdict.FOUND
    (tmp_path / "tideline.toml").write_text(write_configuration(found, Locations()))
    source = load_settings({}, folder=tmp_path).sources["default"]
    where = Place(replace(source, archive=str(tmp_path / "archive")), tmp_path)
    load_archive(where)
    with duckdb.connect(str(where.warehouse), read_only=True) as warehouse:
        clock = "strftime(timestamp AT TIME ZONE 'UTC', '%H:%M:%S')"
        rows = f"SELECT id, user_id, event, {clock} FROM events.tracks ORDER BY id"
        assert warehouse.execute(rows).fetchall() == [
            (f"x-{n}", f"u-{n}", "order_paid" if n % 2 else "signed_up", f"07:05:0{n}") for n in range(1, 6)
        ]
        assert warehouse.execute("SELECT sum(duplicates), sum(quarantined) FROM tideline.loads").fetchall() == [(1, 0)]
