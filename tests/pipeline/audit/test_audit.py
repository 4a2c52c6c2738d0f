"""What was changed by hand, by a disk or by a setting is found when its hour is drawn; nothing is written."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from event_assets.lake.hour_note import HourNote, encode_note
from event_assets.lake.maintenance.tombstones import retire_hour
from event_assets.lake.paths import note_path
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.audit.audit import audit, draw_hours
from event_assets.pipeline.audit.draw import Draw
from event_assets.pipeline.load import Choice
from event_assets.pipeline.retention import drop_days
from tests.conftest import on_both_in_time
from tests.drive import Place, load_pending, place
from tests.pipeline.quarantine.replayed import TODAY, YESTERDAY, hide_archive, replay_all, with_mapping, write_dirty
from tests.postgres import Database
from tests.promises.archives import hour_number, write_archive

EVERY = Draw(None, 0)


def event(id: str, number: int, **members: object) -> bytes:
    """A line that arrived in the n-th hour."""
    moment = hour_number(number).strftime("%Y-%m-%dT%H:00:07Z")
    plain = {"type": "track", "event": "Order Done", "messageId": id, "userId": "u", "receivedAt": moment}
    return json.dumps(plain | {"timestamp": moment} | members).encode()


def first_hours() -> dict[int, list[list[bytes]]]:
    """Events of every kind: copies within and between hours, rescued values, types that widen, quarantined lines."""
    deep = {"a": {"b": [1, {"c": None}], "when": "2026-01-31T07:00:00.123456+02:00"}, "big": 12345678901234567890}
    return {
        0: [
            [
                event("1", 0, properties={"n": 1, "s": "ü\u2028"}),
                event("2", 0, properties=deep),
                event("1", 0, userId="v"),
            ],
            [event("3", 0, type="identify", traits={"plan": "x"}), b"{broken", event("4", 0, timestamp="2099-01-01")],
        ],
        1: [[event("1", 1, properties={"n": 2.5}), event("5", 1, event="Other", properties={"n": "free"})]],
        2: [[event("6", 2, type="page", name="Home", context={"ip": "1.2.3.4"}), event("7", 2, properties={"n": 7})]],
    }


def write_hours(folder: Path) -> Path:
    """The archive in a folder."""
    return write_archive(folder, {hour_number(number): files for number, files in first_hours().items()})


def load_all(where: Place, *, reload: bool = False) -> None:
    """Load what is pending, or all."""
    load_pending(where.settings, Choice(reload=reload))


def found_in(where: Place, draw: Draw = EVERY) -> dict[int, list[str]]:
    """The findings by the number of the hour."""
    results = list(audit(where.settings, draw))
    assert [result.error for result in results if result.error] == []
    return {
        int((result.archive_hour - hour_number(0)) / timedelta(hours=1)): [
            f"{finding.where}: {finding.message}" for finding in result.findings
        ]
        for result in results
        if result.findings
    }


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An archive, loaded once; tests change copies."""
    folder = tmp_path_factory.mktemp("audited")
    where = place(write_hours(folder / "archive"), folder / "place")
    load_all(where)
    return where


@pytest.fixture
def loaded(original: Place, tmp_path: Path) -> Place:
    """A copy of archive, lake and warehouse."""
    shutil.copytree(Path(original.source.archive).parent, tmp_path / "copy")
    return place(tmp_path / "copy/archive", tmp_path / "copy/place")


def files_of(where: Place) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in where.folder.rglob("*") if path.is_file()}


@on_both_in_time
def test_a_loaded_archive_has_no_difference_and_nothing_is_written(tmp_path: Path, database: Database | None) -> None:
    where = place(write_hours(tmp_path / "archive"), tmp_path / "place", database=database)
    load_all(where)
    load_all(where, reload=True)
    before = where.lake_files()
    results = list(audit(where.settings, EVERY))
    assert [(result.derived, result.findings, result.error) for result in results] == [("archive", (), None)] * 3
    assert sum(result.rows for result in results) == 12
    assert where.lake_files() == before
    where.execute("UPDATE events.tracks SET user_id = 'x' WHERE id = '5'")
    assert found_in(where) == {1: ["warehouse: tracks: values differ in user_id (1), such as of '5'"]}


def test_the_files_of_lake_and_warehouse_stay_as_they_are(loaded: Place) -> None:
    before = files_of(loaded)
    assert found_in(loaded) == {}
    assert files_of(loaded) == before


CHANGES = {
    "a value": ("UPDATE events.order_done SET n = 8 WHERE id = '7'", 2, "order_done: values differ in n (1)"),
    "a value that was NULL": (
        "UPDATE events.tracks SET context_ip = '9' WHERE id = '2'",
        0,
        "tracks: values differ in context_ip (1), such as of '2'",
    ),
    "a rescued value": ("UPDATE events.other SET _rescued = '{}' WHERE id = '5'", 1, "differ in _rescued (1)"),
    "a time by a microsecond": (
        "UPDATE events.pages SET received_at = received_at + INTERVAL '1 microsecond'",
        2,
        "pages: values differ in received_at (1)",
    ),
    "a row that left": ("DELETE FROM events.identifies", 0, "identifies: 1 row is missing, such as '3'"),
    "a row of an event table that left": ("DELETE FROM events.other", 1, "other: 1 row is missing, such as '5'"),
    "a row that came": (
        "INSERT INTO events.pages BY NAME SELECT * REPLACE ('new' AS id) FROM events.pages",
        2,
        "pages: 1 row is of no event of the hour",
    ),
    "a table that left": ("DROP TABLE events.other", 1, "other: the table is missing, and 1 row with it"),
    "a count of the ledger": (
        f"UPDATE tideline.loads SET quarantined = 0 WHERE archive_hour = '{hour_number(0)}'",
        0,
        "loads: quarantined is 0, 1 in the lake",
    ),
}


