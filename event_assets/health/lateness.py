"""What came late, for `tideline status`: hours the last loads changed, how late rows come, what is still to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from event_assets.config.source import Source
from event_assets.discovery.survey import Question, Row, ask
from loaders.connection.session import Session

LOADS: Final = 24
"""Loads whose changes are told: a day's."""
SHOWN_UNSETTLED: Final = 5


@dataclass(frozen=True)
class LateRows:
    """What the views of `tideline` say of a source; empty where no load has made them yet."""

    changed: tuple[Row, ...] = ()
    """Event hours before their archive hour that the last loads changed, oldest first."""
    arrived: Mapping[int, float] = field(default_factory=dict)
    """Hours after the start of an event hour -> share of its rows that had arrived."""
    unsettled: tuple[Row, ...] = ()
    """Recent event hours, the least settled first."""


def late_rows(session: Session, source: Source) -> LateRows:
    """Ask the views; an older warehouse gets them with its next load."""
    standing = {row["table_name"] for row in ask(session, Question("ledger/tideline_names", {}))}
    if not standing >= {"lateness", "event_hours"}:
        return LateRows()
    place = {"source": source.name, "schema": source.schema}
    return LateRows(
        changed=tuple(ask(session, Question("queries/status/changed_hours", place | {"loads": LOADS}))),
        arrived={row["delay_hours"]: row["share"] for row in ask(session, Question("queries/status/lateness", place))},
        unsettled=tuple(ask(session, Question("queries/status/unsettled_hours", place | {"shown": SHOWN_UNSETTLED}))),
    )
