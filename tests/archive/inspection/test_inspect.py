"""Inspections of archives: layout, envelope, volume, gaps and lateness, within bounds."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem

from event_assets.archive.errors import ArchiveError
from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.result import InitHints, Inspection, Verdict
from event_assets.archive.inspection.volume import Gap
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.source import ArchiveSource
from event_assets.events.mapping.shipped import preset
from tests.archive.trees import DELAYS, FIRST, KEYS, STRANGERS, event, write, write_foreign, write_tree

GAPPED = [n for n in range(60) if n not in (3, 20, 21, 22, 50)]


def look(folder: Path, limits: InspectionLimits | None = None, hints: InitHints | None = None) -> Inspection:
    return inspect(ArchiveSource(str(folder)), hints or InitHints(), limits or InspectionLimits())


@pytest.mark.parametrize("layout", KEYS)
def test_every_key_form_is_named_with_its_gaps_and_lateness(layout: str, tmp_path: Path) -> None:
    truth = write_tree(tmp_path, layout, hours=GAPPED, files=1 if layout == "gharchive" else 2)
    found = look(tmp_path)
    assert found.verdict is Verdict.FOUND
    assert found.root is not None
    assert found.volume is not None
    assert found.lateness is not None
    assert found.envelope is not None
    assert (found.root.layout.name, found.root.prefix, found.envelope.name) == (layout, "", "own")
    assert (
        found.volume.hours,
        found.volume.missing,
        found.volume.files,
        found.volume.bytes,
        found.volume.estimated,
    ) == (*(truth.hours, truth.missing, truth.files, truth.bytes, False),)
    assert found.volume.gaps == tuple(
        Gap(FIRST + timedelta(hours=first), FIRST + timedelta(hours=last))
        for first, last in ((3, 3), (20, 22), (50, 50))
    )
    assert found.lateness.late == pytest.approx(0.20)
    assert found.lateness.later_than == pytest.approx({1: 0.10, 24: 0.04, 168: 0.01, 720: 0.0})
    assert found.lateness.longest == 200
    assert found.events == pytest.approx(truth.events, rel=0.01)


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_no_archive_of_events_is_not_named(name: str, tmp_path: Path) -> None:
    STRANGERS[name](tmp_path / "folder")
    found = look(tmp_path / "folder")
    wanted = {"spark": Verdict.NO_LAYOUT, "dagster": Verdict.NO_LAYOUT, "empty": Verdict.EMPTY}
    assert found.verdict is wanted.get(name, Verdict.NO_EVENTS)
    kinds = {"cloudfront": "W3C", "photos": "JPEG", "hourly parquet": "Parquet", "spark": "JSON", "dagster": "SQLite"}
    assert any(kinds.get(name, "") in kind for _, _, kind in found.seen.contents) or name == "empty"


@pytest.mark.parametrize(
    ("join", "framing"),
    [(b"\n", "lines"), (b"\r\n\r\n", "lines"), (b"", "concatenated"), (b" ", "concatenated")],
)
def test_framing_is_recognized_by_content(join: bytes, framing: str, tmp_path: Path) -> None:
    write_tree(tmp_path, "{year}/{month}/{day}/{hour}/*", join=join)
    found = look(tmp_path)
    assert (found.verdict, found.framing) == (Verdict.FOUND, framing)
    assert found.lateness is not None
    assert found.lateness.events == 24 * len(DELAYS)


@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"Records": [\n', b"]}\n")])
@pytest.mark.parametrize("comma", [b",", b",\n", b"\n, "])
def test_arrays_are_recognized_by_content_even_where_only_their_beginning_is_read(
    begin: bytes, end: bytes, comma: bytes, tmp_path: Path
) -> None:
    values = comma.join(event(str(n), FIRST, n % 2) for n in range(3000))
    for hour in range(2):
        write(tmp_path / f"2026/01/30/{hour + 5:02}/export.json", begin + values + end)
    for limits in (InspectionLimits(), InspectionLimits(bytes=256 << 10)):
        found = look(tmp_path, limits)
        assert (found.verdict, found.framing, found.bad_files, found.bad_lines) == (Verdict.FOUND, "array", 0, 0)
        assert found.events == pytest.approx(6000, rel=0.01)
        assert found.read_bytes <= limits.bytes


def test_firehose_with_line_ends_keeps_its_framing(tmp_path: Path) -> None:
    write_tree(tmp_path, "firehose")
    assert look(tmp_path).framing == "concatenated"


def test_an_archive_below_a_prefix_is_found_there(tmp_path: Path) -> None:
    write_tree(tmp_path / "raw/events", "rudderstack")
    write(tmp_path / "readme.txt", b"hello")
    found = look(tmp_path)
    assert found.root is not None
    assert (found.root.prefix, found.root.layout.name) == ("raw/events", "rudderstack")
    assert found.archive == f"{tmp_path}/raw/events"
    assert found.volume is not None
    assert found.volume.files == 24


def test_several_archives_are_named_to_choose_from(tmp_path: Path) -> None:
    write_tree(tmp_path / "web", "rudderstack")
    write_tree(tmp_path / "app", "kafka-connect")
    found = look(tmp_path)
    assert found.verdict is Verdict.SEVERAL
    assert [(place.prefix, place.layout.name) for place in found.roots] == [
        ("app", "kafka-connect"),
        ("web", "rudderstack"),
    ]


def test_sources_that_lie_side_by_side_are_reported(tmp_path: Path) -> None:
    for name, count in (("web", 3), ("app", 2)):
        for hour in range(count):
            at = FIRST + timedelta(hours=hour)
            key = f"rudder-logs/{name}/{at:%Y-%m-%d}/{int(at.timestamp())}.{name}.x.json.gz"
            write(tmp_path / key, gzip.compress(event(key, at, 0)))
    assert [(each.name, each.files, each.folder, each.template) for each in look(tmp_path).streams] == [
        ("app", 2, "rudder-logs/app", "*/{epoch}.*.json.gz"),
        ("web", 3, "rudder-logs/web", "*/{epoch}.*.json.gz"),
    ]


def test_folders_that_are_dates_are_no_sources(tmp_path: Path) -> None:
    for hour in range(40):
        at = FIRST + timedelta(hours=hour)
        write(tmp_path / f"{at:%Y-%m-%d}/ev-{int(at.timestamp())}.json", event(str(hour), at, 0))
    found = look(tmp_path)
    assert (found.verdict, found.template, found.streams) == (Verdict.FOUND, "*/*-{epoch}*", ())


@dataclass
class Calls:
    """What a file system was asked for."""

    listed: list[str] = field(default_factory=list)
    read: int = 0


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Counts what the file system of local folders is asked for; it answers as ever."""
    counted = Calls()
    ls, cat = LocalFileSystem.ls, LocalFileSystem.cat_file

    def count_ls(fs: LocalFileSystem, path: str, detail: bool = False) -> object:
        counted.listed.append(path)
        return ls(fs, path, detail=detail)

    def count_cat(fs: LocalFileSystem, path: str, start: int | None = None, end: int | None = None) -> bytes:
        content = bytes(cat(fs, path, start=start, end=end))
        counted.read += len(content)
        return content

    monkeypatch.setattr(LocalFileSystem, "ls", count_ls)
    monkeypatch.setattr(LocalFileSystem, "cat_file", count_cat)
    return counted


