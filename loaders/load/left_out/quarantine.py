"""Quarantined lines in `tideline.quarantine`: the start of each as text, a hundred per reason."""

from __future__ import annotations

import base64
from typing import Final

import polars as pl

from loaders.connection.session import Session
from loaders.interface.hour import Hour

_PER_REASON: Final = 100
_RAW_BYTES: Final = 64 * 1024


def replace_quarantine(session: Session, hour: Hour) -> None:
    """Replace the quarantined lines of the hour's previous load by those of this load."""
    session.run("load/quarantine/delete", source=hour.source, archive_hour=hour.archive_hour)
    lines = hour.quarantine().group_by("reason", maintain_order=True).head(_PER_REASON)
    if lines.is_empty():
        return
    raw = pl.Series("raw", [None if line is None else show_raw(line) for line in lines["raw"]], dtype=pl.String())
    session.run(
        "load/quarantine/insert",
        {"lines": session.put(lines.with_columns(raw))},
        source=hour.source,
        archive_hour=hour.archive_hour,
    )


def show_raw(raw: bytes) -> str:
    """Return the first 64 KiB as text, cut at a character's end; as ``base64:`` if not UTF-8 or with U+0000."""
    head = raw[:_RAW_BYTES]
    try:
        text = _whole_characters(head, cut=len(raw) > len(head)).decode()
    except UnicodeDecodeError:
        text = "\0"
    return f"base64:{base64.b64encode(head).decode()}" if "\0" in text else text


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
