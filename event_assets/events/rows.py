"""Rows of a chunk: events as they were read, with their file and line.

Covered by tests/events/test_envelope.py.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from event_assets.events.chunk import Block
from event_assets.events.envelope import Row
from event_assets.events.quarantine import Quarantined


@dataclass
class ChunkRows:
    """Events in the order of their lines: `values` as they were read, `sent` as they are in the file.

    `inherited` has, by row number, what an id is made from besides `sent`.

    `kept`, `rescued`, `sanitized` and `unwrapped` are by row number from 0, `kept` and the values of `rescued` as JSON
    texts; `unwrapped` are events that were sent as JSON text themselves, or an object of theirs;
    `cut` is, per file, how many values more there are for lines that were cut into their objects and junk;
    `members` counts transport members per file, and `noticed` what somebody should look at, by name; `breaks` is
    whether any value has line breaks.
    """

    rows: list[Row] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    inherited: dict[int, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    kept: dict[int, str] = field(default_factory=dict)
    rescued: defaultdict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    sanitized: set[int] = field(default_factory=set)
    unwrapped: set[int] = field(default_factory=set)
    noticed: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    quarantined: list[Quarantined] = field(default_factory=list)
    cut: Counter[str] = field(default_factory=Counter)
    members: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    breaks: bool = False

    def extend(self, run: Block, rows: list[Row | None]) -> list[int]:
        """Add the rows of a run, without None, and return their indices in the run."""
        sent = run.values if run.sent is None else run.sent
        if None not in rows:
            held = list(range(len(rows)))
            self.values += run.values
            self.sent += sent
            self.lines += run.lines
        else:
            held = [n for n, row in enumerate(rows) if row is not None]
            self.values += [run.values[n] for n in held]
            self.sent += [sent[n] for n in held]
            self.lines += [run.lines[n] for n in held]
        if run.inherited is not None:
            self.inherited |= {len(self.rows) + n: run.inherited[at] for n, at in enumerate(held) if run.inherited[at]}
        self.rows += [row for row in rows if row is not None]
        self.files += [run.file] * len(held)
        return held
