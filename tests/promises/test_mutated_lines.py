"""Promises 2 and 5 on 20,000 mutated lines: the fast reader, the exact one and the independent one agree on all."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from event_assets.archive.decoding.chunks import path_members_of, read_chunks
from event_assets.archive.source import ArchiveSource
from event_assets.events import Mapping, Normalized, normalize
from tests.archive.files import HOUR, write_archive
from tests.drive import load_archive, place
from tests.independent.batches import Opened
from tests.independent.clocks import micros
from tests.independent.event import CLOCKS, TEXTS, Event, Mapped, read_event
from tests.independent.framing import BOM, split_values
from tests.independent.json_text import Json, parse
from tests.independent.key_parts import Parts
from tests.independent.resync import NO_PARTS, open_line
from tests.independent.rows import OWN_MEMBERS
from tests.promises.archives import hour_number, rudderstack_files
from tests.promises.archives import write_archive as write_hours
from tests.promises.dirty import as_text, as_texts
from tests.promises.mutations import MUTATIONS, mutated_lines
from tests.promises.proof import prove, prove_catalog, read_again
from tests.promises.test_batches import is_whole
from tests.promises.test_dirty_lines import EXPLORE

PER_FILE = 2_000
FILES = 12
"""Files of mutated lines in every run: seven of lines, two of batches, one of arrays, two with parts that are texts."""

LOADED = 1_000
"""Lines of a mutated archive that is loaded."""

FROM_KEYS = 500
"""Lines that take members from the key of their file."""

_DEEPEST = 500
"""A parser's own limit of levels costs the batch, not the event."""

SHARED: Mapped = {
    "each": "batch",
    "inherit": {"timestamp": "at", "sentAt": "sentAt", "context": "context", "session": "session"},
}


ARRAYS: Mapped = {"each": "[]"}
PARSED: Mapped = {
    "parse": ["properties", "context.page", "traits.address"],
    "id": ["messageId", "event", "context.page.url"],
}


def as_arrays(lines: list[bytes]) -> list[bytes]:
    """Lines that are arrays of one to four events, each third array as a JSON text, with damage inside and outside."""
    groups = [lines[start : start + 1 + start % 4] for start in range(0, len(lines), 4)]
    groups = [group if n % 8 == 0 else list(filter(is_whole, group)) for n, group in enumerate(groups)]
    arrays = [b"[" + b",".join(group) + b"]" for group in groups]
    return [as_text(array) if n % 3 == 0 else array for n, array in enumerate(arrays)]


