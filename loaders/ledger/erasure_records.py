"""The records of erasures, read in one warehouse and written into another one: nothing else has them.

Covered by tests/pipeline/copying/test_copy.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from loaders.connection.session import Session
from loaders.schema.introspect import read_tables


@dataclass(frozen=True)
class ErasureRecord:
    """A row of `tideline.erasures`; `tables` and `archive_hours` are JSON text."""

    erasure_id: str
    erased_by: str
    reason: str | None
    persons: int
    events: int
    erased_rows: int
    tables: str
    archive_hours: str
    started_at: datetime
    finished_at: datetime


def read_erasures(session: Session, source: str) -> list[ErasureRecord]:
    """Return the records of a source's erasures that have reached their end; none in an older warehouse."""
    if "erasures" not in read_tables(session, "tideline"):
        return []
    return session.records(ErasureRecord, "ledger/erasures", source=source)


def record_erasures(session: Session, source: str, erasures: Iterable[ErasureRecord]) -> None:
    """Record erasures as another warehouse has them, unless they are recorded."""
    for erasure in erasures:
        session.run("ledger/insert_erasure", source=source, **asdict(erasure))
