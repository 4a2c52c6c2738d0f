"""Line reader: the fast reader for runs of lines, the exact one for the lines that it leaves.

Covered by tests/events/test_envelope.py.
"""

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from event_assets.events.chunk import Block, join_blocks
from event_assets.events.envelope import Reading, Refusal, Row, read_members
from event_assets.events.json.lenient import mend_json, take_marked, unmark
from event_assets.events.json.split import is_fast_json, split_members
from event_assets.events.json.splitter import Others, Splitter, find_doubts, object_text
from event_assets.events.mapping.batches import open_block
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.path_members import PathMembers
from event_assets.events.quarantine import Quarantined
from event_assets.events.resync import Span, cut_out, find_runs
from event_assets.events.rows import ChunkRows
from event_assets.events.snowplow.bad_rows import find_bad_row
from event_assets.events.snowplow.translate import translate_block
from event_assets.events.wrapped_lines import UnwrappedBlock, unwrap_lines
from loaders.formats.strict_json import MAX_NESTING, check_json, clean_text, last_members, nesting, split_object

Part = tuple[Block, Sequence[int]]
"""A part of a run, and the indices in the run of its values."""

_BROKEN: Final = frozenset({"invalid_json", "invalid_utf8"})
RUN: Final = 500
"""Lines that are split together: a line that the fast reader refuses makes it read its run twice."""


@dataclass(frozen=True)
class Reader:
    """Reads the lines of a source: its mapping, the members it keeps, whether every line is read exactly, and the
    members that parts of keys are."""

    mapping: Mapping | None = None
    keep_members: tuple[str, ...] = ()
    exact: bool = False
    path_members: PathMembers | None = None
    splitter: Splitter = field(default_factory=Splitter)

    def read_blocks(self, blocks: Sequence[Block], into: ChunkRows) -> None:
        """Add the events and the quarantined lines of blocks."""
        opened = [unwrap_lines(block) for block in blocks]
        if self.mapping is not None and self.mapping.reads is not None:
            reads = self.mapping.reads
            opened = [UnwrappedBlock(translate_block(one.block, reads, into.quarantined)) for one in opened]
        if self.path_members is not None:
            opened = [replace(one, block=self.path_members.put(one.block)) for one in opened]
        blocks = [one.block for one in opened]
        values = [value for block in blocks for value in block.values]
        doubts = find_doubts(values)
        into.breaks = into.breaks or doubts.breaks
        first = 0
        for one, block in zip(opened, blocks, strict=True):
            for start in range(0, len(block.values), RUN):
                part = slice(start, start + RUN)
                run = block.cut(part)
                every = range(len(run.values))
                doubtful = every if self.exact else [n for n in every if first + start + n in doubts.lines]
                numbers = self._read_run(run, frozenset(doubtful), into)
                if one.lines:
                    into.unwrapped.update(number for number, n in numbers.items() if start + n in one.lines)
                    into.sanitized.update(number for number, n in numbers.items() if start + n in one.lost)
            first += len(block.values)

    def _read_run(self, run: Block, doubtful: frozenset[int], into: ChunkRows, *, whole: bool = True) -> dict[int, int]:
        """Read a run; return the indices in it by the numbers of their rows.

        `whole` is whether no line of it has been cut into its sound objects and junk.
        """
        every = range(len(run.values))
        rows = self._split(run.values, doubtful)
        readings = {n: self._read(run.values[n], doubtful=n in doubtful) for n in every if rows[n] is None}
        if whole and (pieces := self._cut_lines(run, readings)):
            cut = join_blocks([piece for piece, _ in pieces])
            lines = [n for _, origins in pieces for n in origins]
            into.cut[run.file] += len(cut.values) - len(run.values)
            again = frozenset(range(len(cut.values))) if self.exact else find_doubts(cut.values).lines
            return {number: lines[n] for number, n in self._read_run(cut, again, into, whole=False).items()}
        others = self.splitter.others(rows)
        for n, reading in readings.items():
            if isinstance(reading, Refusal):
                into.quarantined.append(_quarantine(run, n, reading))
            else:
                rows[n] = reading.row
        first = len(into.rows)
        numbers = {n: first + added for added, n in enumerate(into.extend(run, rows))}
        self._add_others(run.file, others, [number for n, number in numbers.items() if n not in readings], into)
        for n, reading in readings.items():
            if isinstance(reading, Reading):
                self._add_reading(run.file, numbers[n], reading, into)
        return {number: n for n, number in numbers.items()}

    def _split(self, values: list[bytes], doubtful: frozenset[int]) -> list[Row | None]:
        if self.exact or self._paths is not None:
            return [None] * len(values)
        rows = self.splitter.split(values)
        return [None if n in doubtful else row for n, row in enumerate(rows)] if doubtful else rows

    def _read(self, value: bytes, *, doubtful: bool) -> Reading | Refusal:
        if self._paths is not None and not doubtful:
            reading = _read_mapped(value, self._paths)
            if reading is not None:
                return reading
        return read_line(value, self._paths)

    def _cut_lines(self, run: Block, readings: MappingOf[int, Reading | Refusal]) -> list[Part]:
        """Return the run in parts, with the pieces of every refused line that has sound events; none without any."""
        parts: list[Part] = []
        done = 0
        for n, reading in readings.items():
            if isinstance(reading, Refusal) and reading.reason in _BROKEN and (cut := self._cut_line(run, n)):
                parts += [(run.cut(slice(done, n)), range(done, n)), (cut, [n] * len(cut.values))]
                done = n + 1
        return [*parts, (run.cut(slice(done, None)), range(done, len(run.values)))] if parts else []

    def _cut_line(self, run: Block, n: int) -> Block | None:
        """Return the events of a refused line and the junk between them as values, None if it has no event."""
        value = run.values[n]
        if run.sent is not None and run.sent[n] != value:
            return None
        kept = [span for spans in find_runs(value) if self._has_event(run, n, spans) for span in spans]
        return self._open(run, n, cut_out(value, kept)) if kept else None

    def _has_event(self, run: Block, n: int, spans: Sequence[Span]) -> bool:
        values = self._open(run, n, spans).values
        return any(isinstance(read_line(value, self._paths), Reading) for value in values)

    def _open(self, run: Block, n: int, spans: Sequence[Span]) -> Block:
        """Return parts of a line as values; a request that holds several events gives those."""
        values = [run.values[n][start:end] for start, end in spans]
        offsets = [run.offsets[n] + start for start, _ in spans]
        block = Block(run.file, values, [run.lines[n]] * len(values), offsets)
        batches = None if self.mapping is None else self.mapping.batches
        block = open_block(block, batches) if batches else block
        return block if self.path_members is None else self.path_members.put(block)

    @property
    def _paths(self) -> Mapping | None:
        """The mapping, if it has paths of members."""
        return (
            self.mapping if self.mapping is not None and (self.mapping.parsed or not self.mapping.is_native) else None
        )

    def _add_others(self, file: str, others: Others, numbers: list[int], into: ChunkRows) -> None:
        """Count the transport members of the fast rows, and keep those that the source keeps."""
        for name, values in others.items():
            sent = len(values) - values.count(msgspec.UNSET)
            if sent and name not in self.keep_members:
                into.members[file][name] += sent
        columns = {name: others[name] for name in self.keep_members if name in others}
        for n, number in enumerate(numbers if columns else ()):
            texts = {name: _raw_text(values[n]) for name, values in columns.items()}
            self._keep(number, texts, into)

    def _add_reading(self, file: str, number: int, reading: Reading, into: ChunkRows) -> None:
        if reading.others:
            into.members[file].update(name for name in reading.others if name not in self.keep_members)
            self._keep(number, reading.others, into)
        if reading.rescued:
            into.rescued[number].update(reading.rescued)
        if reading.mended is not None:
            into.values[number] = reading.mended
        if reading.sanitized:
            into.sanitized.add(number)
        if reading.unwrapped:
            into.unwrapped.add(number)

    def _keep(self, number: int, others: MappingOf[str, str], into: ChunkRows) -> None:
        kept: dict[str, str] = {}
        for name in self.keep_members:
            value, lost = take_marked(others.get(name, "null"))
            if value != "null":
                kept[name] = value
            if lost:
                into.rescued[number][name] = lost
        if kept:
            into.kept[number] = object_text(kept)


