"""The warehouse's SQL: one statement a file, and a folder per dialect only where it must differ."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent


@cache
def statement(name: str, dialect: str) -> str:
    """The text of a statement, such as ``merge/judge``; the dialect's own where ``sql/<dialect>/`` has one.

    ``{placeholders}`` stand for identifiers that a dialect's preparer has quoted; ``:names`` are bound values. Lines
    that begin with ``--`` are left out. Raises FileNotFoundError for a name that does not exist.
    """
    own = _HERE / dialect / f"{name}.sql"
    path = own if own.is_file() else _HERE / f"{name}.sql"
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("--")).strip()
