"""Small dirty archives made of real lines: cut, spliced, with members inserted, copied over files and hours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.promises.archives import hour_number, write_archive

Files = list[list[bytes]]
Hours = dict[datetime, Files]


class Drawn(NamedTuple):
    """A line and what was done to it."""

    kind: str
    line: bytes


KEYS = (
    *("timestamp", "sentAt", "receivedAt", "originalTimestamp", "messageId", "userId", "anonymousId", "event", "type"),
    *("context", "properties", "traits", "userProperties", "name", "groupId", "previousId", "channel", "request_ip"),
    "integrations",
)
VALUES = (
    *("null", '""', "{}", "[]", '[""]', "true", "0", "-0.0", "1.5", "1e400", "1e-400", "9007199254740993", "1e3"),
    *('"free"', '"2023-02-30"', '"2026-11-23"', '"2099-01-01"', '"1700000000123"', "1700000000", "NaN", '" "'),
    *('"\\u0000"', '"\\ud800"', '"日本語"', '{"a":{"b":[1.0,null]}}', '{"A b":1,"a_b":"x"}', "[1,{}]", '"TRACK"'),
    *('"Event simple"', '"users"', '"select"', '"u-0"', '"u-1"', '"m-1"', '"' + "x" * 600 + '"', "[" * 70 + "]" * 70),
)
CLOCKS = (
    *('"Mon, 23 Nov 2026 00:03:04 GMT"', '" 2026-11-23T00:03:04Z "', '"2026/11/23 00:03:04 UTC"', '"1795392300.25"'),
    *(
        '"Mon Nov 23 2026 01:03:04 GMT+0100 (Central European Standard Time)"',
        '"2026-11-23T01:03:04+01:00[Europe/Paris]"',
    ),
    *(
        '{"$date":"2026-11-23T00:03:04Z"}',
        '{"$date":{"$numberLong":"1795392184000"}}',
        '{"seconds":1795392184,"nanos":5}',
    ),
    *('"yesterday"', '"23.11.2026"', '{"$date":[]}', '{"seconds":"x"}'),
)
"""Clocks in other forms than RFC 3339, the last few unreadable."""
RECEIVED = (
    *('"2026-11-23T00:00:00Z"', '"2026-11-23T00:05:00.5Z"', '"2026-11-23T00:05:00.500Z"', '"2026-11-23T02:00:00Z"'),
    *('"2031-01-01T00:00:00Z"', "null", "1795392300"),
)


@cache
def real_lines() -> tuple[bytes, ...]:
    """Lines of real SDKs that are events of our envelope, without the many that are alike."""
    folder = ROOT / "tests" / "data" / "sdk"
    names = ("segment-py", "rudder-py", "segment-browser", "jitsu-browser")
    lines = [line for name in names for line in (folder / f"{name}.jsonl").read_bytes().splitlines()]
    return tuple(line for line in lines if b'"Bulk"' not in line)


NUMBERS = ("NaN", "Infinity", "-Infinity", "[NaN]", '{"a":NaN,"b":1}')
IDS = (
    *('"undefined"', '"[object Object]"', '"00000000-0000-0000-0000-000000000000"', '"m-1"', '"m-1"', '"m-2"', '"m-2"'),
)
"""Ids that are none, and of other events."""
INSERTED = (*map(str.encode, VALUES), b"\xff", b"{", b'"', b",", b" ")
CONTROLS = (b"\t", b"\x01", b"\x1f", b"\0")
BETWEEN = (b"", b" ", b",", b"\\n", b"\x1e", b"\0" * 20)
BEFORE = (b"2026-11-23 00:03 INFO: ", b"\0" * 600, b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf")
KINDS = (
    *("whole", "member", "received", "received", "cut", "splice", "insert", "number", "control", "glued", "before"),
    *("hole", "text", "texts", "clock", "id", "id"),
)


@st.composite
def _edits(draw: st.DrawFn, pool: Sequence[bytes]) -> Drawn:
    """A line of the pool, whole or damaged, and the kind of damage."""
    kind = draw(st.sampled_from(KINDS))
    line = draw(st.sampled_from(pool))
    return Drawn(kind, _edit(draw, kind, line, pool).replace(b"\n", b" "))


def _edit(draw: st.DrawFn, kind: str, line: bytes, pool: Sequence[bytes]) -> bytes:
    if kind == "member":
        members = draw(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), min_size=1, max_size=2))
        return with_members(line, members)
    values = {"received": RECEIVED, "number": NUMBERS, "clock": CLOCKS, "id": IDS}
    if kind in values:
        keys = {"received": KEYS[2:3], "number": KEYS, "clock": KEYS[:4], "id": KEYS[4:5]}
        return with_members(line, [(draw(st.sampled_from(keys[kind])), draw(st.sampled_from(values[kind])))])
    if kind in ("glued", "before"):
        between = draw(st.sampled_from(BETWEEN if kind == "glued" else BEFORE))
        return line + between + draw(st.sampled_from(pool)) if kind == "glued" else between + line
    if kind in ("text", "texts"):
        return as_text(line) if kind == "text" else as_texts(line)
    return line if kind == "whole" else _damage(draw, kind, line, pool)


def _damage(draw: st.DrawFn, kind: str, line: bytes, pool: Sequence[bytes]) -> bytes:
    at = draw(st.integers(0, len(line) - 1))
    if kind == "cut":
        return line[:at] + line[at + draw(st.integers(1, 5)) :]
    if kind == "splice":
        other = draw(st.sampled_from(pool))
        return line[:at] + other[draw(st.integers(0, len(other) - 1)) :]
    if kind == "hole":
        return line[:at] + b"\0" * 40 + line[at + 40 :] + draw(st.sampled_from(pool))
    return line[:at] + draw(st.sampled_from(INSERTED if kind == "insert" else CONTROLS)) + line[at:]


def as_text(line: bytes) -> bytes:
    """The line as a JSON text; as it is where it is no UTF-8."""
    try:
        return json.dumps(line.decode(), ensure_ascii=False).encode()
    except UnicodeDecodeError:
        return line


def as_texts(line: bytes) -> bytes:
    """The line with its objects as JSON texts; as it is where it is no object, or too deep to tell."""
    try:
        members = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(members, dict):
        return line
    names = ("context", "properties", "traits", "userProperties")
    texts = {name: json.dumps(members[name]) for name in names if isinstance(members.get(name), dict)}
    return json.dumps(members | texts).encode()


def with_members(line: bytes, members: Sequence[tuple[str, str]]) -> bytes:
    """A line with members more at its end, which win where they repeat others."""
    added = ",".join(f"{json.dumps(key)}:{value}" for key, value in members).encode()
    return line.rstrip().removesuffix(b"}") + b"," + added + b"}"


@st.composite
def drawn_hours(draw: st.DrawFn) -> dict[datetime, list[list[Drawn]]]:
    """Two or three archive hours of one to three files; ids repeat in them, equal and changed, newer and older."""
    pool = draw(st.lists(st.sampled_from(real_lines()), min_size=3, max_size=8))
    file = st.lists(_edits(pool), min_size=1, max_size=6)
    hours = draw(st.lists(st.lists(file, min_size=1, max_size=3), min_size=2, max_size=3))
    return {hour_number(number): files for number, files in enumerate(hours)}


def dirty_hours() -> st.SearchStrategy[Hours]:
    """The lines of such hours."""
    return drawn_hours().map(
        lambda hours: {hour: [[drawn.line for drawn in file] for file in files] for hour, files in hours.items()}
    )


def fixed_hours() -> Hours:
    """Three hours that hold what makes a load do everything it can do, always the same."""
    lines = real_lines()
    pool = [*lines[0:6], *lines[31:41], *lines[8:31:3]]
    hours: Hours = {}
    for number in range(3):
        files: Files = []
        for part in range(2):
            start = 4 * number + 2 * part
            chosen = pool[start : start + 7] + pool[:3]
            renamed = with_members(pool[1], [("event", f'"Renamed {number}"'), ("receivedAt", RECEIVED[number])])
            odd = [with_members(line, [(KEYS[9 + number], VALUES[part + 3 * at])]) for at, line in enumerate(chosen)]
            ties = [with_members(pool[4], [("receivedAt", RECEIVED[1]), ("properties", f'{{"n":{number}.{part}}}')])]
            files.append([*chosen, *odd[::3], *ties, renamed, chosen[0][: 40 + part]])
        hours[hour_number(number)] = files
    return hours


def dirty_archive(folder: Path) -> Path:
    """The fixed hours as an archive."""
    return write_archive(folder, fixed_hours())
