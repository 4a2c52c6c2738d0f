"""Writes small archives in the rudderstack layout, and gives the independent reader the hour of every file."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import shutil
import uuid
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import zstandard

from tests.independent.framing import BadFileError, decompress, split_values
from tests.independent.reader import ArchiveFile

DAWN = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2026, 11, 23, 0, tzinfo=UTC)
RUDDERSTACK = re.compile(r"^([0-9]{10})\.")
GHARCHIVE = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9]{1,2})\.json\.gz$")


Pack = Callable[[bytes], bytes]


def pack_gzip(content: bytes) -> bytes:
    """The content, always as the same bytes."""
    return gzip.compress(content, mtime=0)


def pack_utf16(content: bytes) -> bytes:
    """The content in UTF-16 with a byte order mark, where it is UTF-8."""
    try:
        return pack_gzip(content.decode().encode("utf-16"))
    except UnicodeDecodeError:
        return pack_gzip(content)


PACKS: dict[str, Pack] = {
    "gzip": pack_gzip,
    "UTF-16": pack_utf16,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda content: zstandard.ZstdCompressor().compress(content),
    "none": bytes,
}


def choose_pack(content: bytes) -> str:
    """What a file of this content is packed by: any of them, but always the same one."""
    return list(PACKS)[zlib.crc32(content) % len(PACKS)]


def pack_anyhow(content: bytes) -> bytes:
    """The content, packed by what its bytes choose."""
    return PACKS[choose_pack(content)](content)


def hour_number(number: int) -> datetime:
    """The n-th archive hour of a small archive."""
    return START + timedelta(hours=number)


def rudderstack_key(hour: datetime, number: int, source: str = "default", suffix: str = "json.gz") -> str:
    """The key of the n-th file of an hour, as RudderStack writes it."""
    seconds = int(hour.timestamp()) + number
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{seconds}/{number}")
    return f"rudder-logs/{source}/{hour:%Y-%m-%d}/{seconds}.{source}.{name}.{suffix}"


def write_file(archive: Path, hour: datetime, number: int, lines: Iterable[bytes], pack: Pack = pack_gzip) -> Path:
    """One file of lines, always of the same bytes."""
    path = archive / rudderstack_key(hour, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack(b"".join(line + b"\n" for line in lines)))
    return path


def write_archive(archive: Path, hours: Mapping[datetime, Sequence[Sequence[bytes]]], pack: Pack = pack_gzip) -> Path:
    """An archive of hours of files of lines."""
    archive.mkdir(parents=True, exist_ok=True)
    for hour, files in hours.items():
        for number, lines in enumerate(files):
            write_file(archive, hour, number, lines, pack)
    return archive


def rudderstack_files(archive: Path) -> list[ArchiveFile]:
    """The files of a rudderstack archive with the hours of their names."""
    found = []
    for path in sorted(archive.rglob("*")):
        name = RUDDERSTACK.match(path.name)
        if name is not None and path.is_file():
            moment = datetime.fromtimestamp(int(name[1]), UTC)
            found.append(ArchiveFile(moment.replace(minute=0, second=0), path))
    return found


def gharchive_files(archive: Path) -> list[ArchiveFile]:
    """The files of a GH Archive folder, hours not padded."""
    found = []
    for path in sorted(archive.iterdir()):
        if name := GHARCHIVE.match(path.name):
            day = datetime.strptime(name[1], "%Y-%m-%d").replace(tzinfo=UTC)
            found.append(ArchiveFile(day + timedelta(hours=int(name[2])), path))
    return found


def dated_files(archive: Path, pattern: str = "*.json*.gz") -> list[ArchiveFile]:
    """The files of an archive of folders YYYY/MM/DD/HH."""
    found = []
    for path in sorted(archive.rglob(pattern)):
        year, month, day, hour = (int(part) for part in path.relative_to(archive).parts[:4])
        found.append(ArchiveFile(datetime(year, month, day, hour, tzinfo=UTC), path))
    return found


def unzstd(raw: bytes) -> bytes:
    """The content of a zstd file of any number of frames; the standard library of Python 3.11 cannot decompress it."""
    parts: list[bytes] = []
    while raw:
        frame = zstandard.ZstdDecompressor().decompressobj()
        try:
            parts.append(frame.decompress(raw))
        except zstandard.ZstdError as error:
            raise BadFileError(f"zstd: {error}") from error
        if not frame.eof:
            raise BadFileError("zstd: truncated")
        raw = frame.unused_data
    return b"".join(parts)


def condense(archive: Path, target: Path, *, hours: int) -> Path:
    """The same files in fewer archive hours: those of `hours` following hours arrive in the last of them.

    So every event is as late as it was or later, and a load has more to do at less cost.
    """
    for file in rudderstack_files(archive):
        number = int((file.hour - DAWN).total_seconds()) // 3600
        last = DAWN + timedelta(hours=number - number % hours + hours - 1)
        seconds, rest = file.path.name.split(".", 1)
        moved = int(last.timestamp()) + int(seconds) % 3600
        path = target / "rudder-logs" / rest.split(".")[0] / f"{last:%Y-%m-%d}" / f"{moved}.{rest}"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, path)
    return target


def in_parts(archive: Path, target: Path, *, parts: int) -> list[Path]:
    """The same lines with each hour in `parts` files, as `parts` archives: the n-th has the n-th file of each hour.

    Bad files, which have no lines, are in the first part.
    """
    folders = [target / str(number) for number in range(parts)]
    by_hour: dict[datetime, list[bytes]] = {}
    for file in rudderstack_files(archive):
        lines = by_hour.setdefault(file.hour, [])
        try:
            lines += [value.data for value in split_values(decompress(file.path.read_bytes(), unzstd), file.framing)]
        except BadFileError:
            path = folders[0] / file.path.relative_to(archive)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.path, path)
    for hour, lines in by_hour.items():
        for number, folder in enumerate(folders):
            write_file(folder, hour, 3000 + number, lines[number::parts])
    return folders
