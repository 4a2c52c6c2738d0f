"""What a job tells when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Done:
    """What a job has handled and left."""

    events: int
    """Lines of the archive."""
    distinct: int = 0
    """Distinct (type, id) that it found; 0 where it does not look."""
    written: int = 0
    """Bytes of what it leaves behind: Parquet, or a database file."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """Seconds of wall time by step."""


def size_of(path: Path, pattern: str = "*.parquet") -> int:
    """Bytes of a file, or of the files below a folder that have such names."""
    return path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in path.rglob(pattern))