def test_an_archive_of_many_folders_is_listed_in_part_and_its_gaps_are_still_known(
    tmp_path: Path, calls: Calls
) -> None:
    hours = [n for n in range(30 * 24) if n % 97 and not 300 <= n < 340]
    truth = write_tree(tmp_path, "{year}/{month}/{day}/{hour}/*", hours=hours, delays=(0, 0, 2))
    found = look(tmp_path, InspectionLimits(requests=200))
    assert len(calls.listed) <= 210
    assert found.requests <= 210
    assert found.volume is not None
    assert found.volume.estimated
    assert (found.volume.hours, found.volume.missing) == (truth.hours, truth.missing)
    assert found.volume.files == pytest.approx(truth.files, rel=0.1)
    assert found.volume.bytes == pytest.approx(truth.bytes, rel=0.1)
    assert found.events == pytest.approx(truth.events, rel=0.1)
    assert found.lateness is not None
    assert found.lateness.late == pytest.approx(1 / 3, rel=0.1)


def test_days_that_were_not_listed_leave_the_gaps_unknown(tmp_path: Path, calls: Calls) -> None:
    truth = write_tree(tmp_path, "rudderstack", hours=range(0, 200 * 24, 12), delays=(0,))
    found = look(tmp_path, InspectionLimits(requests=60))
    assert len(calls.listed) <= 70
    assert found.volume is not None
    assert (found.volume.gaps, found.volume.missing, found.volume.estimated) == (None, None, True)
    assert found.volume.files == pytest.approx(truth.files, rel=0.1)


def test_no_more_bytes_and_files_are_read_than_was_allowed(tmp_path: Path, calls: Calls) -> None:
    delays = [hour % 5 for hour in range(1_500)]
    truth = write_tree(tmp_path, "dt={date}/hr={hour}/*", hours=range(12), files=2, delays=delays, padding=100)
    limits = InspectionLimits(bytes=1 << 20, files=20)
    assert truth.bytes > 2 * limits.bytes
    found = look(tmp_path, limits)
    assert calls.read == found.read_bytes <= limits.bytes
    assert found.read_files <= 20
    assert (found.bad_files, found.bad_lines) == (0, 0)
    assert found.lateness is not None
    assert found.lateness.late == pytest.approx(0.8, rel=0.01)
    assert found.events == pytest.approx(truth.events, rel=0.1)


