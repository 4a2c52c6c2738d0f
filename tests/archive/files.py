"""Archive files for tests: events as lines, compressions, and what the reader is expected to find in a content."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cramjam
import zstandard

from event_assets.archive.decoding.chunks import read_chunks
from event_assets.archive.manifest import Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.archive.storage.filesystem import describe_file, open_storage
from event_assets.events.chunk import Block, FileEnd, Oversized

HOUR = datetime(2026, 1, 31, 7, tzinfo=UTC)
WHITE = b" \t\r\n"


def make_events(count: int, *, seed: int = 1) -> list[bytes]:
    """Tracks with nested and non-ASCII values, brackets and quotes inside strings."""
    chance = random.Random(seed)
    return [
        json.dumps(
            {
                "type": "track",
                "messageId": f"m-{seed}-{n}",
                "event": chance.choice(["Order Completed", 'a "}{" b', "}, {", "naïve ☃", "[1"]),
                "properties": {
                    "items": [{"sku": chance.randbytes(4).hex()}, {"sku": "x"}],
                    "n": chance.random(),
                    "e": {},
                },
            },
            ensure_ascii=False,
        ).encode()
        for n in range(count)
    ]


def make_lines(count: int, *, seed: int = 1) -> bytes:
    return b"".join(event + b"\n" for event in make_events(count, seed=seed))


def gzip_member(data: bytes, *, flags: int = 0, level: int = 6) -> bytes:
    """A gzip member written by hand, with any of the optional header parts: 2 CRC, 4 extra, 8 name, 16 comment."""
    header = b"\x1f\x8b\x08" + bytes((flags,)) + b"\0\0\0\0\0\xff"
    header += struct.pack("<H", 6) + b"BC\x02\0\x1b\0" if flags & 4 else b""
    header += b"name.jsonl\0" if flags & 8 else b""
    header += b"a comment\0" if flags & 16 else b""
    header += struct.pack("<H", zlib.crc32(header) & 0xFFFF) if flags & 2 else b""
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    return header + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def zstd_frame(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def lz4_frame(data: bytes) -> bytes:
    return bytes(cramjam.lz4.compress(data))


def framed_snappy(data: bytes) -> bytes:
    return bytes(cramjam.snappy.compress(data))


def hadoop_snappy(*blocks: bytes, chunk: int = 256 << 10) -> bytes:
    """Blocks as Hadoop's codec writes them: the length of the content, then chunks with theirs."""
    return b"".join(
        struct.pack(">I", len(block))
        + b"".join(
            struct.pack(">I", len(packed)) + packed
            for packed in (bytes(cramjam.snappy.compress_raw(part)) for part in cut_into(block, chunk))
        )
        for block in blocks
    )


def zip_of(method: int = zipfile.ZIP_DEFLATED, /, **files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def tar_of(data: bytes) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        member = tarfile.TarInfo("a.jsonl")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zstd": zstd_frame,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lz4": lz4_frame,
    "snappy": framed_snappy,
    "snappy, Hadoop": hadoop_snappy,
    "zip": lambda data: zip_of(a=data),
}


def cut_into(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def naive_lines(content: bytes) -> list[tuple[int, int, bytes]]:
    """(line, offset, value) of every line that is not blank, found the slow and obvious way."""
    at = 0
    found = []
    for number, sent in enumerate(content.split(b"\n"), 1):
        line = sent
        while line.startswith(b"\xef\xbb\xbf"):
            line = line[3:]
        value = line.strip(WHITE)
        if value:
            found.append((number, at + len(sent) - len(line.lstrip(WHITE)), value))
        at += len(sent) + 1
    return found


def rows_of(parts: Iterable[Block | Oversized | FileEnd]) -> list[tuple[int, int, bytes]]:
    """(line, offset, value) of all blocks."""
    blocks = [part for part in parts if isinstance(part, Block)]
    return [row for part in blocks for row in zip(part.lines, part.offsets, part.values, strict=True)]


@dataclass(frozen=True)
class Read:
    """What came of one file."""

    rows: list[tuple[int, int, bytes]]
    oversized: list[Oversized]
    end: FileEnd


def write_archive(folder: Path, files: dict[str, bytes]) -> Manifest:
    """The files in a folder, and the manifest that has them all in one hour."""
    for key, content in files.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)
    storage = open_storage(ArchiveSource(str(folder)))
    listed = {path: storage.fs.info(path) for path in map(storage.path, files)}
    return Manifest("default", HOUR, tuple(describe_file(storage, path, info) for path, info in listed.items()))


def read_all(
    folder: Path, manifest: Manifest, *, framing: str = "lines", chunk_bytes: int = 48 << 20
) -> dict[str, Read]:
    """Every file of the manifest through `read_chunks`; the rows of a bad file are dropped, as a consumer does."""
    parts = [
        part
        for chunk in read_chunks(ArchiveSource(str(folder), framing=framing), manifest, chunk_bytes=chunk_bytes)
        for part in chunk
    ]
    ends = {part.file: part for part in parts if isinstance(part, FileEnd)}
    return {
        key: Read(
            [] if end.bad else rows_of(part for part in parts if part.file == key),
            [part for part in parts if isinstance(part, Oversized) and part.file == key],
            end,
        )
        for key, end in ends.items()
    }
