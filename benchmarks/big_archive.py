"""One archive hour of any size in any number of files, written as fast as it compresses: real lines, new ids and times.

A thousand lines of the demo's generator are made once. Every event is one of them with an id, a session, a user and
clocks of its own. One in fifty is a further copy of an event that came half the hour before, one in forty is late.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from isal import isal_zlib

from event_assets.demo.generate import generate

HOUR: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
COPY_EVERY: Final = 50
LATE_EVERY: Final = 40
_LINES: Final = 1_000
_LATEST_HOURS: Final = 72
_PIECE_LINES: Final = 2_000
_GZIP: Final = 31
_FIELDS: Final = (
    (rb'"messageId":"[^"]*"', b'"messageId":"%(id)s"'),
    (rb'"userId":"[^"]+"', b'"userId":"u-%(person)d"'),
    (rb'"anonymousId":"[^"]*"', b'"anonymousId":"a-%(person)d"'),
    (rb'"sessionId":\d+', b'"sessionId":%(session)d'),
    (rb'"originalTimestamp":"[^"]*"', b'"originalTimestamp":"%(happened)s"'),
    (rb'"sentAt":"[^"]*"', b'"sentAt":"%(sent)s"'),
    (rb'"timestamp":"[^"]*"', b'"timestamp":"%(happened)s"'),
    (rb'"receivedAt":"[^"]*"', b'"receivedAt":"%(received)s"'),
)


@dataclass(frozen=True)
class BigArchive:
    """An archive of layout `rudderstack` with one hour, and what a right answer must count in it."""

    folder: Path
    events: int
    distinct: int
    files: int
    compressed: int
    """Bytes."""
    decompressed: int
    """Bytes."""


def write_archive(folder: Path, *, size: int, files: int, seed: int = 1) -> BigArchive:
    """Write an hour of about `size` bytes, decompressed, in so many files; at least one event each."""
    templates = _make_templates(seed)
    line = sum(map(len, _write_lines(templates, len(templates)))) // len(templates)
    events = max(files, size // line)
    place = folder / "rudder-logs" / "bench" / f"{HOUR:%Y-%m-%d}"
    place.mkdir(parents=True)
    lines = _write_lines(templates, events)
    compressed = decompressed = 0
    for number in range(files):
        arrived = int(HOUR.timestamp()) + number * 3600 // files
        path = place / f"{arrived}.bench.{number:08x}-0000-4000-8000-000000000000.json.gz"
        share = islice(lines, events * (number + 1) // files - events * number // files)
        decompressed += _write_file(path, share)
        compressed += path.stat().st_size
    return BigArchive(folder, events, events - _count_copies(events), files, compressed, decompressed)


def _write_file(path: Path, lines: Iterator[bytes]) -> int:
    """Bytes before compression."""
    size = 0
    squeeze = isal_zlib.compressobj(level=1, wbits=_GZIP)
    with path.open("wb") as file:
        while piece := b"".join(islice(lines, _PIECE_LINES)):
            size += len(piece)
            file.write(squeeze.compress(piece))
        file.write(squeeze.flush())
    return size


def _write_lines(templates: list[bytes], events: int) -> Iterator[bytes]:
    """The hour's lines: the event of a position, or once in a while the one of half that position again."""
    seconds = _seconds()
    for position in range(events):
        again = position % COPY_EVERY == COPY_EVERY - 1
        event = position // 2 if again else position
        yield _fill(templates[event % len(templates)], event, position * 3600 // events, seconds)


def _count_copies(events: int) -> int:
    """Positions whose event came before: half of some positions is itself one that brought another event."""
    copies = range(COPY_EVERY - 1, events, COPY_EVERY)
    return sum(position // 2 % COPY_EVERY != COPY_EVERY - 1 for position in copies)


def _fill(template: bytes, event: int, second: int, seconds: list[bytes]) -> bytes:
    """The line of an event that arrives in this second of the hour."""
    late = event % LATE_EVERY == 0
    received = len(seconds) - 3600 + second
    happened = (event * 7919) % (len(seconds) - 3600) if late else received - 2
    millisecond = b"%03dZ" % (event % 1000)
    return template % {
        b"id": b"%08x-%04x-4000-8000-%012x" % (event * 2654435761 % 2**32, event % 65536, event),
        b"person": event * 31 % 200_000,
        b"session": 1_700_000_000 + event // 20,
        b"happened": seconds[happened] + millisecond,
        b"sent": seconds[received - 1] + millisecond,
        b"received": seconds[received] + millisecond,
    }


def _seconds() -> list[bytes]:
    """Every second from the latest event's hour to the end of the archive hour."""
    start = HOUR - timedelta(hours=_LATEST_HOURS)
    return [f"{start + timedelta(seconds=n):%Y-%m-%dT%H:%M:%S}.".encode() for n in range((_LATEST_HOURS + 1) * 3600)]


def _make_templates(seed: int) -> list[bytes]:
    with TemporaryDirectory() as folder:
        generate(Path(folder), events=_LINES, days=1, seed=seed, clean=True)
        lines = [
            line
            for path in sorted(Path(folder).rglob("*.json.gz"))
            for line in gzip.decompress(path.read_bytes()).splitlines()
        ]
    return [_make_template(line) for line in lines]


def _make_template(line: bytes) -> bytes:
    template = line.replace(b"%", b"%%")
    for pattern, field in _FIELDS:
        template = re.sub(pattern, lambda _, field=field: field, template, count=1)  # type: ignore[misc]
    return template + b"\n"
