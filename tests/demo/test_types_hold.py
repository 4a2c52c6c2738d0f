"""Types settle the same in whatever order a dirty archive is loaded: no column comes near the rule of 95 %."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from event_assets.demo.generate import generate
from tests.demo.archive_lines import parse_line, read_lines

SETTLES = 20
SHARE = 0.95
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?", re.ASCII)
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", re.ASCII)
HOME: dict[str, tuple[str, ...]] = {"track": (), "identify": ("traits",), "group": ("traits",), "alias": ("traits",)}
Column = tuple[str, str]
Value = tuple[Column, str]


def name_column(path: tuple[str, ...]) -> str:
    """About the name a column has; two paths that share a column share this too."""
    return "_".join(WORDS.findall("_".join(path))).lower()


def kind_of(value: object) -> str:
    """The kind of value that decides a type (contract §6); integers and fractions count together."""
    match value:
        case bool():
            return "boolean"
        case int():
            return "number" if -(2**63) <= value < 2**63 else "string"
        case Decimal():
            return "number" if value == 0 or Decimal("1e-300") < abs(value) < Decimal("1e300") else "string"
        case str():
            return "datetime" if DATE.fullmatch(value) else "string"
        case _:
            return "string"


def find_leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Paths and values below a block; empty ones take no part."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from find_leaves(inner, (*path, name))
    elif value not in (None, "", [], [""]):
        yield path, value


def find_values(event: dict[str, Any]) -> Iterator[Value]:
    """Column and kind of every value of an event: the type's table has the context, and an event's own table too."""
    event_type = str(event["type"]).lower()
    tables: list[tuple[str, tuple[str, ...]]] = [(event_type, HOME.get(event_type, ("properties", "userProperties")))]
    if event_type == "track" and isinstance(event.get("event"), str):
        tables.append((f"event {name_column((event['event'],))}", ("properties", "userProperties")))
    for table, blocks in tables:
        for block in blocks:
            if isinstance(event.get(block), dict):
                for path, value in find_leaves(event[block], ()):
                    yield (table, name_column(path)), kind_of(value)
        for path, value in find_leaves(event.get("context"), ("context",)):
            yield (table, name_column(path)), kind_of(value)


def count_kinds(events: Sequence[Sequence[Value]]) -> dict[Column, Counter[str]]:
    """Values by column and kind over the events."""
    counts: dict[Column, Counter[str]] = defaultdict(Counter)
    for values in events:
        for column, kind in values:
            counts[column][kind] += 1
    return counts


def cut_into_thirds(events: list[list[Value]]) -> Iterator[list[list[Value]]]:
    """Thirds in a row and thirds in turn."""
    for begin, end in pairwise((0, len(events) // 3, 2 * len(events) // 3, len(events))):
        yield events[begin:end]
    for turn in range(3):
        yield events[turn::3]


@pytest.mark.parametrize(("events", "days"), [(3_000, 3), (14_000, 1)])
def test_a_type_holds_in_every_hour_and_in_every_third_of_one(events: int, days: int, tmp_path: Path) -> None:
    archive = generate(tmp_path, events=events, days=days)
    hours: dict[int, list[list[Value]]] = defaultdict(list)
    for line in read_lines(archive.folder):
        if (parse_line(line.text) or {}).get("type"):
            hours[line.hour].append(list(find_values(json.loads(line.text, parse_float=Decimal))))
    for values in hours.values():
        for part in (values, *cut_into_thirds(values)):
            assert find_wavering(count_kinds(part)) == {}
    total = count_kinds([values for hour in hours.values() for values in hour])
    assert any(len(kinds) > 1 for kinds in total.values()), "without a conflict this would prove nothing"
    assert find_wavering(total) == {}


def find_wavering(counts: dict[Column, Counter[str]]) -> dict[Column, Counter[str]]:
    """Columns with enough values to settle, and no kind that has its share of them."""
    return {
        column: kinds
        for column, kinds in counts.items()
        if kinds.total() >= SETTLES and max(kinds.values()) < SHARE * kinds.total()
    }
