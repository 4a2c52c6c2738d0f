"""From lines to rows: the fast reader for runs of lines, the exact one for those it leaves."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from event_assets.events.chunk import Block
from event_assets.events.envelope import Reading, Refusal, Row, read_members
from event_assets.events.exact import MAX_NESTING, check_json, clean_text, last_members, nesting, split_object
from event_assets.events.fast import Splitter, doubtful_lines, object_text, split_members
from event_assets.events.mapping import Mapping
from event_assets.events.quarantine import Quarantined
from event_assets.events.rows import Rows

RUN: Final = 500
"""Lines that are split together: one line the fast reader cannot take costs its run a second look."""


@dataclass(frozen=True)
class Reader:
    """Reads the lines of a source: its mapping, the members it keeps, whether every line is read exactly."""

    mapping: Mapping | None = None
    keep_members: tuple[str, ...] = ()
    exact: bool = False
    splitter: Splitter = field(default_factory=Splitter)

    def read_block(self, block: Block, into: Rows) -> None:
        """Add the events and the quarantined lines of a block."""
        for start in range(0, len(block.values), RUN):
            run = slice(start, start + RUN)
            self._read_run(Block(block.file, block.values[run], block.lines[run], block.offsets[run]), into)

    def _read_run(self, run: Block, into: Rows) -> None:
        every = range(len(run.values))
        doubtful = frozenset(every if self.exact else doubtful_lines(run.values))
        rows = [None] * len(run.values) if self.exact or self.mapping else self._split(run.values, doubtful)
        readings = {n: self._read(run.values[n], doubtful=n in doubtful) for n in every if rows[n] is None}
        fast = self.splitter.others(rows)
        for n, reading in readings.items():
            if isinstance(reading, Refusal):
                into.quarantined.append(_quarantine(run, n, reading))
            else:
                rows[n] = reading.row
        numbers = into.extend(run, rows)
        self._add_others(run.file, fast, [numbers[n] for n in every if n not in readings], into)
        for n, reading in readings.items():
            if isinstance(reading, Reading):
                self._add_reading(run.file, numbers[n], reading, into)

    def _split(self, values: list[bytes], doubtful: frozenset[int]) -> list[Row | None]:
        rows = self.splitter.split(values)
        return [None if n in doubtful else row for n, row in enumerate(rows)] if doubtful else rows

    def _read(self, value: bytes, *, doubtful: bool) -> Reading | Refusal:
        if self.mapping is not None and not doubtful:
            reading = _read_mapped(value, self.mapping)
            if reading is not None:
                return reading
        return read_line(value, self.mapping)

    def _add_others(self, file: str, others: dict[str, list[object]], numbers: list[int], into: Rows) -> None:
        """Count the transport's members of the fast rows, and keep those that are asked for."""
        for name, values in others.items():
            sent = len(values) - values.count(msgspec.UNSET)
            if sent and name not in self.keep_members:
                into.members[file][name] += sent
        columns = {name: others[name] for name in self.keep_members if name in others}
        for at, number in enumerate(numbers if columns else ()):
            texts = {name: _raw_text(values[at]) for name, values in columns.items()}
            self._keep(number, texts, into)

    def _add_reading(self, file: str, number: int, reading: Reading, into: Rows) -> None:
        into.members[file].update(name for name in reading.others if name not in self.keep_members)
        self._keep(number, reading.others, into)
        if reading.rescued:
            into.rescued[number].update(reading.rescued)
        if reading.sanitized:
            into.sanitized.add(number)

    def _keep(self, number: int, others: dict[str, str], into: Rows) -> None:
        kept = {name: others[name] for name in self.keep_members if others.get(name, "null") != "null"}
        if kept:
            into.kept[number] = object_text(kept)


def read_line(value: bytes, mapping: Mapping | None = None) -> Reading | Refusal:
    """The event of one line, read exactly, or the first reason of SPEC §3 that keeps it from being one.

    A line that opens level 65 and is no valid JSON, before or after it, is `invalid_json`: that reason comes first.
    """
    try:
        text, sanitized = clean_text(value.decode())
    except UnicodeDecodeError as error:
        return Refusal("invalid_utf8", f"{error.reason} at byte {error.start}")
    try:
        check_json(text)
    except ValueError as error:
        return Refusal("invalid_json", str(error))
    if nesting(text) > MAX_NESTING:
        return Refusal("too_deep", f"more than {MAX_NESTING} levels")
    if not text.startswith("{"):
        return Refusal("not_an_object", f"the value is {text[:200]}")
    members = last_members(split_object(text)) if mapping is None else mapping.apply(text, split_exactly)
    return read_members(members, sanitized=sanitized)


def split_exactly(text: str) -> dict[str, str]:
    """Members of a valid JSON object by the exact reader: name -> JSON text."""
    return last_members(split_object(text))


def _read_mapped(value: bytes, mapping: Mapping) -> Reading | None:
    if not value.startswith(b"{"):
        return None
    try:
        reading = read_members(mapping.apply(value.decode(), split_members))
    except (msgspec.MsgspecError, RecursionError):
        return None
    return reading if isinstance(reading, Reading) else None


def _raw_text(value: object) -> str:
    return str(bytes(value), "utf-8") if isinstance(value, msgspec.Raw) else "null"


def _quarantine(run: Block, n: int, refusal: Refusal) -> Quarantined:
    value = run.values[n]
    return Quarantined(
        run.file, run.lines[n], run.offsets[n], refusal.reason, refusal.detail, len(value), value
    )
