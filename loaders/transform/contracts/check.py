"""Events of the lake checked by their contracts: those that columns do not prove are checked one by one.

Covered by tests/loaders/transform/contracts/test_check.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
import polars as pl

from loaders.transform.contracts.contract import Contracts, EventContract
from loaders.transform.contracts.decidable import Check, Members, Undecidable, read_check
from loaders.transform.contracts.exact import CLOCKS, OWN_BLOCKS, TEXTS, Problem, find_problems
from loaders.transform.contracts.proof import failing_texts, unproven
from loaders.transform.placement import BLOCK_COLUMNS

FEW_ROWS: Final = 32
"""Up to this many rows, reading columns costs more than checking one by one."""
_COLUMNS: Final = tuple(dict.fromkeys((*TEXTS.values(), *CLOCKS.values(), *BLOCK_COLUMNS.values(), "_file", "_line")))


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of a frame, beside each other, that one contract is about."""

    start: int
    """The number of the first of them in the frame."""
    rows: pl.DataFrame
    contract: EventContract


@dataclass(frozen=True, slots=True)
class Violating:
    """A row of a frame that violates its contract."""

    row: int
    contract: EventContract
    problems: Sequence[Problem]
    values: Mapping[str, Any]
    """The columns of the row."""


def keep_allowed(frame: pl.DataFrame, contracts: Contracts) -> pl.DataFrame:
    """Return the rows without those that a contract quarantines, in order."""
    if not contracts.quarantining:
        return frame
    rows = [violating.row for violating in find_violating(frame, contracts.quarantining)]
    return drop_rows(frame, rows)


def drop_rows(frame: pl.DataFrame, rows: Collection[int]) -> pl.DataFrame:
    """Return the frame without some rows, given by their numbers."""
    if not rows:
        return frame
    return frame.filter(~pl.int_range(frame.height, eager=True).is_in(sorted(rows)))


def find_violating(frame: pl.DataFrame, events: Sequence[EventContract]) -> Iterator[Violating]:
    """Yield the rows that violate one of these contracts; rows of one event are best beside each other."""
    for run in find_runs(frame, events):
        yield from check_run(run)


def find_runs(frame: pl.DataFrame, events: Sequence[EventContract]) -> Iterator[Run]:
    """Yield the rows that one of these contracts is about, as far as they are beside each other."""
    if frame.is_empty():
        return
    by_key = {contract.key: contract for contract in events}
    track = pl.col("type") == "track"
    keys = frame.select(pl.struct("type", pl.when(track).then("event").alias("event")).alias("key")).to_series()
    start = 0
    for length, key in keys.rle().struct.unnest().iter_rows():
        contract = by_key.get((key["type"], key["event"]))
        if contract is not None:
            yield Run(start, frame.slice(start, length), contract)
        start += length


def check_run(run: Run) -> Iterator[Violating]:
    """Yield the rows of a run that violate its contract."""
    rows, contract = run.rows, run.contract
    suspects = range(rows.height) if rows.height <= FEW_ROWS else sorted(_suspects(rows, contract))
    taken = rows.select(_COLUMNS)[list(suspects)] if suspects else rows.select(_COLUMNS).clear()
    for number, values in zip(suspects, taken.iter_rows(named=True), strict=True):
        problems = find_problems(contract, values)
        if problems:
            yield Violating(run.start + number, contract, problems, values)


def _suspects(rows: pl.DataFrame, contract: EventContract) -> set[int]:
    """Return the rows that columns do not prove."""
    plan = plan_of(contract.text)
    if plan is None:
        return set(range(rows.height))
    found: set[int] = set()
    own = OWN_BLOCKS[contract.type]
    for member, members in plan.blocks:
        texts = rows[BLOCK_COLUMNS[member]]
        unsure = unproven(texts, members)
        if member not in own:
            unsure -= set(texts.is_null().arg_true())
        found |= unsure
    for member, check in plan.texts:
        found |= failing_texts(rows[TEXTS[member]], check)
    for member in plan.required:
        column = {**TEXTS, **CLOCKS, **BLOCK_COLUMNS}[member]
        if member not in own:
            found |= set(rows[column].is_null().arg_true())
    return found


@dataclass(frozen=True)
class EventPlan:
    """What columns check of an event: its objects, its texts, and which of its members must be there."""

    blocks: tuple[tuple[str, Members], ...]
    texts: tuple[tuple[str, Check], ...]
    required: frozenset[str]


@lru_cache(maxsize=4_096)
def plan_of(schema: str) -> EventPlan | None:
    """Return what columns check of an event's schema, or None if they cannot decide it."""
    try:
        return _read_event(msgspec.json.decode(schema))
    except Undecidable:
        return None


def _read_event(schema: Any) -> EventPlan:  # noqa: ANN401  any JSON value
    blocks: list[tuple[str, Members]] = []
    texts: list[tuple[str, Check]] = []
    required: set[str] = set()
    for part in _parts(schema):
        rest = {name: value for name, value in part.items() if name != "allOf"}
        members = {name: _as_object(name, below) for name, below in part.get("properties", {}).items()}
        check = read_check({"type": "object", **rest, "properties": members})
        if check.kind != "object" or check.members is None or check.members.closed or check.rules:
            raise Undecidable
        required |= check.members.required
        for member, below in check.members.checks.items():
            if member in BLOCK_COLUMNS and below.kind == "object" and below.members is not None and not below.rules:
                blocks.append((member, below.members))
            elif member in TEXTS and below.kind == "string":
                texts.append((member, below))
            elif below.kind is not None:
                raise Undecidable
    if not required <= {*TEXTS, *CLOCKS, *BLOCK_COLUMNS}:
        raise Undecidable
    return EventPlan(tuple(blocks), tuple(texts), frozenset(required))


def _as_object(member: str, schema: Any) -> Any:  # noqa: ANN401  any JSON value
    """Return a schema with the kind that the event's own objects always have."""
    if member in BLOCK_COLUMNS and isinstance(schema, Mapping) and schema.keys() & {"properties", "required"}:
        return {"type": "object", **schema}
    return schema


def _parts(schema: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401  any JSON value
    """Yield the schemas that must all hold: the schema itself, and those of its `allOf`."""
    if not isinstance(schema, Mapping):
        raise Undecidable
    yield schema
    for part in schema.get("allOf", ()):
        yield from _parts(part)
