"""Persons in rows and quarantined lines that only the warehouse has: their hours have left the lake for their age.

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

import polars as pl

from loaders.catalog.store import read_catalog
from loaders.connection.session import Name, Session, in_utc
from loaders.ledger.loads import new_load_id, next_instant
from loaders.load.arrivals import Moves
from loaders.load.hours.hour_table import begin_hours
from loaders.load.id_hashes import forget_dropped
from loaders.load.left_out.excluded import INSTANT, replace_erased
from loaders.load.merge import delete_leaving
from loaders.load.users import TouchedUsers, UserRules, recompute_users
from loaders.load.winners import Decision, begin_removal
from loaders.rewrite.forget import Persons, note_leaving, put_hours
from loaders.rewrite.retain import Owner
from loaders.rewrite.unseen import KeptLine
from loaders.schema.introspect import read_layout


@dataclass(frozen=True)
class RowsOutsideLake:
    """Rows and quarantined lines whose archive hours are no longer in the lake."""

    owner: Owner
    persons: Persons
    hours: Collection[datetime]
    lines: Collection[KeptLine]
    values: int
    """The most values of a row of users."""
    not_users: tuple[str, ...] = ()

    @property
    def all_hours(self) -> set[datetime]:
        """The archive hours of rows and lines."""
        return {*self.hours, *(line.archive_hour for line in self.lines)}


def delete_outside_lake(session: Session, rows: RowsOutsideLake, *, now: datetime) -> set[datetime]:
    """Delete rows and quarantined lines of persons whose archive hours have left the lake, and recompute their users.

    What is deleted counts as erased from then on, not among the events and lines of its hour. Return the archive hours
    that have another copy of a deleted row: a load of them puts it back.
    """
    schema, source = rows.owner.schema, rows.owner.source
    layout = read_layout(session, schema)
    instant = next_instant(session, now)
    hours = begin_hours(session)
    decision = begin_removal(session, hours)
    note_leaving(session, schema, rows.persons, rows.hours, layout, decision.leaving)
    moves, touched = Moves.begin(session, schema, instant, hours), TouchedUsers.begin(session, schema)
    names: dict[str, Name] = {"leaving": decision.leaving}
    _count_erased(session, rows, decision)
    _delete_lines(session, source, rows.lines)
    found = session.rows("rewrite/forget/copy_hours", names, schema=schema, source=source)
    delete_leaving(moves, touched, decision, layout)
    rules = UserRules(read_catalog(session, schema, layout), values=rows.values, not_users=rows.not_users)
    recompute_users(touched, layout, rules, uuid_ts=instant)
    moves.record(new_load_id(instant), source=source, archive_hour=max(rows.all_hours))
    forget_dropped(session, schema, layout, decision.leaving)
    return {in_utc(row.archive_hour) for row in found}


def _count_erased(session: Session, rows: RowsOutsideLake, decision: Decision) -> None:
    """Move what leaves from the counts of its hours' newest loads to those of erased events and lines."""
    source, lines = rows.owner.source, Counter(line.archive_hour for line in rows.lines)
    leaving = session.rows("rewrite/forget/leaving_counts", {"leaving": decision.leaving})
    events = {in_utc(row.archive_hour): (int(row.events), int(row.late)) for row in leaving}
    hours = sorted(events.keys() | lines.keys())
    if not hours:
        return
    counts = [(hour, *events.get(hour, (0, 0)), lines[hour]) for hour in hours]
    schema = {"archive_hour": INSTANT, **dict.fromkeys(("events", "late", "lines"), pl.Int64())}
    names: dict[str, Name] = {"erased": session.put(pl.DataFrame(counts, schema=schema, orient="row"))}
    session.run("rewrite/forget/uncount", names, source=source)
    rows_of_hours = session.rows("queries/erasures/erased_hours", source=source)
    known = {in_utc(row.archive_hour): int(row.events) for row in rows_of_hours}
    total = {hour: known.get(hour, 0) + found + quarantined for hour, found, _, quarantined in counts}
    replace_erased(session, source, put_hours(session, hours), total)


def _delete_lines(session: Session, source: str, lines: Collection[KeptLine]) -> None:
    if lines:
        schema = {"archive_hour": INSTANT, "file": pl.String(), "line": pl.Int64(), "byte_offset": pl.Int64()}
        names: dict[str, Name] = {"lines": session.put(pl.DataFrame([asdict(line) for line in lines], schema=schema))}
        session.run("rewrite/forget/delete_lines", names, source=source)
