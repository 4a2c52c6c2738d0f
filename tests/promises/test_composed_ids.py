"""Promises 1 to 3 where ids are made of several members: dirty lines, late files, and a change of the setting."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

from event_assets.events import Mapping
from event_assets.health.status import source_status
from tests.drive import archive_hours, load_archive, place
from tests.independent.event import Mapped
from tests.promises.archives import gharchive_files, hour_number, rudderstack_files, write_archive
from tests.promises.compare import differences
from tests.promises.dirty import RECEIVED, Hours, fixed_hours, real_lines, with_members
from tests.promises.pinned import pin_catalog
from tests.promises.proof import prove, prove_catalog, read_again
from tests.promises.test_real_archives import GHARCHIVE

PARTS: Mapped = {"id": ["messageId", "event", "properties.n", "context.library.name"]}


def reused_ids() -> Hours:
    """The dirty hours, with ids in them that are only unique with an event's name and a property."""
    hours = fixed_hours()
    line = real_lines()[31]
    for number, hour in enumerate(hours):
        again = [("messageId", '"m-1"'), ("receivedAt", RECEIVED[number])]
        reused = [[*again, ("properties", f'{{"n": {n}}}'), ("event", f'"E{n % 2}"')] for n in range(4)]
        odd = [[*again, ("messageId", value)] for value in ("5", "null", '"undefined"', '"' + "x" * 600 + '"', "[]")]
        hours[hour][0].extend(with_members(line, members) for members in (*reused, *odd))
    return hours


def test_ids_of_several_members_hold_in_any_order_and_after_a_change_of_the_setting(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "archive", reused_ids())
    own = place(archive, tmp_path / "loaded")
    load_archive(own)
    where = replace(own, source=replace(own.source, mapping=Mapping.parse(PARTS)))
    assert len(source_status(where.settings, where.source).other_settings) == 3
    load_archive(where, reload=True)
    again = read_again(rudderstack_files(archive), PARTS)
    assert sum(key[1].startswith('["m-1"') for key in again.winners) == 4
    prove(where, again)
    assert source_status(where.settings, where.source).other_settings == ()
    other = pin_catalog(where.elsewhere(tmp_path / "backwards"), where)
    load_archive(other, reversed(archive_hours(other)))
    found = differences(where.warehouse, other.warehouse)
    assert not found, "\n".join(found[:20])


def test_a_late_copy_of_an_id_of_several_members_is_a_duplicate(tmp_path: Path) -> None:
    line = with_members(real_lines()[31], [("messageId", "7"), ("properties", '{"n": 1}')])
    hours = {hour_number(0): [[line]], hour_number(2): [[with_members(line, [("messageId", '"7"')])]]}
    archive = write_archive(tmp_path / "archive", hours)
    where = place(archive, tmp_path / "loaded")
    where = replace(where, source=replace(where.source, mapping=Mapping.parse(PARTS)))
    load_archive(where)
    again = read_again(rudderstack_files(archive), PARTS)
    assert len(again.winners) == 1
    prove(where, again)
    prove_catalog(where, again)


def github(number: str, kind: str, at: str, **payload: object) -> bytes:
    event = {"id": number, "type": kind, "actor": {"id": 7, "login": "ann"}, "payload": payload, "public": True}
    return json.dumps({**event, "created_at": at}).encode()


def test_events_of_github_with_one_number_are_all_rows_and_their_copies_are_none(tmp_path: Path) -> None:
    numbers = [str(10_000_000 + n) for n in range(5)]
    files = {
        "2020-03-01-9": [
            github(number, "PushEvent", "2020-03-01T09:01:00Z", size=n) for n, number in enumerate(numbers)
        ],
        "2026-08-31-9": [github(number, "WatchEvent", "2026-08-31T09:01:00Z", action="started") for number in numbers],
        "2026-08-31-10": [github(number, "WatchEvent", "2026-08-31T09:01:00Z", action="started") for number in numbers],
        "2026-08-31-11": [github(number, "WatchEvent", "2026-08-31T11:01:00Z", action="started") for number in numbers],
    }
    archive = tmp_path / "archive"
    archive.mkdir()
    for name, lines in files.items():
        (archive / f"{name}.json.gz").write_bytes(gzip.compress(b"\n".join(lines)))
    where = place(archive, tmp_path / "loaded", layout="gharchive", preset="gharchive")
    results = load_archive(where)
    assert [result.counts["inserted"] for result in results] == [10, 10, 0, 10]
    prove(where, read_again(gharchive_files(archive), GHARCHIVE))
