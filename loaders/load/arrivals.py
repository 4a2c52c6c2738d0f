"""The rows that a transaction writes and removes, counted per table and event hour for `tideline.arrivals`.

Owns `load_written` and `load_removed`, and while rows enter `load_entering` and `load_returning`.

Covered by tests/loaders/load/test_winners.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from loaders.connection.session import Name, Quoted, Session
from loaders.interface.errors import Terminal
from loaders.load.winners import Decision, StagedRelation
from loaders.transform.names import events_of


@dataclass(frozen=True)
class Moves:
    """The rows of one schema that this transaction moves, each counted before its DELETE or INSERT."""

    session: Session
    schema: str
    uuid_ts: datetime
    """Of the rows that are written."""
    hours: str
    """The table of the hours of the load: each counts what it removes and writes, and the first one all else."""

    @classmethod
    def begin(cls, session: Session, schema: str, uuid_ts: datetime, hours: str) -> Moves:
        """Begin to count, once per connection."""
        session.run("load/arrivals/create_removed")
        session.run("load/arrivals/create_written")
        return cls(session, schema, uuid_ts, hours)

    def count_removed(self, table: str, event_type: str, decision: Decision) -> None:
        """Count the leaving rows of one table, before they are deleted."""
        names: dict[str, Name] = {"table": (self.schema, table), "leaving": decision.leaving}
        self.session.run("load/arrivals/count_removed", names, name=table, type=event_type)

    def count_lost(self, table: str, tracks: str, decision: Decision) -> None:
        """Count the leaving rows of an event table that are gone from it, by hand, before the others are deleted."""
        names: dict[str, Name] = {
            "table": (self.schema, table), "tracks": (self.schema, tracks), "leaving": decision.leaving,
        }  # fmt: skip
        events = list(events_of(table))
        self.session.run("load/arrivals/count_lost", names, name=table, schema=self.schema, events=events)

    def count_dropped(self, table: str) -> None:
        """Count all rows of a table as removed, before it is dropped."""
        self.session.run("load/arrivals/remove_table", {"table": (self.schema, table)}, name=table)

    def count_rebuilt(self, table: str, staged: Quoted, rebuilt: str) -> None:
        """Count rows of one table that staged rows replace: `rebuilt` is the table of those rows."""
        names: dict[str, Name] = {"staged": staged, "rebuilt": rebuilt}
        self.session.run("load/arrivals/remove_rebuilt", names)
        self.session.run("load/arrivals/count_rebuilt", names, name=table)

    def count_outdated(self, table: str, names: Mapping[str, Name]) -> None:
        """Count the rows of a table whose `event` is brought up to date, before it is: each replaces itself."""
        self.session.run("load/arrivals/remove_outdated", names, name=table)
        self.session.run("load/arrivals/count_outdated", names, name=table)

    def count_entering(
        self, staged_rows: Iterable[StagedRelation], restored: Collection[StagedRelation], decision: Decision
    ) -> None:
        """Count the staged rows that enter each table, and the `restored` copies, once all leaving rows are counted.

        An event's own table has the ids of its tracks, so only rows of home tables are read.
        """
        self.session.run("load/arrivals/create_entering")
        self.session.run("load/arrivals/create_returning")
        leaving, losing = decision.leaving_types(self.session), decision.losing_types(self.session)
        tables: set[tuple[str, str | None, str]] = set()
        for rows in (*staged_rows, *restored):
            table = rows.table
            if table.home:
                counted = "note_entering" if table.type in losing else "note_all_entering"
                counted = "note_restored" if rows in restored else counted
                self._note_entering(counted, rows, decision, returning=table.type in leaving)
                tables.add((table.type, None, table.name))
            else:
                tables.update((table.type, event, table.name) for event in events_of(table.name))
        if tables:
            frame = pl.DataFrame(sorted(tables, key=str), schema=["type", "event", "table_name"], orient="row")
            names = {"tables": self.session.put(frame.cast(pl.String))}
            self.session.run("load/arrivals/count_written", names)
            self.session.run("load/arrivals/count_replaced", names)

    def check_entered(self, inserted: Mapping[str, int]) -> None:
        """Raise Terminal if a table has taken fewer rows than were to enter: a trigger or a rule may drop them."""
        for table, written in self.session.rows("load/arrivals/written"):
            if inserted.get(table, 0) != written:
                raise Terminal(
                    f"{self.schema}.{table} took {inserted.get(table, 0)} of {written} rows: a trigger or a rule on it "
                    "drops the others; nothing was changed, take it off the table and load again"
                )

    def _note_entering(self, counted: str, rows: StagedRelation, decision: Decision, *, returning: bool) -> None:
        event = self.session.quote("event") if rows.table.type == "track" else Quoted("NULL")
        names: dict[str, Name] = {
            "staged": rows.keys, "event": event, "losing": decision.losing, "leaving": decision.leaving,
        }  # fmt: skip
        self.session.run(f"load/arrivals/{counted}", names, type=rows.table.type)
        if returning:
            self.session.run("load/arrivals/note_returning", names, type=rows.table.type)

    def record(self, load_id: str, *, source: str, archive_hour: datetime) -> None:
        """Write what was counted into `tideline.arrivals`; what no hour has done is that load's, and of that hour."""
        values = {"load_id": load_id, "source": source, "archive_hour": archive_hour, "schema": self.schema}
        self.session.run("load/arrivals/insert", {"hours": self.hours}, **values)
