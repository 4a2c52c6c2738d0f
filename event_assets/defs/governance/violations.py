"""Contract violations of loaded hours as tables, for the check and the metadata of the hour.

Covered by tests/defs/checks/test_contract.py.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import dagster as dg

from event_assets.config.settings import HOUR_FORMAT
from event_assets.defs.metadata import markdown_table
from event_assets.health.contracts import name_of, sdk_of
from loaders.connection.session import Session
from loaders.queries.contract import Violation, read_violations

SHOWN: Final = 50


def violations_table(violations: Sequence[Violation]) -> dg.MarkdownMetadataValue:
    """Return violations as a table, with the first event of each kind."""
    rows = [
        (
            f"{one.archive_hour:{HOUR_FORMAT}}",
            f"{one.events:,}",
            name_of(one),
            one.path,
            one.problem,
            sdk_of(one),
            f"{one.file}:{one.line}",
        )
        for one in violations[:SHOWN]
    ]
    return dg.MetadataValue.md(
        markdown_table(("archive hour", "events", "event", "path", "problem", "library", "file:line"), rows)
    )


def hour_violations(
    session: Session, source: str, hours: Collection[datetime]
) -> dict[datetime, dg.MarkdownMetadataValue]:
    """Return the violations of each of these hours that has some."""
    found: dict[datetime, list[Violation]] = {}
    for violation in read_violations(session, source, hours):
        found.setdefault(violation.archive_hour, []).append(violation)
    return {hour: violations_table(violations) for hour, violations in found.items()}
