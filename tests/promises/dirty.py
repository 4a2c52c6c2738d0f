"""Small dirty archives made of real lines: cut, spliced, with members inserted, copied over files and hours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.promises.archives import hour_number, write_archive

Files = list[list[bytes]]
Hours = dict[datetime, Files]

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


@st.composite
def _edits(draw: st.DrawFn, pool: Sequence[bytes]) -> bytes:
    """A line of the pool, whole or damaged."""
    line = draw(st.sampled_from(pool))
    kind = draw(st.sampled_from(["whole", "whole", "member", "received", "received", "cut", "splice", "insert"]))
    if kind == "member":
        members = draw(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), min_size=1, max_size=2))
        return with_members(line, members)
    if kind == "received":
        return with_members(line, [("receivedAt", draw(st.sampled_from(RECEIVED)))])
    at = draw(st.integers(0, len(line) - 1))
    if kind == "cut":
        return line[:at] + line[at + draw(st.integers(1, 5)) :]
    if kind == "splice":
        other = draw(st.sampled_from(pool))
        return line[:at] + other[draw(st.integers(0, len(other) - 1)) :]
    if kind == "insert":
        return (
            line[:at] + draw(st.sampled_from([*map(str.encode, VALUES), b"\xff", b"{", b'"', b",", b" "])) + line[at:]
        )
    return line


def with_members(line: bytes, members: Sequence[tuple[str, str]]) -> bytes:
    """A line with members more at its end, which win where they repeat others."""
    added = ",".join(f"{json.dumps(key)}:{value}" for key, value in members).encode()
    return line.rstrip().removesuffix(b"}") + b"," + added + b"}"


@st.composite
def dirty_hours(draw: st.DrawFn) -> Hours:
    """Two or three archive hours of one to three files; ids repeat in them, equal and changed, newer and older."""
    pool = draw(st.lists(st.sampled_from(real_lines()), min_size=3, max_size=8))
    line = _edits(pool)
    file = st.lists(line.map(lambda text: text.replace(b"\n", b" ")), min_size=1, max_size=6)
    hours = draw(st.lists(st.lists(file, min_size=1, max_size=3), min_size=2, max_size=3))
    return {hour_number(number): files for number, files in enumerate(hours)}


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
