"""The warehouse's SQL: one statement a file, and a folder per dialect only where it must differ."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent


@cache
def statement(name: str, dialect: str) -> str:
    """Return the text of a statement, such as ``load/merge/judge``; that of ``sql/<dialect>/`` if there is one.

    A dialect of the same engine lies in the folder of the other one, ``duckdb/ducklake``, and takes what that has.
    ``{placeholders}`` are identifiers that a dialect's preparer has quoted; ``:names`` are bound values. Lines that
    begin with ``--`` are left out. Raise FileNotFoundError for an unknown name.
    """
    folders = [_HERE / dialect]
    while folders[-1] != _HERE:
        folders.append(folders[-1].parent)
    path = next((path for folder in folders if (path := folder / f"{name}.sql").is_file()), _HERE / f"{name}.sql")
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("--")).strip()
