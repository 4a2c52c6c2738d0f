"""What contracts found in loaded hours (contract §13).

Covered by tests/loaders/load/left_out/test_contract.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from loaders.connection.session import Session, in_utc
from loaders.queries.ledger import has_ledger_table


@dataclass(frozen=True)
class Violation:
    """Events of an hour that violate their contract alike; `file` and `line` are where the first of them is."""

    archive_hour: datetime
    type: str
    event: str | None
    path: str
    problem: str
    mode: str
    library: str | None
    library_version: str | None
    events: int
    file: str
    line: int


@dataclass(frozen=True)
class ContractCounts:
    """Events of an hour that contracts are about, that violate them, and that are kept out of the tables."""

    archive_hour: datetime
    checked: int
    violating: int
    quarantined: int


def read_violations(session: Session, source: str, hours: Collection[datetime]) -> list[Violation]:
    """Return the violations of the newest loads of these hours, by hour, those of the most events first."""
    if not hours or not has_ledger_table(session, "violations"):
        return []
    return session.records(Violation, "queries/contract/violations", source=source, hours=list(hours))


@dataclass(frozen=True)
class WorstViolation:
    """The kind of violation that most events have, over several hours and SDKs."""

    type: str
    event: str | None
    path: str
    problem: str
    events: int


def read_worst(session: Session, source: str, hours: Collection[datetime]) -> WorstViolation | None:
    """Return the kind of violation that most events of these hours have; None without any."""
    if not hours or not has_ledger_table(session, "violations"):
        return None
    found = session.records(WorstViolation, "queries/contract/worst", source=source, hours=list(hours))
    return found[0] if found else None


def read_contract_counts(session: Session, source: str, hours: Collection[datetime]) -> dict[datetime, ContractCounts]:
    """Return the counts of these hours; an hour without a contract at its load is missing."""
    if not hours or not has_ledger_table(session, "contract_events"):
        return {}
    found = session.records(ContractCounts, "queries/contract/counts", source=source, hours=list(hours))
    return {row.archive_hour: row for row in found}


def quarantined_ids(session: Session, source: str, kind: str, hours: Collection[datetime]) -> dict[datetime, int]:
    """Return how many events of a type contracts keep out of the tables, by archive hour, without zeros."""
    if not hours or not has_ledger_table(session, "contract_events"):
        return {}
    rows = session.rows("queries/contract/quarantined_ids", source=source, type=kind, hours=list(hours))
    return {in_utc(row.archive_hour): row.quarantined for row in rows}


def quarantining_hours(session: Session, source: str) -> dict[datetime, int]:
    """Return the hours of which contracts keep events out of the tables, with how many."""
    if not has_ledger_table(session, "contract_events"):
        return {}
    rows = session.rows("queries/contract/quarantining_hours", source=source)
    return {in_utc(row.archive_hour): row.quarantined for row in rows}