def test_files_count_by_their_size_where_only_their_beginning_is_read(tmp_path: Path) -> None:
    write_tree(tmp_path, "dt={date}/hr={hour}/*", hours=[0], delays=[1] * 6_000, padding=100)
    write_tree(tmp_path, "dt={date}/hr={hour}/*", hours=[1], delays=[0] * 2_000, padding=100)
    found = look(tmp_path, InspectionLimits(bytes=300 << 10))
    assert found.read_bytes <= 300 << 10
    assert found.lateness is not None
    assert found.lateness.late == pytest.approx(0.75, rel=0.1)


def test_events_are_projected_file_by_file_where_some_are_not_compressed(tmp_path: Path) -> None:
    write_tree(tmp_path, "dt={date}/hr={hour}/*", hours=range(10), delays=[0] * 300)
    plain = b"\n".join(event(str(n), FIRST, 0) for n in range(6_000))
    write(tmp_path / "dt=2026-01-30/hr=06/plain.jsonl", plain)
    found = look(tmp_path, InspectionLimits(bytes=200 << 10))
    assert found.read_bytes < len(plain)
    assert found.events == pytest.approx(9_000, rel=0.03)


def test_bad_lines_and_bad_files_are_counted_and_nothing_else(tmp_path: Path) -> None:
    write_tree(tmp_path, "dt={date}/hr={hour}/*", hours=range(3))
    good = event("x", FIRST, 0)
    write(tmp_path / "dt=2026-01-30/hr=05/x.gz", gzip.compress(good + b'\n{"type": "shout"}\n{"type": \n' + good))
    write(tmp_path / "dt=2026-01-30/hr=05/y.gz", gzip.compress(good)[:-4])
    write(tmp_path / "dt=2026-01-30/hr=05/_SUCCESS", b"")
    found = look(tmp_path)
    assert found.verdict is Verdict.FOUND
    assert (found.bad_lines, found.bad_files, found.ignored) == (2, 1, 1)
    assert found.lateness is not None
    assert found.lateness.events == 3 * len(DELAYS) + 2


def test_objects_of_an_unknown_envelope_leave_guesses(tmp_path: Path) -> None:
    write_foreign(tmp_path)
    found = look(tmp_path)
    assert found.verdict is Verdict.NO_ENVELOPE
    assert found.guesses is not None
    assert dict(found.guesses.paths) == {
        "message_id": ("uuid",),
        "event": ("action",),
        "user_id": ("user", "id"),
        "timestamp": ("ts",),
        "properties": ("data",),
    }
    members = {each.path: (each.kinds, each.share) for each in found.guesses.members}
    assert members["user", "id"] == (("number",), 1.0)
    assert members["odd.name", "x"] == (("null",), 1.0)


def test_a_minority_of_known_events_does_not_name_an_envelope(tmp_path: Path) -> None:
    write_foreign(tmp_path)
    write_tree(tmp_path, "dt={date}/hr={hour}/*", hours=range(3), delays=[0] * 20)
    assert look(tmp_path).verdict is Verdict.NO_ENVELOPE


def test_a_mapping_that_is_given_is_used(tmp_path: Path) -> None:
    for hour in range(3):
        at = FIRST + timedelta(hours=hour)
        lines = [{"user": "u", "time": f"{at - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"}] * 4
        write(tmp_path / f"{at:%Y/%m/%d/%H}/x", "\n".join(map(json.dumps, lines)).encode())
    assert look(tmp_path).verdict is Verdict.NO_ENVELOPE
    found = look(tmp_path, hints=InitHints(mapping="wikiticker", parsed_mapping=preset("wikiticker")))
    assert found.verdict is Verdict.FOUND
    assert found.lateness is not None
    assert (found.lateness.late, found.lateness.longest) == (1.0, 2)


def test_a_layout_that_is_given_is_used(tmp_path: Path) -> None:
    for day in (1, 2):
        write(tmp_path / f"t0{day}h07/2026/01/x.json", event("x", FIRST, 0))
    assert look(tmp_path).verdict is Verdict.NO_LAYOUT
    found = look(tmp_path, hints=InitHints("t{day}h{hour}/{year}/{month}/*"))
    assert found.verdict is Verdict.FOUND
    assert found.volume is not None
    assert (found.volume.hours, found.volume.missing) == (2, 23)


@pytest.mark.parametrize("what", ["nothing", "a file"])
def test_what_is_no_folder_is_an_error_in_words(what: str, tmp_path: Path) -> None:
    if what == "a file":
        write(tmp_path / "x", b"{}")
    with pytest.raises(ArchiveError, match="is no folder or prefix with files"):
        look(tmp_path / "x")