def read_line(value: bytes, mapping: Mapping | None = None) -> Reading | Refusal:
    """Return the event of one line, read exactly, or the first reason of contract §3 against it.

    A line that opens level 65 and is not valid JSON, before or after it, is `invalid_json`: that reason comes first.
    NaN and raw control characters cost a value, not the line.
    """
    try:
        text, sanitized = clean_text(value.decode().strip(" \t\n\r"))
    except UnicodeDecodeError as error:
        return Refusal("invalid_utf8", f"{error.reason} at byte {error.start}")
    mended = None if is_fast_json(text) else mend_json(text)
    if mended is None:
        try:
            check_json(text)
        except ValueError as error:
            return Refusal("invalid_json", str(error))
    else:
        text, sanitized = mended.text, sanitized or mended.sanitized
    if text.count("{") + text.count("[") > MAX_NESTING and nesting(text) > MAX_NESTING:
        return Refusal("too_deep", f"more than {MAX_NESTING} levels")
    if not text.startswith("{"):
        return Refusal("not_an_object", f"the value is {unmark(text)[:200]}")
    if (bad := find_bad_row(value)) is not None:
        return bad
    reading = _read_object(text, mapping, sanitized=sanitized, marked=mended is not None and mended.marked)
    if mended is None or isinstance(reading, Refusal):
        return reading
    return replace(reading, mended=unmark(text).encode())


def _read_object(text: str, mapping: Mapping | None, *, sanitized: bool, marked: bool) -> Reading | Refusal:
    if mapping is None:
        members = split_members(text) if marked and is_fast_json(text) else split_exactly(text)
        return read_members(members, sanitized=sanitized, marked=marked)
    found = mapping.unwrap(text, split_exactly)
    members = mapping.apply(found.text, split_exactly)
    reading = read_members(members, sanitized=sanitized or found.lost, marked=marked or found.marked)
    return replace(reading, unwrapped=True) if found.unwrapped and isinstance(reading, Reading) else reading


def split_exactly(text: str) -> dict[str, str]:
    """Return the members of a valid JSON object by the exact reader: name -> JSON text."""
    return last_members(split_object(text))


def _read_mapped(value: bytes, mapping: Mapping) -> Reading | None:
    if not value.startswith(b"{") or find_bad_row(value) is not None:
        return None
    try:
        found = mapping.unwrap(value.decode(), split_members)
        reading = read_members(mapping.apply(found.text, split_members), sanitized=found.lost, marked=found.marked)
    except (msgspec.MsgspecError, RecursionError):
        return None
    if not isinstance(reading, Reading):
        return None
    return replace(reading, unwrapped=True) if found.unwrapped else reading


def _raw_text(value: msgspec.Raw | msgspec.UnsetType) -> str:
    return "null" if isinstance(value, msgspec.UnsetType) else str(bytes(value), "utf-8")


def _quarantine(run: Block, n: int, refusal: Refusal) -> Quarantined:
    offset, raw = run.origin(n)
    return Quarantined(run.file, run.lines[n], offset, refusal.reason, refusal.detail, raw, len(raw))
