"""The rows of every table on their way into Arrow files, which the merge reads.

Covered by tests/loaders/staging/test_staged.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(slots=True)
class Sink:
    """Rows of one table: those that wait in memory, and the files of those that do not."""

    folder: Path
    table: str
    held: list[pa.Table] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    rows: int = 0
    hours: Counter[datetime] = field(default_factory=Counter)
    """Archive hour -> its rows."""

    def add(self, rows: pa.Table) -> None:
        """Hold rows until the next flush."""
        self.held.append(rows)
        self.rows += len(rows)
        for count in pc.value_counts(rows["_archive_hour"]).to_pylist():
            self.hours[count["values"]] += count["counts"]

    @property
    def held_bytes(self) -> int:
        """Bytes of the rows that wait."""
        return sum(rows.nbytes for rows in self.held)

    def joined(self) -> pa.Table | None:
        """Return the rows that wait as one table, or None if there are none."""
        return pa.concat_tables(self.held, promote_options="default") if self.held else None

    def flush(self) -> None:
        """Write the rows that wait into the table's next file."""
        rows = self.joined()
        if rows is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{self.table}-{len(self.files)}.arrow"
        with pa.OSFile(str(file), "wb") as out, pa.ipc.new_file(out, rows.schema) as writer:
            writer.write_table(rows)
        self.files.append(file)
        self.held = []

    def discard(self) -> None:
        """Remove the files and the rows that wait."""
        for file in self.files:
            file.unlink()
        self.held, self.files, self.rows, self.hours = [], [], 0, Counter()


@dataclass(slots=True)
class Sinks:
    """The sinks of all tables, which together hold at most `held_bytes` in memory. Each pass has its own folder."""

    folder: Path
    held_bytes: int
    tables: dict[str, Sink] = field(default_factory=dict)
    _held: int = 0
    _pass: int = 0

    def open(self, table: str) -> Sink:
        """Return the table's sink: a table that has one is staged, even without rows."""
        return self.tables.setdefault(table, Sink(self.folder / str(self._pass), table))

    def add(self, table: str, rows: pa.Table) -> None:
        """Add rows of a table; write those of all tables into files when too many wait."""
        self.open(table).add(rows)
        self._held += rows.nbytes
        if self._held >= self.held_bytes:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait, of every table."""
        for sink in self.tables.values():
            sink.flush()
        self._held = 0

    def flush_over(self, held_bytes: int) -> None:
        """Write the rows that wait if they are more than so many bytes."""
        if sum(sink.held_bytes for sink in self.tables.values()) > held_bytes:
            self.flush()

    def begin_second_pass(self, tables: Iterable[str]) -> None:
        """Remove the rows of these tables, which are made again: the disk need not hold them twice."""
        for table in tables:
            sink = self.tables.pop(table)
            self._held -= sink.held_bytes
            sink.discard()
        self._pass += 1
