"""Promises 1 and 2 over CSV, and over events whose objects are arrays of pairs: every row, value and refused line."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from event_assets.events import Mapping
from tests.drive import archive_hours, load_archive, place
from tests.independent.event import Mapped
from tests.independent.reader import ArchiveFile
from tests.promises.proof import prove, read_again

LAYOUT = "{year}/{month}/{day}/{hour}/*"
TABLE: Mapped = {
    "type": "kind",
    "message_id": "id",
    "event": {"first": ["event", "action"], "default": "activity"},
    "user_id": "user",
    "timestamp": "at",
    "received_at": "received",
}
PAIRS: Mapped = {
    "pairs": ["attributes", "body", "resource.attributes"],
    "skip": {"path": "kind", "values": ["control"]},
    "type": {"const": "track"},
    "message_id": "id",
    "event": {"first": ["attributes.event", "body"], "default": "log"},
    "user_id": "attributes.user",
    "timestamp": "at",
    "context": "resource.attributes",
    "properties": "attributes",
}
CELLS = ("", "x", "1.50", 'a "b", c', "two\nlines", "\u00e9", "null", " ", "2026-01-31T07:00:01Z")
DAMAGE = (b'"open,1\n', b"a,b\n", b'"1"x,2,3\n', b"\xff,,,,,,,\n", b"\n", b'"\n"",\n', b",,,,,,,\n", b",,,,,,,,,x\n")


def write_tables(archive: Path, chance: random.Random) -> None:
    """Two hours of two files: rows that repeat over files, cells of every kind, and damage between the rows."""
    header = b"kind,id,event,action,user,at,received,note\n"
    for hour in (7, 8):
        for number in (0, 1):
            content = [header]
            for _ in range(40):
                at = f"2026-01-31T0{chance.randint(5, 9)}:00:0{chance.randint(0, 9)}Z"
                kind = chance.choice(("track", "track", "page", "identify", "none"))
                ident = chance.choice(("", f"m-{chance.randint(1, 30)}"))
                cells = [kind, ident, *(chance.choice(CELLS) for _ in range(3)), at, chance.choice(("", at))]
                quoted = ['"' + cell.replace('"', '""') + '"' for cell in [*cells, chance.choice(CELLS)]]
                content.append(",".join(quoted).encode() + chance.choice((b"\n", b"\r\n")))
                if chance.random() < 0.2:
                    content.append(chance.choice((*DAMAGE, header)))
            write(archive, hour, number, b"".join(content))


def value_of(chance: random.Random, depth: int = 0) -> object:
    """A value with its type, some of which are none."""
    if depth < 2 and chance.random() < 0.3:
        inner = [value_of(chance, depth + 1) for _ in range(2)]
        pairs = [{"key": f"k{n}", "value": value} for n, value in enumerate(inner)]
        return chance.choice(({"arrayValue": {"values": inner}}, {"kvlistValue": {"values": pairs}}, inner))
    return chance.choice(
        (
            {"stringValue": "x"},
            {"intValue": "9007199254740993"},
            {"intValue": "12345678901234567890"},
            {"int_value": 5, "string_value": None},
            {"doubleValue": 1.5},
            {},
            "plain",
            None,
        )
    )


def write_pairs(archive: Path, chance: random.Random) -> None:
    """Two hours of lines whose attributes are pairs, not quite pairs, or objects already; and control messages."""
    for hour in (7, 8):
        lines = []
        for number in range(60):
            names = chance.sample(["event", "user", "plan", "size", "user"], chance.randint(0, 5))
            attributes: object = [{"key": name, "value": value_of(chance)} for name in names]
            attributes = chance.choice((attributes, attributes, {"event": "object"}, [{"key": 1}], None))
            line = {
                "id": f"p-{hour}-{chance.randint(1, 50)}",
                "kind": chance.choice(("data", "data", "control", ["control"])),
                "at": f"2026-01-31T0{hour}:00:{number:02}Z",
                "attributes": attributes,
                "body": value_of(chance),
                "resource": {"attributes": [{"key": "service", "value": value_of(chance)}]},
            }
            lines.append(json.dumps(line).encode())
        write(archive, hour, 0, b"\n".join([*lines, b'{"kind":"control"', b'"control"']))


def write(archive: Path, hour: int, number: int, content: bytes) -> None:
    path = archive / "2026" / "01" / "31" / f"{hour:02}" / f"{number}.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))


@pytest.mark.parametrize(
    ("fill", "framing", "mapping", "backwards"),
    [(write_tables, "csv", TABLE, False), (write_pairs, "lines", PAIRS, True)],
    ids=["csv", "pairs"],
)
def test_every_row_is_that_of_the_independent_reader(
    fill: object, framing: str, mapping: Mapped, tmp_path: Path, *, backwards: bool
) -> None:
    archive = tmp_path / "archive"
    fill(archive, random.Random(7))  # type: ignore[operator]  # one of the two writers above
    where = place(archive, tmp_path / "loaded", layout=LAYOUT)
    where = replace(where, source=replace(where.source, framing=framing, mapping=Mapping.parse(mapping)))
    load_archive(where, reversed(archive_hours(where)) if backwards else None)
    files = [
        ArchiveFile(datetime(2026, 1, 31, int(path.parent.name), tzinfo=UTC), path, framing)  # type: ignore[arg-type]
        for path in sorted(archive.rglob("*.gz"))
    ]
    again = read_again(files, mapping)
    prove(where, again)
    counts = again.hours.values()
    assert sum(hour.events for hour in counts) > 80
    assert sum(hour.lines - hour.events for hour in counts) > 2
