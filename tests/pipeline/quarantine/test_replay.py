"""Quarantined lines become events by the settings of today, with the archive and without it (contract §13)."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.config.source import Source
from event_assets.events.schema import QUARANTINE_SCHEMA
from event_assets.lake.erasure.suppression import NOBODY
from event_assets.lake.parquet import DEFAULT_SHAPE
from event_assets.lake.reading.read import list_notes
from event_assets.lake.writing.replayed_lines import manifest_of, replay_hour
from event_assets.pipeline.erasure.forget import forget, utc_now
from event_assets.pipeline.erasure.persons import persons_of
from event_assets.pipeline.quarantine.lines import LineChoice
from event_assets.pipeline.quarantine.read_again import LinesOfHour
from event_assets.pipeline.quarantine.replay import replay
from tests.drive import Place, place
from tests.pipeline.quarantine.replayed import (
    TODAY,
    YESTERDAY,
    counts_of,
    hide_archive,
    line,
    load_all,
    prove_mapped,
    reasons_of,
    replay_all,
    with_mapping,
)
from tests.promises.archives import hour_number, write_archive, write_file
from tests.promises.compare import differences

KEY = "a key that only this test knows"


@pytest.fixture(scope="module")
def fresh(yesterday: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The archive, loaded by today's mapping from the beginning."""
    where = with_mapping(yesterday.elsewhere(tmp_path_factory.mktemp("fresh")), TODAY)
    load_all(where)
    return where


@pytest.mark.parametrize("gone", [False, True], ids=["archive there", "archive gone"])
def test_lines_become_events_and_the_counts_add_up_again(loaded: Place, fresh: Place, *, gone: bool) -> None:
    files = hide_archive(loaded) if gone else Path(loaded.source.archive)
    results = replay_all(loaded)
    assert [(result.archive_hour, result.way) for result in results] == [
        (hour_number(number), "lake" if gone else "archive") for number in range(3)
    ]
    prove_mapped(loaded, files)
    assert counts_of(loaded) == counts_of(fresh)
    assert differences(loaded.warehouse, fresh.warehouse) == []
    assert reasons_of(loaded) == {"invalid_json": 3, "unknown_type": 1}
    before = loaded.lake_files()
    assert [result.way for result in replay_all(loaded)] == ["", ""]  # what still fails stays
    assert (loaded.lake_files(), differences(loaded.warehouse, fresh.warehouse)) == (before, [])


def test_nothing_changes_under_the_settings_of_the_load(loaded: Place) -> None:
    same, before = with_mapping(loaded, YESTERDAY), loaded.lake_files()
    assert {result.way for result in replay_all(same)} == {""}
    hide_archive(loaded)
    assert {result.way for result in replay_all(same)} == {""}
    assert loaded.lake_files() == before


def test_only_lines_of_the_reason_are_read(loaded: Place) -> None:
    hide_archive(loaded)
    assert [result.tried for result in replay_all(loaded, "invalid_json", dry_run=True)] == [1, 2]
    replay_all(loaded, "invalid_json")
    assert reasons_of(loaded)["unknown_type"] == 8  # one of them is in an hour that was written again
    replay_all(loaded, "unknown_type")
    assert reasons_of(loaded)["unknown_type"] == 1


def test_a_dry_run_counts_and_writes_nothing(loaded: Place) -> None:
    before = loaded.lake_files(), loaded.warehouse.read_bytes()
    results = replay_all(loaded, dry_run=True)
    assert [(result.tried, result.readable, result.way) for result in results] == [
        (6, 4, "archive"),
        (3, 2, "archive"),
        (2, 2, "archive"),
    ]
    assert (loaded.lake_files(), loaded.warehouse.read_bytes()) == before


def test_the_next_replay_loads_an_hour_whose_replay_ended_after_the_lake(loaded: Place, fresh: Place) -> None:
    hide_archive(loaded)
    for note in list_notes(loaded.lake, loaded.source.name):
        if note.counts.quarantined:
            reader = LinesOfHour.of(loaded.source, manifest_of(note), frozenset())
            replay_hour(loaded.lake, loaded.source, note, reader.read, NOBODY, shape=DEFAULT_SHAPE, moment=utc_now())
    assert differences(loaded.warehouse, fresh.warehouse) != []
    assert [result.way for result in replay_all(loaded)] == ["warehouse"] * 3
    assert differences(loaded.warehouse, fresh.warehouse) == []


@pytest.mark.slow
def test_a_later_load_of_the_hour_doubles_and_loses_nothing(loaded: Place, tmp_path: Path) -> None:
    hidden = hide_archive(loaded)
    replay_all(loaded)
    shutil.rmtree(loaded.source.archive)
    shutil.copytree(hidden, loaded.source.archive)
    late = [line("late", 0, kind="sale"), line("b", 0, kind="sale", price=1.5), line("c", 0, kind="sale", n=9)]
    write_file(Path(loaded.source.archive), hour_number(0), 9, late)
    load_all(loaded)  # hour 0 has a late file, and its former files are back
    prove_mapped(loaded, Path(loaded.source.archive))
    load_all(loaded, reload=True)
    prove_mapped(loaded, Path(loaded.source.archive))


