"""What an operator can do about a DuckDB file that cannot be opened or read.

The texts only choose the advice; whether an error is transient is decided elsewhere, without them.

Covered by tests/pipeline/recovery/test_lost_warehouse.py.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from loaders.interface.errors import Terminal

_DAMAGE: Final = (
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "Could not read all bytes",
    "Corrupt database file",
    "database has been invalidated",
)
"""What DuckDB says of a file that is cut, altered or another one's; every block of it has a checksum."""


def refuse_unwritable(path: Path) -> None:
    """Raise Terminal where this user may not write the file, or the log that DuckDB writes beside it."""
    if os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK)):
        return
    raise Terminal(
        f"cannot open the warehouse {path}: this user may not write it: give the right to write {path.name} and its"
        f" folder, for {path.name}.wal"
    )


def refused_file(path: Path, reason: str) -> Terminal:
    """Return the error for a file that DuckDB does not open: its reason, and the next step."""
    return Terminal(f"cannot open the warehouse {path}: {_explained(path, reason)}")


def _explained(path: Path, reason: str) -> str:
    log = f"{path.name}.wal"
    if "WAL" in reason:
        return f"{log} is not the log of this file ({reason}): move {log} away; what only it holds is loaded again"
    if "newer version of DuckDB" in reason or "we can only read versions" in reason:
        return f"a newer DuckDB has written it ({reason}): upgrade Tideline, or restore the file from a copy"
    return f"{reason}: {_advice(path)}" if _is_damage(reason) else reason


def explain_damage(path: Path, error: BaseException) -> Terminal | None:
    """Return the error of a damaged file with what to do about it; None where the reason is another one."""
    if not _is_damage(str(error)):
        return None
    return Terminal(f"the warehouse refused: {str(error).splitlines()[0]}: {_advice(path)}")


def _is_damage(reason: str) -> bool:
    return any(text in reason for text in _DAMAGE)


def _advice(path: Path) -> str:
    return (
        f"restore {path.name} from a copy, or move it and {path.name}.wal away; the next load then brings what is"
        " missing from the lake and the archive"
    )
