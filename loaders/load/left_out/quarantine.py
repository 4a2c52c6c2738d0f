"""Quarantined lines in `tideline.quarantine`: the start of each as text, a hundred per reason.

Events that a contract keeps out are among them by their position alone: the lake has them as rows.

Covered by tests/loaders/load/left_out/test_quarantine.py and tests/loaders/load/left_out/test_contract.py.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Final

import polars as pl

from loaders.connection.session import Name, Session
from loaders.interface.errors import naming_hour
from loaders.interface.hour import Hour
from loaders.transform.table_rows import with_archive_hour

_PER_REASON: Final = 100
RAW_BYTES: Final = 64 * 1024
"""Bytes of a line that the table has."""
_CODED: Final = "base64:"


def replace_quarantine(session: Session, source: str, hours: Name, loaded: Iterable[Hour]) -> None:
    """Replace the quarantined lines of the hours' previous loads by those of this load.

    `hours` is the table of its hours. Raises HourUnreadable.
    """
    session.run("load/quarantine/delete", {"hours": hours}, source=source)
    found = [lines for lines in map(_read, loaded) if not lines.is_empty()]
    if found:
        session.run("load/quarantine/insert", {"lines": session.put(pl.concat(found))}, source=source)


def _read(hour: Hour) -> pl.DataFrame:
    with naming_hour(hour.archive_hour):
        lines = hour.quarantine().group_by("reason", maintain_order=True).head(_PER_REASON)
    raw = pl.Series("raw", [None if line is None else show_raw(line) for line in lines["raw"]], dtype=pl.String())
    return with_archive_hour(lines.with_columns(raw), hour.archive_hour).rename({"_archive_hour": "archive_hour"})


def show_raw(raw: bytes) -> str:
    """Return the first 64 KiB as text, cut at a character's end; as ``base64:`` if not UTF-8 or with U+0000."""
    head = raw[:RAW_BYTES]
    try:
        text = _whole_characters(head, cut=len(raw) > len(head)).decode()
    except UnicodeDecodeError:
        text = "\0"
    return f"{_CODED}{base64.b64encode(head).decode()}" if "\0" in text else text


def read_raw(text: str) -> bytes:
    """Return the bytes that `show_raw` has made a text of."""
    return base64.b64decode(text.removeprefix(_CODED)) if text.startswith(_CODED) else text.encode()


def _whole_characters(head: bytes, *, cut: bool) -> bytes:
    """Return the bytes without a last character that is cut off."""
    if not cut:
        return head
    for tail in range(1, min(4, len(head) + 1)):
        lead = head[-tail]
        if lead >= 0xC0:
            length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return head[:-tail] if length > tail else head
        if lead < 0x80:
            return head
    return head
