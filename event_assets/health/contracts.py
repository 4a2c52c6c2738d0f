"""What contracts found in loaded hours, as findings of the check.

Covered by tests/defs/checks/test_contract.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from event_assets.anomalies.findings import Finding
from loaders.queries.contract import ContractCounts, Violation
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


def name_of(violation: Violation | ViolationKind) -> str:
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
