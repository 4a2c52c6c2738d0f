"""The rows of one table on their way into Arrow files, which the merge reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa


@dataclass(slots=True)
class Sink:
    """Rows of one table on their way into files; `held` are those that wait."""

    folder: Path
    table: str
    held: list[pa.Table] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    rows: int = 0

    def add(self, rows: pa.Table) -> None:
        """Hold rows until the next flush."""
        self.held.append(rows)
        self.rows += len(rows)

    @property
    def held_bytes(self) -> int:
        """Bytes of the rows that wait."""
        return sum(rows.nbytes for rows in self.held)

    def joined(self) -> pa.Table | None:
        """The rows that wait, as one table; None where none do."""
        return pa.concat_tables(self.held, promote_options="default") if self.held else None

    def flush(self) -> None:
        """Write the rows that are held into the table's next file."""
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
        """Remove the rows that were written and those that are held."""
        for file in self.files:
            file.unlink()
        self.held, self.files, self.rows = [], [], 0