@pytest.mark.parametrize(("statement", "number", "message"), CHANGES.values(), ids=CHANGES)
def test_a_change_of_the_warehouse_is_found_in_its_hour(
    loaded: Place, statement: str, number: int, message: str
) -> None:
    loaded.execute(statement)
    found = found_in(loaded)
    assert list(found) == [number]
    assert any(message in finding for finding in found[number]), found


def flip(path: Path, position: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(len(content) * position)] ^= 1
    path.write_bytes(bytes(content))


def note_of(where: Place, number: int) -> HourNote:
    note = read_note(where.lake, where.source.name, hour_number(number))
    assert note is not None
    return note


@pytest.mark.parametrize("position", [0.05, 0.5, 0.999])
def test_a_flipped_byte_of_the_lake_is_found(loaded: Place, position: float) -> None:
    events, quarantine = note_of(loaded, 1).parquet[0], note_of(loaded, 0).quarantine[0]
    flip(loaded.folder / "lake" / events, position)
    flip(loaded.folder / "lake" / quarantine, position)
    found = found_in(loaded)
    assert {number: len(findings) for number, findings in found.items()} == {0: 1, 1: 1}
    assert all("damaged" in findings[0] for findings in found.values())


def test_a_flipped_byte_of_a_note_and_a_lost_file_are_found(loaded: Place) -> None:
    hours = sorted((loaded.folder / "lake/default/hours").glob("*.json"))
    flip(hours[0], 0.3)
    (loaded.folder / "lake" / note_of(loaded, 2).parquet[0]).unlink()
    hours[1].unlink()
    found = found_in(loaded)
    assert ["is damaged" in found[0][0], "missing from the lake" in found[1][0]] == [True, True]
    assert "missing from the lake" in found[2][0]


def test_a_lake_that_is_sound_and_not_of_the_archive_is_found(loaded: Place, tmp_path: Path) -> None:
    """Whoever writes Parquet and note anew leaves no damage: only the archive shows it."""
    other = {hour_number(n): files for n, files in first_hours().items()}
    other[hour_number(1)] = [
        [event("1", 1, properties={"n": 2.5}), event("5", 1, event="Other", properties={"n": "no"})]
    ]
    forged = place(write_archive(tmp_path / "archive", other), tmp_path / "forged")
    load_all(forged)
    note, real = note_of(forged, 1), note_of(loaded, 1)
    for path in note.parquet:
        loaded.lake.publish_bytes(forged.lake.read_bytes(path) or b"", path)
    made = replace(note, manifest_hash=real.manifest_hash, files=real.files)
    loaded.lake.publish_bytes(encode_note(made), note_path("default", hour_number(1)))
    (findings,) = found_in(loaded).values()
    assert "events: row 2 ('track', '5') differs from the archive in properties" in findings[0]
    assert any("other: values differ" in finding for finding in findings)


def test_an_hour_of_other_settings_is_found(loaded: Place) -> None:
    other = replace(loaded, source=replace(loaded.source, keep_members=("integrations",)))
    found = found_in(other)
    assert {number: findings[0][:46] for number, findings in found.items()} == dict.fromkeys(
        range(3), "settings: the hour was loaded by other setting"
    )
    less = replace(loaded, source=replace(loaded.source, not_users=("u",)))
    assert [len(findings) for findings in found_in(less).values()] == [1, 1, 1]


def test_without_the_archive_the_warehouse_is_compared_with_the_lake(loaded: Place) -> None:
    hide_archive(loaded)
    loaded.execute("UPDATE events.pages SET name = 'x'")
    results = list(audit(loaded.settings, EVERY))
    assert {(result.derived, "missing from the archive" in result.note) for result in results} == {("lake", True)}
    assert [len(result.findings) for result in results] == [0, 0, 1]


def test_hours_without_a_lake_and_dropped_days_are_no_difference(loaded: Place) -> None:
    short = replace(loaded, source=replace(loaded.source, retain_days=1))
    drop_days(short.settings, [short.source], now=lambda: hour_number(0) + timedelta(days=9))
    retire_hour(loaded.lake, note_of(loaded, 2), now=datetime.now(UTC))
    results = list(audit(loaded.settings, EVERY))
    assert loaded.execute("DELETE FROM events.tracks") == 0
    assert [(result.derived, result.findings) for result in results] == [
        ("archive", ()),
        ("archive", ()),
        ("nothing", ()),
    ]


def test_a_replayed_hour_is_of_other_settings_and_otherwise_sound(tmp_path: Path) -> None:
    where = with_mapping(place(write_dirty(tmp_path / "archive"), tmp_path / "place"), YESTERDAY)
    load_all(where)
    today = with_mapping(where, TODAY)
    hide_archive(where)
    replay_all(today)
    assert {len(findings) for findings in found_in(today).values()} == {1}
    assert all(findings[0].startswith("settings") for findings in found_in(today).values())


def test_a_draw_is_repeated_by_its_seed_and_reaches_every_hour() -> None:
    hours = [hour_number(number) for number in range(10)]
    assert draw_hours(hours, Draw(3, 7)) == draw_hours(hours, Draw(3, 7))
    assert {hour for seed in range(50) for hour in draw_hours(hours, Draw(2, seed))} == set(hours)
    assert draw_hours(hours, Draw(None, 7)) == draw_hours(hours, Draw(99, 7)) == hours