def as_batches(lines: list[bytes], *, without_ids: bool) -> list[bytes]:
    """Requests of four lines each, alike in pairs but for what they share, with damage inside and outside."""
    outer = ('"at":"2026-01-31T0%d:00:00Z"', '"session":%d', '"context":{"ip":"%d","a":[1.0]}', '"sentAt":"%d"')
    batches = []
    lines = [line for line in lines if max(line.count(b"[["), line.count(b':{"a":{')) < _DEEPEST]
    lines = [line for n, line in enumerate(lines) if n % 20 == 0 or is_whole(line)]
    for number in range(0, len(lines), 4):
        events = b",".join(lines[number : number + 4])
        if without_ids:
            events = events.replace(b'"messageId"', b'"was"')
        for again in range(2):
            shared = ",".join(form % ((number + again) % 5) for form in outer[: number // 4 % 5]).encode()
            batches.append(b'{"batch":[%b]%b%b}' % (events, b"," if shared else b"", shared))
    return batches


PARTS: Parts = {"userId": "u%201", "context.app": "iOS", "context.ip": "1.2.3.4", "properties.a": "\u00e9"}
"""Members that are parts of a key: one more text, and members that many of the lines have."""


def read_file(
    folder: Path, content: bytes, mapping: Mapped | None, parts: Parts = NO_PARTS
) -> tuple[Normalized, Normalized]:
    """What the fast and the exact reader make of a file of lines."""
    parsed = Mapping.parse(dict(mapping)) if mapping else None
    layout = "{date}/{hour}/" + "".join(f"x={{member:{path}}}/" for path in parts) + "*"
    source = ArchiveSource(str(folder), layout=layout, mapping=parsed)
    key = "2026-01-31/07/" + "".join(f"x={part}/" for part in parts.values()) + "a"
    manifest = write_archive(folder, {key: gzip.compress(content, 1)})
    (chunk,) = read_chunks(source, manifest)
    find = path_members_of(source, manifest)
    assert (find is not None) == bool(parts)
    fast, exact = (normalize(chunk, hour=HOUR, mapping=parsed, path_members=find, exact=way) for way in (False, True))
    return fast, exact


def expect(content: bytes, mapping: Mapped | None, parts: Parts) -> list[tuple[int, Opened, Event | str]]:
    """Every value of a file by the independent reader: its line, and the event or the reason against it."""
    return [
        (value.line, opened, read_event(opened, HOUR, mapping))
        for value in split_values(content, "lines")
        for opened in open_line(value.data, HOUR, mapping, parts)
    ]


def compare(
    content: bytes, fast: Normalized, exact: Normalized, mapping: Mapped | None, parts: Parts = NO_PARTS
) -> Counter[str]:
    """Fail where the readers differ; the number of events and of every reason."""
    assert fast.events.equals(exact.events)
    assert fast.quarantine.equals(exact.quarantine)
    assert fast.members == exact.members
    values = expect(content, mapping, parts)
    refused = [(line, opened.line or opened.data, reason) for line, opened, reason in values if isinstance(reason, str)]
    assert fast.events.height + fast.quarantine.height == len(values)
    assert len(values) == sum(end.lines for end in fast.ends) + sum(fast.cut.values())
    quarantine = fast.quarantine.sort("line", "byte_offset")
    found = quarantine.select("line", "raw", "reason").iter_rows()
    assert Counter((line, raw.strip(b" \t\r"), reason) for line, raw, reason in found) == Counter(refused)
    for offset, size, raw in quarantine.select("byte_offset", "bytes", "raw").iter_rows():
        if content[offset : offset + size] != raw:  # an element that was a text has no place: its line begins there
            assert mapping is not None
            assert "each" in mapping
            assert raw not in content
            assert content[:offset].endswith((b"\n", BOM)) or not offset
    events = [(line, event) for line, _, event in values if isinstance(event, Event)]
    for (line, event), row in zip(events, fast.events.iter_rows(named=True), strict=True):
        assert row["_line"] == line
        assert as_read(row) == as_expected(event), content.split(b"\n")[line - 1]
    return Counter(["event"] * len(events) + [reason for *_, reason in refused])


def as_read(row: dict[str, object]) -> dict[str, object]:
    """A row of the lake as plain values."""
    blocks = ("context", "properties", "traits", "user_properties", "rescued")
    read = {name: tree(row[name]) for name in blocks}
    plain = ("type", "id", *TEXTS.values(), "_fingerprint", "received_believed", "_sanitized")
    clocks = {column: row[column] and micros(row[column]) for column in CLOCKS.values()}  # type: ignore[arg-type]
    return read | {name: row[name] for name in plain} | clocks


def tree(text: object) -> Json:
    """The value of a JSON text, an empty object where there is none."""
    return parse(str(text))[0] if text is not None else {}


def as_expected(event: Event) -> dict[str, object]:
    """An event of the independent reader as plain values; a text that its type has no column for is rescued."""
    homeless = {member for member, types in OWN_MEMBERS.items() if event.type not in types}
    texts = {column: None if member in homeless else event.texts.get(column) for member, column in TEXTS.items()}
    lost = {member: event.sent[member] for member in homeless if event.sent.get(member) not in (None, "", [], [""], {})}
    names = {"context": "context", "properties": "properties", "traits": "traits", "userProperties": "user_properties"}
    blocks = {column: event.blocks.get(member, {}) for member, column in names.items()}
    clocks = {column: getattr(event.clocks, column) for column in CLOCKS.values()}
    plain = {"type": event.type, "id": event.id, "_fingerprint": event.fingerprint, "_sanitized": event.sanitized}
    rest = {"rescued": event.rescued | lost, "received_believed": event.clocks.believed}
    return {**plain, **texts, **blocks, **clocks, **rest}


def test_every_mutation_is_drawn() -> None:
    drawn = Counter[str]()
    for _ in mutated_lines(0, PER_FILE, drawn):
        pass
    assert min(drawn[mutation.__name__] for mutation in MUTATIONS) >= PER_FILE // 50, drawn


@pytest.mark.parametrize("seed", range(EXPLORE or FILES))
def test_the_readers_agree_on_every_mutated_line(seed: int, tmp_path: Path) -> None:
    seed += 1_000_000 if EXPLORE else 0
    lines = list(mutated_lines(seed, PER_FILE))
    mapping, sent = None, lines
    if seed % 5 == 4:
        mapping, sent = SHARED, as_batches(lines, without_ids=seed % 2 == 0)
    elif seed % 12 == 6:
        mapping, sent = ARRAYS, as_arrays(lines)
    elif seed % 12 in (7, 8):
        mapping, sent = PARSED, [as_texts(line) if n % 2 else line for n, line in enumerate(lines)]
    content = (BOM if seed % 3 == 0 else b"") + (b"\r\n" if seed % 4 == 0 else b"\n").join(sent)
    found = compare(content, *read_file(tmp_path, content, mapping), mapping)
    assert found["event"] > PER_FILE // 20
    assert found["invalid_json"] > PER_FILE // (200 if mapping is ARRAYS else 40)
    assert set(found) > {"invalid_utf8", "unknown_type"} if mapping is None else found


@pytest.mark.parametrize(("seed", "shared"), [(31, False), (33, True)])
def test_the_readers_agree_on_what_a_mutated_line_takes_from_the_key(seed: int, shared: bool, tmp_path: Path) -> None:
    seed += EXPLORE
    lines = [line.replace(b'"messageId"', b'"was"') for line in mutated_lines(seed, FROM_KEYS)]
    mapping, sent = (SHARED, as_batches(lines, without_ids=True)) if shared else (None, lines)
    content = b"\n".join(sent)
    fast, exact = read_file(tmp_path, content, mapping, PARTS)
    found = compare(content, fast, exact, mapping, PARTS)
    assert found["event"] > FROM_KEYS // 20
    of_key = fast.events.filter(pl.col("user_id") == "u 1", pl.col("context").str.contains('"app":"iOS"'))
    assert len(of_key) > FROM_KEYS // 50


def prove_mutated(seed: int, count: int, folder: Path) -> None:
    """Load an archive of mutated lines, in two hours of two files, and prove it against the independent reader."""
    lines = [line.replace(b"\n", b" ") for line in mutated_lines(seed, count)]
    hours = {hour_number(n): [lines[n::4], lines[n + 2 :: 4]] for n in range(2)}
    archive = write_hours(folder / "archive", hours)
    where = place(archive, folder / "loaded")
    load_archive(where)
    again = read_again(rudderstack_files(archive))
    prove(where, again)
    prove_catalog(where, again)


def test_an_archive_of_mutated_lines_loads_as_the_independent_reader_has_it(tmp_path: Path) -> None:
    prove_mutated(77, LOADED, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_larger_archives_of_mutated_lines(seed: int, tmp_path: Path) -> None:
    prove_mutated(1_000 + seed, PER_FILE, tmp_path)
