"""What contracts found in loaded hours, as findings of the check.

Covered by tests/defs/checks/test_contract.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from event_assets.anomalies.findings import Finding
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.health.warnings import Warned
from loaders.connection.session import Session
from loaders.queries.contract import ContractCounts, Violation, WorstViolation, read_contract_counts, read_worst
from loaders.transform.contracts.findings import ViolationKind


def find_violations(counts: Mapping[datetime, ContractCounts], violations: Sequence[Violation]) -> list[Finding]:
    """Return a finding for each hour with violating events, with the kind of violation that most of them have."""
    worst: dict[datetime, Violation] = {}
    for violation in violations:
        worst.setdefault(violation.archive_hour, violation)
    return [
        Finding(hour, name_of(worst[hour]), _describe(counts[hour], worst[hour]))
        for hour in sorted(counts)
        if counts[hour].violating and hour in worst
    ]


def warn_of_violations(settings: Settings, source: Source, hours: Collection[datetime]) -> tuple[Warned, ...]:
    """Return a warning if events of some hours that were loaded now violate a contract."""
    if not source.contracts.checked or not hours:
        return ()
    with open_ledger(settings) as session:
        return () if session is None else violations_of(session, source.name, hours)


def violations_of(session: Session, source: str, hours: Collection[datetime]) -> tuple[Warned, ...]:
    """Return a warning if events of some loaded hours violate a contract, with the kind that most of them have."""
    counts = read_contract_counts(session, source, hours)
    worst = read_worst(session, source, counts)
    if worst is None:
        return ()
    violating, checked = sum(one.violating for one in counts.values()), sum(one.checked for one in counts.values())
    quarantined = sum(one.quarantined for one in counts.values())
    kept_out = f", {quarantined:,} of them are quarantined" if quarantined else ""
    text = (
        f"{violating:,} of {checked:,} events violate their contract{kept_out}: of {worst.events:,} {name_of(worst)!r} "
        f"{worst.path or 'the event'} {worst.problem}. All of them: tideline contract check"
    )
    return (
        Warned(source, "contract", violating, tuple(hour for hour in sorted(counts) if counts[hour].violating), text),
    )


def name_of(violation: Violation | WorstViolation | ViolationKind) -> str:
    """Return the name of a track, or the type of another event."""
    return violation.event if violation.event is not None else violation.type


def sdk_of(violation: Violation | ViolationKind) -> str:
    """Return the name and version of the SDK, as far as they are known."""
    return " ".join(part for part in (violation.library, violation.library_version) if part)


def _describe(counts: ContractCounts, worst: Violation) -> str:
    kept_out = f", {counts.quarantined:,} of them are quarantined" if counts.quarantined else ""
    return (
        f"{counts.violating:,} of {counts.checked:,} events violate their contract{kept_out}: of {worst.events:,} "
        f"{worst.path or 'the event'} {worst.problem}, first {worst.file}:{worst.line}"
    )
