"""What contracts found in the hours of a load: counts in `tideline.violations` and `contract_events`, and the
quarantined events in `tideline.quarantine`.

Covered by tests/loaders/load/left_out/test_contract.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import polars as pl

from loaders.connection.session import Name, Session
from loaders.load.left_out.excluded import INSTANT
from loaders.transform.contracts.findings import CONTRACT, ContractFindings

_HOUR: Final = {"archive_hour": INSTANT, "type": pl.String()}
_VIOLATIONS: Final = pl.Schema(
    {
        **_HOUR, "event": pl.String(), "path": pl.String(), "problem": pl.String(), "mode": pl.String(),
        "library": pl.String(), "library_version": pl.String(), "events": pl.Int64(), "file": pl.String(),
        "line": pl.Int64(),
    }
)  # fmt: skip
_COUNTS: Final = pl.Schema({**_HOUR, "checked": pl.Int64(), "violating": pl.Int64(), "quarantined": pl.Int64()})
_LINES: Final = pl.Schema(
    {
        "archive_hour": INSTANT, "file": pl.String(), "line": pl.Int64(), "byte_offset": pl.Int64(),
        "reason": pl.String(), "detail": pl.String(), "bytes": pl.Int64(), "raw": pl.String(),
    }
)  # fmt: skip


def replace_findings(session: Session, source: str, hours: Name, found: Mapping[datetime, ContractFindings]) -> None:
    """Replace what contracts found in the hours' previous loads; `hours` is the table of this load's hours.

    Quarantined lines of the hours have been replaced before.
    """
    for table in ("violations", "contract_events"):
        session.run(f"load/contract/delete_{table}", {"hours": hours}, source=source)
    violations = [
        (hour, kind.type, *kind[1:], counted.events, counted.file, counted.line)
        for hour, findings in found.items()
        for kind, counted in findings.kinds.items()
    ]
    counts = [
        (hour, kind, checked, findings.violating[kind], findings.quarantined[kind])
        for hour, findings in found.items()
        for kind, checked in sorted(findings.checked.items())
    ]
    lines = [
        (hour, line.file, line.line, None, CONTRACT, line.detail, None, None)
        for hour, findings in found.items()
        for line in findings.lines
    ]
    for statement, name, rows, schema in (
        ("load/contract/insert_violations", "violations", violations, _VIOLATIONS),
        ("load/contract/insert_contract_events", "counts", counts, _COUNTS),
        ("load/quarantine/insert", "lines", lines, _LINES),
    ):
        if rows:
            frame = pl.DataFrame(rows, schema=schema, orient="row")
            session.run(statement, {name: session.put(frame)}, source=source)
