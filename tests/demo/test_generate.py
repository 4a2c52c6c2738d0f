"""The generator of archives: same arguments, same bytes; clean is clean; dirty has all the dirt of its summary."""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from event_assets.demo.files import BROKEN, LEGAL
from event_assets.demo.generate import DemoSummary, generate
from event_assets.demo.schedule import COPIED, LABELS, SPOILT
from tests.demo.archive_lines import list_files, parse_line, read_content, read_lines


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    """A dirty archive of three days."""
    return generate(tmp_path_factory.mktemp("dirty"), events=6_000)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    """A clean archive of one day."""
    return generate(tmp_path_factory.mktemp("clean"), events=3_000, days=1, clean=True)


def fingerprint(folder: Path) -> str:
    """One hash over every file's key, modification time and content."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        key = path.relative_to(folder).as_posix()
        digest.update(f"{key} {path.stat().st_mtime_ns} ".encode() + path.read_bytes())
    return digest.hexdigest()


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(tmp_path / name, events=1_500, seed=7, days=2)
    generate(tmp_path / "other", events=1_500, seed=8, days=2)
    assert fingerprint(tmp_path / "one") == fingerprint(tmp_path / "two")
    assert fingerprint(tmp_path / "one") != fingerprint(tmp_path / "other")


def test_an_archive_is_never_mixed_into_another(tmp_path: Path) -> None:
    generate(tmp_path, events=50, days=1)
    with pytest.raises(FileExistsError, match="empty folder"):
        generate(tmp_path, events=50, days=1)


def test_a_clean_archive_is_so_many_good_events_in_order(clean: DemoSummary) -> None:
    events = [parse_line(line.text) for line in read_lines(clean.folder)]
    good = [event for event in events if event is not None]
    assert len(good) == len(events) == clean.lines == clean.events == 3_000
    assert len({event["messageId"] for event in good}) == 3_000
    received = [event["receivedAt"] for event in good]
    assert received == sorted(received)
    assert not clean.counts
    assert not clean.late_files


def test_a_clean_event_is_about_as_long_as_a_real_one(clean: DemoSummary) -> None:
    lengths = [len(line.text) for line in read_lines(clean.folder)]
    assert 1_400 < sum(lengths) / len(lengths) < 1_800


def test_every_type_and_some_fifteen_events_are_there(clean: DemoSummary) -> None:
    events = [parse_line(line.text) or {} for line in read_lines(clean.folder)]
    assert {event["type"] for event in events} == {"track", "page", "screen", "identify", "group", "alias"}
    assert len({event.get("event") for event in events}) >= 15
    assert {event["channel"] for event in events} == {"web", "mobile", "server"}


def test_a_file_lies_in_the_hour_of_its_name(clean: DemoSummary) -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    files = list_files(clean.folder)
    assert len(files) == clean.files >= 48
    for path in files:
        uploaded = int(path.name.split(".")[0])
        assert start <= uploaded < start + 24 * 3600
        assert path.parent.name == datetime.fromtimestamp(uploaded, UTC).date().isoformat()
        assert path.stat().st_mtime == uploaded


def test_the_summary_counts_what_the_archive_has(dirty: DemoSummary) -> None:
    assert dirty.lines == sum(1 for _ in read_lines(dirty.folder))
    assert dirty.files == len(list_files(dirty.folder))
    assert dirty.bytes == sum(path.stat().st_size for path in list_files(dirty.folder))
    assert dirty.counts["broken_files"] == sum(read_content(path) is None for path in list_files(dirty.folder))
    strangers = [path for path in dirty.folder.rglob("*") if path.is_file() and path not in list_files(dirty.folder)]
    assert dirty.counts["ignored_files"] == len(strangers)


def test_a_dirty_archive_has_some_of_every_kind(dirty: DemoSummary) -> None:
    assert set(LABELS) - set(dirty.counts) <= {"clockless_copies"}
    for name, kind in (SPOILT | COPIED).items():
        assert dirty.counts.get(name, 0) <= kind.total(6_000), name
    assert all(dirty.counts[name] == kind.total(6_000) for name, kind in SPOILT.items())


def test_copies_come_in_the_same_hour_and_in_later_ones(dirty: DemoSummary) -> None:
    hours: dict[tuple[str, str], list[int]] = {}
    for line in read_lines(dirty.folder):
        event = parse_line(line.text)
        if event and isinstance(event.get("messageId"), str) and event["messageId"].strip():
            hours.setdefault((str(event.get("type")).lower(), event["messageId"]), []).append(line.hour)
    copied = [seen for seen in hours.values() if len(seen) > 1]
    within = sum(len(seen) - len(set(seen)) for seen in copied)
    across = sum(len(set(seen)) - 1 for seen in copied)
    retried = sum(dirty.counts[name] for name in COPIED if name.startswith("retries"))
    later = sum(n for name, n in dirty.counts.items() if name in COPIED and not name.startswith("retries"))
    assert abs(within - retried) <= 3
    assert abs(across - (later - dirty.counts["other_types"])) <= 3


def test_late_files_are_sound_files_of_the_archive(dirty: DemoSummary) -> None:
    assert len(dirty.late_files) == dirty.counts["late_files"] >= 6
    lines = Counter(line.key for line in read_lines(dirty.folder))
    assert all(lines[key] > 0 for key in dirty.late_files)


@pytest.mark.parametrize("name", LEGAL)
def test_an_odd_file_still_has_all_its_lines(name: str, tmp_path: Path) -> None:
    lines = [b'{"n":1}', b'{"n":2}', b'{"n":3}']
    assert _read_back(LEGAL[name], lines, tmp_path) == lines


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("count", [1, 12, 300])
def test_a_broken_file_is_refused(name: str, count: int, tmp_path: Path) -> None:
    lines = [b'{"number":"%d","text":"%x"}' % (n, n * 7919**4) for n in range(count)]
    assert _read_back(BROKEN[name], lines, tmp_path) is None


def _read_back(pack: Callable[[list[bytes]], bytes], lines: list[bytes], folder: Path) -> list[bytes] | None:
    path = folder / "file"
    path.write_bytes(pack(lines))
    content = read_content(path)
    if content is None:
        return None
    return [line.strip() for line in content.removeprefix(b"\xef\xbb\xbf").rstrip(b"\0").split(b"\n") if line.strip()]
