"""Reading: chunks of bounded size, files whole or not at all, and storage that fails is never a bad file."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from event_assets.archive.decoding.chunks import framing_of, read_chunks
from event_assets.archive.errors import ArchiveError, TransientArchiveError
from event_assets.archive.listing.list_hours import list_hour, list_hours
from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.archive.storage import read_ahead as fetch
from event_assets.archive.storage import s3_objects as objects
from event_assets.events.chunk import Block, FileEnd
from tests.archive.files import COMPRESSIONS, HOUR, make_lines, naive_lines, read_all, write_archive
from tests.conftest import SHARED, shared_files

LINES = make_lines(300)
LARGE = make_lines(12_000)
STREAMED = LARGE * 3
"""Over the size up to which files are fetched several at a time."""


class FailingFileSystem(LocalFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """A real folder behind a line that breaks: each path fails so many times, after so many bytes."""

    protocol = "failing"
    cachable = False
    failures: ClassVar[Counter[str]] = Counter()
    after: ClassVar[int] = 0
    error: ClassVar[Exception] = OSError("connection reset")

    def fail(self, path: str) -> None:
        name = Path(path).name
        if self.failures[name]:
            self.failures[name] -= 1
            raise self.error

    def cat_file(self, path: str, start: int | None = None, end: int | None = None) -> bytes:
        self.fail(path)
        return bytes(super().cat_file(path, start, end))

    def open(self, path: str, mode: str = "rb") -> BreakingFile:
        return BreakingFile(self, path)


class BreakingFile(io.FileIO):
    """A file of it, open for reading."""

    def __init__(self, fs: FailingFileSystem, path: str) -> None:
        super().__init__(path)
        self._fs = fs
        self._path = path

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= self._fs.after:
            self._fs.fail(self._path)
        return super().read(-1 if size is None else size)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> type[FailingFileSystem]:
    fsspec.register_implementation("failing", FailingFileSystem, clobber=True)
    monkeypatch.setattr(objects, "PAUSES", (0.0, 0.0, 0.0))
    FailingFileSystem.failures = Counter()
    FailingFileSystem.after = 0
    FailingFileSystem.error = OSError("connection reset")
    return FailingFileSystem


def read_failing(folder: Path, manifest: Manifest) -> list[Block | FileEnd]:
    source = ArchiveSource(f"failing://{folder}", framing="lines")
    return [part for chunk in read_chunks(source, manifest) for part in chunk if isinstance(part, Block | FileEnd)]


def test_a_bad_file_is_one_entry_and_the_others_of_the_hour_are_whole(tmp_path: Path) -> None:
    manifest = write_archive(
        tmp_path,
        {
            "a.gz": gzip.compress(LINES),
            "b.gz": gzip.compress(LINES)[:-5],
            "c.gz": gzip.compress(LINES) + b"garbage",
            "d.jsonl": LINES,
            "e": b"",
        },
    )
    found = read_all(tmp_path, manifest)
    assert {key: read.end.lines for key, read in found.items()} == {
        "a.gz": 300,
        "b.gz": 0,
        "c.gz": 0,
        "d.jsonl": 300,
        "e": 0,
    }
    assert {key for key, read in found.items() if read.end.bad} == {"b.gz", "c.gz"}
    chunks = read_chunks(ArchiveSource(str(tmp_path), framing="lines"), manifest)
    assert {part.file for chunk in chunks for part in chunk if isinstance(part, Block)} == {"a.gz", "d.jsonl"}
    assert found["a.gz"].rows == found["d.jsonl"].rows == naive_lines(LINES)
    assert {key: read.end.bytes for key, read in found.items()} == {file.key: file.size for file in manifest.files}


@pytest.mark.parametrize("chunk_bytes", [1, 1 << 20])
@pytest.mark.parametrize("name", COMPRESSIONS)
def test_a_large_file_is_cut_into_chunks_and_loses_nothing(tmp_path: Path, name: str, chunk_bytes: int) -> None:
    manifest = write_archive(tmp_path, {"large": COMPRESSIONS[name](LARGE)})
    chunks = list(read_chunks(ArchiveSource(str(tmp_path), framing="lines"), manifest, chunk_bytes=chunk_bytes))
    sizes = [sum(len(value) for part in chunk if isinstance(part, Block) for value in part.values) for chunk in chunks]
    assert max(sizes) <= chunk_bytes + (1 << 20)
    assert len(chunks) > len(LARGE) / (chunk_bytes + (1 << 20))
    assert read_all(tmp_path, manifest, chunk_bytes=chunk_bytes)["large"].rows == naive_lines(LARGE)


def test_small_files_are_put_together_in_order(tmp_path: Path) -> None:
    manifest = write_archive(tmp_path, {f"{n:03}.gz": gzip.compress(b'{"n": %d}\n' % n) for n in range(200)})
    (chunk,) = read_chunks(ArchiveSource(str(tmp_path), framing="lines"), manifest)
    ends = [part for part in chunk if isinstance(part, FileEnd)]
    assert [end.file for end in ends] == [file.key for file in manifest.files]
    assert [part.values[0] for part in chunk if isinstance(part, Block)] == [b'{"n": %d}' % n for n in range(200)]


def test_small_and_large_files_keep_the_order_of_the_manifest(tmp_path: Path) -> None:
    plain = {"a": LINES, "b": LARGE, "c": LINES, "d": STREAMED, "e": b"", "f": LINES}
    manifest = write_archive(tmp_path, plain)
    assert max(file.size for file in manifest.files) > fetch.PART
    found = read_all(tmp_path, manifest, chunk_bytes=1 << 20)
    assert {key: read.rows for key, read in found.items()} == {key: naive_lines(text) for key, text in plain.items()}


def test_the_parts_of_a_file_in_a_chunk_are_one_block(tmp_path: Path) -> None:
    manifest = write_archive(tmp_path, {"a": LARGE, "b": LARGE.replace(b"\n", b"\n\n"), "c": b"x" + LARGE})
    (chunk,) = read_chunks(ArchiveSource(str(tmp_path), framing="lines"), manifest)
    assert [type(part) for part in chunk] == [Block, FileEnd] * 3
    first = chunk[0]
    assert isinstance(first, Block)
    assert first.lines == range(1, 12_001)


def test_tiny_lines_do_not_fill_memory(tmp_path: Path) -> None:
    manifest = write_archive(tmp_path, {"a.gz": gzip.compress(b"1\n" * 500_000)})
    tracemalloc.start()
    count = 0
    for chunk in read_chunks(ArchiveSource(str(tmp_path), framing="lines"), manifest, chunk_bytes=4 << 20):
        count += sum(len(part.values) for part in chunk if isinstance(part, Block))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 500_000
    assert peak < 20 << 20


def test_a_vanished_file_is_not_read(tmp_path: Path) -> None:
    manifest = write_archive(tmp_path, {"a": LINES, "b": LINES})
    (tmp_path / "b").unlink()
    assert list(read_all(tmp_path, replace(manifest, vanished=frozenset({"b"})))) == ["a"]


@pytest.mark.parametrize("content", [LINES, STREAMED], ids=["small", "streamed"])
def test_a_file_that_vanishes_or_changes_after_the_listing_is_reported_as_that(tmp_path: Path, content: bytes) -> None:
    manifest = write_archive(tmp_path, {"a": content})
    (tmp_path / "a").write_bytes(content[:-1])
    with pytest.raises(TransientArchiveError, match=r"a in .* was listed with .* Run the hour again"):
        read_all(tmp_path, manifest)
    (tmp_path / "a").unlink()
    with pytest.raises(TransientArchiveError, match=r"a in .* vanished between listing and reading"):
        read_all(tmp_path, manifest)


@pytest.mark.parametrize("content", [LINES, STREAMED], ids=["small", "streamed"])
def test_a_storage_that_fails_now_and_then_is_asked_again(
    tmp_path: Path, failing: type[FailingFileSystem], content: bytes
) -> None:
    write_archive(tmp_path, {"2026/01/31/07/a": content})
    manifest = list_hour(ArchiveSource(str(tmp_path)), HOUR)
    failing.failures["a"] = 3
    failing.after = len(content) // 2
    *blocks, end = read_failing(tmp_path, manifest)
    assert [value for block in blocks if isinstance(block, Block) for value in block.values] == content.splitlines()
    assert isinstance(end, FileEnd)
    assert end.bad is None


@pytest.mark.parametrize("content", [LINES, STREAMED], ids=["small", "streamed"])
def test_a_storage_that_keeps_failing_is_an_error_and_never_a_bad_file(
    tmp_path: Path, failing: type[FailingFileSystem], content: bytes
) -> None:
    write_archive(tmp_path, {"2026/01/31/07/a": content})
    manifest = list_hour(ArchiveSource(str(tmp_path)), HOUR)
    failing.failures["a"] = 1000
    with pytest.raises(TransientArchiveError, match="connection reset"):
        read_failing(tmp_path, manifest)


@pytest.mark.parametrize("content", [LINES, STREAMED], ids=["small", "streamed"])
def test_a_file_that_may_not_be_read_is_a_bad_file_of_which_nothing_was_read(
    tmp_path: Path, failing: type[FailingFileSystem], content: bytes
) -> None:
    write_archive(tmp_path, {"2026/01/31/07/a": content})
    manifest = list_hour(ArchiveSource(str(tmp_path)), HOUR)
    failing.failures["a"] = 1000
    failing.error = PermissionError("denied")
    end = read_failing(tmp_path, manifest)[-1]
    assert isinstance(end, FileEnd)
    assert (end.lines, end.unread) == (0, "denied")
    assert "no permission" in str(end.bad)


def test_a_file_rewritten_during_a_retry_is_not_mixed_of_two_versions(
    tmp_path: Path, failing: type[FailingFileSystem]
) -> None:
    write_archive(tmp_path, {"2026/01/31/07/a": STREAMED})
    manifest = list_hour(ArchiveSource(str(tmp_path)), HOUR)
    (tmp_path / "2026/01/31/07/a").write_bytes(STREAMED.replace(b"m-1-", b"m-2-"))
    failing.failures["a"] = 1
    failing.after = len(STREAMED) // 2
    with pytest.raises(TransientArchiveError, match="was rewritten"):
        read_failing(tmp_path, manifest)


def test_hostile_keys_are_only_names(tmp_path: Path) -> None:
    keys = ["a[1].gz", "b*?.gz", "c d%20.gz", "e'\"; DROP.gz", "naïve ☃.gz", "#f.gz", "{g}.gz", "h::i.gz"]
    write_archive(tmp_path, {f"2026/01/31/07/{key}": gzip.compress(key.encode() + b"\n") for key in keys})
    manifest = list_hour(ArchiveSource(str(tmp_path)), HOUR)
    found = read_all(tmp_path, manifest)
    assert {key.removeprefix("2026/01/31/07/"): read.rows[0][2].decode() for key, read in found.items()} == {
        key: key for key in keys
    }


def test_framing_is_the_sources_or_else_the_layouts(tmp_path: Path) -> None:
    firehose = "2026/01/31/07/s-1-2026-01-31-07-59-58-0a1b2c3d-1111-2222-3333-444455556666"
    manifest = write_archive(tmp_path, {firehose: b'{"a":1}{"b":2}'})
    source = ArchiveSource(str(tmp_path))
    assert framing_of(source, manifest) == framing_of(replace(source, layout="firehose"), manifest) == "concatenated"
    assert framing_of(replace(source, framing="array"), manifest) == "array"
    assert framing_of(replace(source, layout="{date}/{hour}/*"), manifest) == "lines"
    assert framing_of(source, Manifest("default", HOUR, ())) == "lines"
    (chunk,) = read_chunks(source, manifest)
    assert isinstance(chunk[0], Block)
    assert chunk[0].values == [b'{"a":1}', b'{"b":2}']
    with pytest.raises(ArchiveError, match="unknown framing 'json'"):
        ArchiveSource("a", framing="json")


NASTY = shared_files("data/nasty/manifest.json")
NASTY_LINES = {
    "gz_bad_crc.jsonl.gz": -1,
    "gz_truncated_half.jsonl.gz": -1,
    "gz_empty.jsonl.gz": 0,
    "zero_bytes.jsonl.gz": 0,
    "two_per_line.jsonl.gz": 100,
    "duplicates_exact.jsonl.gz": 600,
}
"""Values of a nasty file whose manifest does not give its lines and that has not 200 of them; -1 is a bad file."""


def test_every_nasty_file_has_the_lines_its_manifest_says_or_is_bad() -> None:
    for path in NASTY:
        entries = json.loads(path.read_bytes())
        contents = {entry["file"]: (path.parent / entry["file"]).read_bytes() for entry in entries}
        manifest = Manifest("default", HOUR, tuple(ArchiveFile(key, len(text), "") for key, text in contents.items()))
        found = {key: -1 if read.end.bad else read.end.lines for key, read in read_all(path.parent, manifest).items()}
        assert found == {entry["file"]: NASTY_LINES.get(entry["file"], entry.get("lines", 200)) for entry in entries}


def test_the_nasty_array_has_its_events_as_an_array_and_other_files_are_none() -> None:
    for path in NASTY:
        files = tuple(
            ArchiveFile(key, (path.parent / key).stat().st_size, "") for key in ("json_array.json.gz", "gz_ok.jsonl.gz")
        )
        found = read_all(path.parent, Manifest("default", HOUR, files), framing="array")
        assert found["json_array.json.gz"].end.lines == 200
        assert found["gz_ok.jsonl.gz"].end.bad
        lines = read_all(path.parent, Manifest("default", HOUR, files), framing="concatenated")
        assert (
            lines["gz_ok.jsonl.gz"].rows
            == read_all(path.parent, Manifest("default", HOUR, files))["gz_ok.jsonl.gz"].rows
        )


def test_real_archives_have_the_lines_that_are_known_of_them() -> None:
    known: dict[str, int] = {"gharchive": 800, "wikiticker": 39_244} if SHARED else {}
    for name, lines in known.items():
        assert SHARED
        listing = list_hours(ArchiveSource(str(SHARED / "data" / name)))
        assert lines == sum(lines_of(listing.source, manifest) for manifest in listing.hours.values())


def lines_of(source: ArchiveSource, manifest: Manifest) -> int:
    return sum(part.lines for chunk in read_chunks(source, manifest) for part in chunk if isinstance(part, FileEnd))


def test_an_hour_without_files_has_no_chunks(tmp_path: Path) -> None:
    assert (
        list(
            read_chunks(ArchiveSource(str(tmp_path)), Manifest("default", datetime(2026, 1, 1, tzinfo=HOUR.tzinfo), ()))
        )
        == []
    )
