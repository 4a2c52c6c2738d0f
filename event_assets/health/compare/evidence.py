"""What the warehouse knows beside two rows: copies of ids, and the identifies of a user in the order they arrived.

Covered by tests/compare/test_rules_of_vendors.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from event_assets.config.source import Source
from event_assets.health.compare.configured.masked import MaskedColumns
from event_assets.health.compare.pairing import Columns, PairedTable
from event_assets.lake.erasure.suppression import NOBODY, Suppression
from loaders.connection.session import Session
from loaders.queries.compare.columns import Typed
from loaders.queries.compare.rows import Side, Values, lost_copies, present_ids, read_by_user, read_table_rows
from loaders.queries.ledger import has_ledger_table
from loaders.queries.loads import hour_counts
from loaders.queries.tables import excluded_events
from loaders.transform.names import event_name
from loaders.transform.standard_columns import HOME_TABLES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Newest = Mapping[str, Sequence[Any]]
"""Column -> its newest value; several where they arrived together."""


@dataclass(frozen=True)
class ComparedSchemas:
    """Both schemas, and what the configuration and the erasures of our source explain."""

    source: Source
    there: str
    here_tables: Mapping[str, Columns]
    there_tables: Mapping[str, Columns]
    identifies: PairedTable | None = None
    """The identifies of both sides, which `users` are made of; None where a side has none."""
    erased: Suppression = NOBODY
    """The erased persons, as far as the ledger and the key tell them."""
    identify_columns: dict[tuple[Side, str], str] = field(default_factory=dict)
    """The rules of columns that only one side's identifies have, by side and name."""


@dataclass
class CompareEvidence:
    """The two schemas and the ledger, asked as needed."""

    session: Session
    schemas: ComparedSchemas
    masks: MaskedColumns
    used: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Rows by table and archive hour (in microseconds) that a duplicate of the hour has explained."""

    def schema(self, side: Side) -> str:
        """Return the schema of a side."""
        return self.schemas.source.schema if side == "here" else self.schemas.there

    def tables(self, side: Side) -> Mapping[str, Columns]:
        """Return the tables of a side, with their columns."""
        return self.schemas.here_tables if side == "here" else self.schemas.there_tables

    def copied(self, ids: Sequence[str]) -> set[str]:
        """Return which of some ids came in several archive hours."""
        if not ids or not has_ledger_table(self.session, "copies"):
            return set()
        return lost_copies(self.session, self.schema("here"), ids)

    def take_duplicate(self, table: str, hour: int) -> bool:
        """Return whether an archive hour has one more duplicate, which explains a row of a table."""
        if self.used[table, hour] >= self._duplicates.get(hour, 0):
            return False
        self.used[table, hour] += 1
        return True

    def elsewhere(self, table: str, ids: Sequence[str]) -> set[str]:
        """Return which of some ids another home table there has: as an event of another type."""
        own = table if table in HOME_TABLES.values() else HOME_TABLES["track"]
        return self.anywhere(ids, without=own)

    def anywhere(self, ids: Sequence[str], *, without: str = "") -> set[str]:
        """Return which of some ids a home table there has, but for one of the tables."""
        found: set[str] = set()
        for table in HOME_TABLES.values():
            columns = self.tables("there").get(table, {})
            if table != without and "id" in columns and ids:
                found |= present_ids(self.session, (self.schema("there"), table), Typed("id", columns["id"]), ids)
        return found

    def renamed(self, ids: Sequence[str]) -> set[str]:
        """Return which of some ids have another event name in `tracks` there: what differs is reported there."""
        names = ("id", "event")
        tracks = self.tables("there").get("tracks", {})
        sides = ((self.schema("here"), dict.fromkeys(names, "text")), (self.schema("there"), tracks))
        if not ids or any(name not in columns for _, columns in sides for name in names):
            return set()
        mine, theirs = (
            read_table_rows(
                self.session, (schema, "tracks"), Typed("id", columns["id"]), [Typed("event", columns["event"])], ids
            )
            for schema, columns in sides
        )
        return {
            id
            for id in mine.keys() & theirs.keys()
            if all(one["event"] != event_name(other["event"] or "") for one in mine[id] for other in theirs[id])
        }

    def by_arrival(self, users: Sequence[str], columns: Sequence[Typed]) -> dict[str, Newest]:
        """Return per user the newest value of each column by arrival, as a loader keeps it that never looks back."""
        known = self.tables("there").get("identifies", {})
        if not {"user_id", "received_at"} <= known.keys() or not users:
            return {}
        names = dict.fromkeys(("received_at", *(column.name for column in columns)))
        wanted = [Typed(name, known[name]) for name in names if name in known]
        user, clock = Typed("user_id", known["user_id"]), Typed("received_at", known["received_at"])
        rows = read_by_user(self.session, (self.schema("there"), "identifies"), user, clock, wanted, users)
        return {id: _newest(found) for id, found in rows.items()}

    @cached_property
    def left_out(self) -> set[str]:
        """The names of tracks that the settings of the source leave out."""
        excluded = excluded_events(self.session, self.schemas.source.name)
        return {one.event for one in excluded if one.type == "track" and one.event}

    @cached_property
    def _duplicates(self) -> dict[int, int]:
        if not has_ledger_table(self.session, "loads"):
            return {}
        counts = hour_counts(self.session, self.schemas.source.name, start=EPOCH, end=datetime(9999, 1, 1, tzinfo=UTC))
        return {(one.archive_hour - EPOCH) // timedelta(microseconds=1): one.duplicates for one in counts}


def _newest(rows: Sequence[Values]) -> Newest:
    """Return the newest values of rows in the order of their arrival."""
    newest: dict[str, tuple[object, list[Any]]] = {}
    for row in rows:
        arrived = row["received_at"]
        for name, value in row.items():
            if value is None:
                continue
            known = newest.get(name)
            if known is not None and known[0] == arrived:
                known[1].append(value)
            else:
                newest[name] = arrived, [value]
    return {name: values for name, (_, values) in newest.items()}