def test_a_late_file_joins_replayed_rows_of_files_that_are_gone(loaded: Place, tmp_path: Path) -> None:
    hidden = hide_archive(loaded)
    replay_all(loaded)
    for archive in (Path(loaded.source.archive), hidden):
        write_file(archive, hour_number(0), 9, [line("late", 0, kind="sale"), line("c", 0, kind="sale", n=9)])
    load_all(loaded)
    prove_mapped(loaded, hidden)
    replay_all(loaded)
    prove_mapped(loaded, hidden)


def test_an_erased_person_stays_erased(tmp_path: Path) -> None:
    inner = json.dumps({"type": "track", "messageId": "x", "userId": "gone-77", "event": "Done"}).encode()
    hidden_id = json.dumps({"data": base64.b64encode(inner).decode()}).encode()
    known = inner.replace(b"gone-77", b"stays-1").replace(b'"x"', b'"y"')
    archive = write_archive(tmp_path / "archive", {hour_number(0): [[known, hidden_id]]})
    where = place(archive, tmp_path / "place")
    load_all(where)
    settings = replace(where.settings, erasure_key=KEY)
    forget(settings, persons_of(users=["gone-77"]))
    assert reasons_of(where)["unknown_type"] == 1  # the id is inside of base64
    opened = with_mapping(where, {"each": "data"})
    hide_archive(where)
    settings = replace(opened.settings, erasure_key=KEY)
    (result,) = replay(settings, LineChoice())
    assert (result.way, result.quarantined, result.error) == ("lake", 0, None)
    (note,) = list_notes(where.lake, where.source.name)
    assert (note.counts.lines, note.counts.events, note.counts.erased) == (2, 1, 1)
    with_key = list(replay(settings, LineChoice()))
    assert (with_key, where.execute("DELETE FROM events.tracks WHERE user_id = 'gone-77'")) == ([], 0)


def test_an_event_of_a_line_that_is_gone_stays_where_it_takes_members_from_the_line(tmp_path: Path) -> None:
    """Without the line its user would be missing, and its id would be another one."""
    mapping = {"each": "batch[]", "inherit": {"userId": ["who"]}}
    element = {"type": "sale", "event": "Done"}
    whole = [json.dumps({"who": "w-1", "batch": [element, {**element, "type": "track", "messageId": "m"}]}).encode()]
    archive = write_archive(tmp_path / "archive", {hour_number(0): [whole]})
    where = with_mapping(place(archive, tmp_path / "place"), mapping)
    load_all(where)
    assert reasons_of(where) == {"unknown_type": 1}
    today = with_mapping(where, {**mapping, "type": {"path": "type", "values": {"sale": "track"}, "default": "track"}})
    hidden = hide_archive(where)
    (result,) = replay_all(today)
    assert (result.way, result.tried, reasons_of(where)) == ("", 0, {"unknown_type": 1})
    shutil.rmtree(archive)
    shutil.copytree(hidden, archive)
    (result,) = replay_all(today)
    assert (result.way, result.quarantined) == ("archive", 0)


def test_what_the_lake_has_not_whole_is_read_from_the_archive_where_it_is_named(tmp_path: Path) -> None:
    """Cells of a row have their names in the header of the file."""
    rows = [b"kind,no,at", b"sale,1,2026-11-23T00:00:07Z", b"trk,2,2026-11-23T00:00:07Z", b"trk"]
    archive = write_archive(tmp_path / "archive", {hour_number(0): [rows]})
    where = place(archive, tmp_path / "place")
    where = replace(where, source=replace(where.source, framing="csv"))
    mapping = {"message_id": "no", "received_at": "at", "event": "kind"}
    old = with_mapping(where, {**mapping, "type": YESTERDAY["type"]})
    load_all(old)
    today = with_mapping(where, {**mapping, "type": TODAY["type"]})
    assert reasons_of(old) == {"invalid_csv": 1, "unknown_type": 1}
    hidden = hide_archive(where)
    assert [(result.way, result.tried) for result in replay_all(today)] == [("", 0)]
    shutil.rmtree(archive)
    shutil.copytree(hidden, archive)
    (result,) = replay_all(today)
    assert (result.way, reasons_of(today)) == ("archive", {"invalid_csv": 1})
    assert [result.way for result in replay_all(today)] == [""]
    assert [result.way for result in replay_all(today, "invalid_csv")] == ["archive"]


def test_members_of_the_key_are_in_events_that_are_read_from_the_lake() -> None:
    key = "red/2026-11-23-00/a.json"
    source = Source(archive="gone", layout="{member:context.team}/{year}-{month}-{day}-{hour}/*")
    manifest = Manifest("default", hour_number(0), (ArchiveFile(key, 1, "e"),))
    raw = b'{"type": "track", "event": "x"}'
    row = {"file": key, "line": 3, "byte_offset": 40, "reason": "unknown_type", "detail": "", "bytes": len(raw)}
    frame = pl.DataFrame([{**row, "raw": raw}], schema=QUARANTINE_SCHEMA)
    again = LinesOfHour.of(source, manifest, frozenset()).read(frame)
    assert again.found.events.select("_file", "_line", "context").rows() == [(key, 3, '{"team":"red"}')]
