"""What was written is what is read: a flipped bit anywhere in a file, a cut, another file and an altered note."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from event_assets.lake.errors import DamagedDay, DamagedHour, LakeError
from event_assets.lake.hour_note import HourNote, decode_note, encode_note
from event_assets.lake.maintenance.compact import compact_day
from event_assets.lake.maintenance.vacuum import clean_lake
from event_assets.lake.packs import find_extents, packs_path, read_packs
from event_assets.lake.reading.read import lookup, read_hour, read_note, read_quarantine
from event_assets.lake.reading.verified import is_sound
from event_assets.lake.store import Lake
from tests.lake.build import HOUR, Files, ids, lake_at, line, write
from tests.lake.maintenance.days import DAY, age_all, answers, compact, write_day
from tests.lake.reading.test_read import keys

FILES: Files = {"a.gz": [line(f"m{n}", event=f"E{n % 3}") for n in range(30)], "b.gz": [b"{"] * 3}
PLACES = 36
"""How many bytes of a file are flipped, spread over all of it."""


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :]


def places(content: bytes) -> list[int]:
    """Positions from the first byte to the last: magic, pages, dictionaries, footer and its length."""
    last = len(content) - 1
    return sorted({last * number // (PLACES - 1) for number in range(PLACES)} | set(range(last - 11, last + 1)))


def rows(lake: Lake, note: HourNote) -> list[str]:
    return [one for frame in read_hour(lake, note) for one in ids(frame)]


@pytest.fixture(params=["folder", "memory"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """A lake in a folder, and one that is read by ranges as an object store is."""
    return lake_at(tmp_path) if request.param == "folder" else Lake(f"memory://{tmp_path.name}/lake")


def test_a_flipped_bit_anywhere_in_a_file_is_never_read(lake: Lake) -> None:
    note = write(lake, FILES)
    expected = rows(lake, note)
    for path in (note.parquet[0], note.parquet[-1], note.quarantine[0]):
        content = lake.filesystem.cat_file(lake.locate(path))
        for at in places(content):
            lake.publish_bytes(flipped(content, at), path)
            with pytest.raises(DamagedHour, match=f"{path} of 2026-01-31T07 is damaged .*--reload") as raised:
                _ = rows(lake, note), read_quarantine(lake, note, None)
            assert raised.value.hour == HOUR
            assert not is_sound(lake, note)
        lake.publish_bytes(content, path)
    assert rows(lake, note) == expected
    assert is_sound(lake, note)


def test_a_lookup_reads_no_flipped_bit_either(lake: Lake) -> None:
    note = write(lake, FILES)
    content = lake.filesystem.cat_file(lake.locate(note.parquet[0]))
    lake.publish_bytes(flipped(content, len(content) // 2), note.parquet[0])
    with pytest.raises(DamagedHour, match="is damaged"):
        lookup(lake, note, keys(("track", "m5")))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda content, other: content[:-1], id="cut"),
        pytest.param(lambda content, other: b"", id="empty"),
        pytest.param(lambda content, other: other, id="another hour's"),
        pytest.param(lambda content, other: content + b"\0", id="longer"),
    ],
)
def test_another_file_under_the_name_is_never_read(lake: Lake, change: Callable[[bytes, bytes], bytes]) -> None:
    note = write(lake, FILES)
    other = write(Lake(f"{lake.url}-other"), {"a.gz": [line("foreign")]})
    stranger = Lake(f"{lake.url}-other")
    foreign = stranger.filesystem.cat_file(stranger.locate(other.parquet[0]))
    content = lake.filesystem.cat_file(lake.locate(note.parquet[0]))
    lake.publish_bytes(change(content, foreign), note.parquet[0])
    with pytest.raises(DamagedHour, match="is damaged"):
        rows(lake, note)


def test_a_file_without_a_checksum_is_read_and_broken_pages_are_named(lake: Lake) -> None:
    """Version 0.1 wrote none."""
    note = replace(write(lake, FILES), checksums={})
    lake.publish_bytes(encode_note(note), "default/hours/2026-01-31T07.json")
    assert len(rows(lake, note)) == 30
    content = lake.filesystem.cat_file(lake.locate(note.parquet[0]))
    lake.publish_bytes(content[:-20] + b"\xff" * 12 + content[-8:], note.parquet[0])
    with pytest.raises(DamagedHour, match="is damaged"):
        rows(lake, note)
    assert not is_sound(lake, note)


def test_rows_of_vanished_files_are_not_carried_over_from_a_damaged_file(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    note = write(lake, {"a.gz": [line("a")], "b.gz": [line("b")]})
    path = Path(lake.locate(note.parquet[0]))
    path.write_bytes(flipped(path.read_bytes(), 100))
    with pytest.raises(DamagedHour, match="is damaged"):
        write(lake, {"a.gz": [line("a")]}, vanished=frozenset({"b.gz"}))
    assert read_note(lake, "default", HOUR) == note


def test_every_altered_byte_of_a_note_is_noticed(lake: Lake) -> None:
    note = write(lake, FILES)
    content = encode_note(note)
    for at in range(0, len(content), 7):
        with suppress(DamagedHour):
            assert decode_note(flipped(content, at), "the note") == note, "white space is no content"
    for cut in range(0, len(content) - 1, 50):
        with pytest.raises(DamagedHour, match="damaged"):
            decode_note(content[:cut], "the note")


def test_a_note_with_more_members_is_read_and_one_of_a_newer_format_names_the_version(tmp_path: Path) -> None:
    note = write(lake_at(tmp_path), FILES)
    members = json.loads(encode_note(note))
    old = {name: value for name, value in members.items() if name not in ("checksum", "checksums", "format")}
    assert decode_note(json.dumps(old | {"invented": [1]}).encode(), "n") == replace(note, checksums={})
    with pytest.raises(LakeError, match="written by a newer version of Tideline: upgrade"):
        decode_note(json.dumps(old | {"format": 2, "files": {"other": "shape"}}).encode(), "n")


def test_a_flipped_bit_in_a_pack_costs_the_hours_it_is_in(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    notes = write_day(lake)
    compact(lake)
    before = {note.archive_hour: rows(lake, note) for note in notes}
    (path,) = {extent.path for note in notes for extent in find_extents(lake, note, "events")}
    pack = Path(lake.locate(path))
    content = pack.read_bytes()
    for at in places(content)[1 :: PLACES // 12]:
        pack.write_bytes(flipped(content, at))
        sound = 0
        for note in notes:
            with suppress(DamagedHour):
                assert rows(lake, note) == before[note.archive_hour]
                sound += 1
        assert sound < len(notes), at
    pack.write_bytes(content)
    assert {note.archive_hour: rows(lake, note) for note in notes} == before


def test_a_damaged_pack_takes_no_file_away_and_is_not_packed_again(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    write_day(lake)
    compact(lake)
    path = next(pack.path for pack in read_packs(lake, "default", DAY) if pack.kind == "events")
    pack = Path(lake.locate(path))
    sound = pack.read_bytes()
    pack.write_bytes(flipped(sound, 1000))
    age_all(lake, days=3)
    assert clean_lake(lake, "default", now=datetime.now(UTC)) == ()
    pack.write_bytes(sound)
    age_all(lake, days=3)
    assert clean_lake(lake, "default", now=datetime.now(UTC))


def test_a_damaged_file_is_not_packed(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    note = write_day(lake)[0]
    path = Path(lake.locate(note.parquet[0]))
    path.write_bytes(flipped(path.read_bytes(), 60))
    with pytest.raises(DamagedHour, match="is damaged"):
        compact_day(lake, "default", DAY, now=datetime.now(UTC))
    path.unlink()
    with pytest.raises(DamagedHour, match="is missing"):
        compact_day(lake, "default", DAY, now=datetime.now(UTC))
    assert read_packs(lake, "default", DAY) == ()


def test_a_damaged_record_of_packs_names_its_day(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    write_day(lake)
    compact(lake)
    Path(lake.locate(packs_path("default", DAY))).write_bytes(b"[")
    with pytest.raises(DamagedDay) as raised:
        answers(lake)
    assert raised.value.day == DAY
