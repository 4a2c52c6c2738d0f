"""What an operator can do about a DuckDB file that cannot be opened or read.

The texts only choose the advice; whether an error is transient is decided elsewhere, without them.

Covered by tests/pipeline/test_lost_warehouse.py.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_DAMAGE: Final = (
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "Could not read all bytes",
    "Corrupt database file",
    "database has been invalidated",
)
"""What DuckDB says of a file that is cut, altered or another one's; every block of it has a checksum."""


def explain_refusal(path: Path, reason: str, *, write: bool) -> str:
    """Return DuckDB's reason for not opening the file, and the next step."""
    log = f"{path.name}.wal"
    if "WAL" in reason:
        return f"{log} is not the log of this file ({reason}): move {log} away; what only it holds is loaded again"
    if "newer version of DuckDB" in reason or "we can only read versions" in reason:
        return f"a newer DuckDB has written it ({reason}): upgrade Tideline, or restore the file from a copy"
    if write and not (os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))):
        return f"this user may not write it ({reason}): give the right to write {path.name} and its folder, for {log}"
    return f"{reason}: {advice}" if (advice := explain_damage(path, reason)) else reason


def explain_damage(path: Path, reason: str) -> str:
    """Return what to do about a damaged file; an empty text where the reason is another one."""
    if not any(text in reason for text in _DAMAGE):
        return ""
    return (
        f"restore {path.name} from a copy, or move it and {path.name}.wal away; the next load then brings what is"
        " missing from the lake and the archive"
    )
