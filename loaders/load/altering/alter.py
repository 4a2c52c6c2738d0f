"""Tables changed to fit the rows of a load, before the first DELETE, and the rows that are rebuilt for it.

Covered by tests/loaders/schema/test_evolve.py.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from loaders.connection.session import Session
from loaders.load.prepare import PreparedLoad
from loaders.load.rebuild import MarkedRows, mark_rows, refuse_retired, stage_marked
from loaders.load.state import WarehouseState
from loaders.schema.comments import describe, describe_again
from loaders.schema.evolve import Change, NewType, apply_changes, plan_changes
from loaders.schema.refusals import translating_refusal
from loaders.staging.staged import StagedTable


@dataclass(frozen=True)
class Altered:
    """The changes of the tables themselves, and the rows that are rebuilt for them."""

    changes: list[Change]
    marked: MarkedRows
    rebuilt_copies: tuple[StagedTable, ...]


def change_tables(
    session: Session, state: WarehouseState, prepared: PreparedLoad, restored_copies: tuple[StagedTable, ...]
) -> Altered:
    """Make the tables fit the rows of this load and restored copies; stage the rows that a changed type rebuilds."""
    context, schema, staged = prepared.context, prepared.context.schema, prepared.staged
    # A refusal ends the load before rows are read from the lake for nothing. Rows are marked before the change, by the
    # old values: a changed type casts them or makes them NULL. Rebuilt rows may need columns of their own, so changes
    # are planned again with them.
    changes = plan_changes(session, state.layout, staged, restored_copies)
    refuse_retired(session, context.lead, changes)
    marked = mark_rows(session, schema, changes, state.catalog)
    rebuilt_copies: tuple[StagedTable, ...] = ()
    if marked.count:
        rebuilt_copies = stage_marked(session, context, staged.catalog, marked)
        changes = plan_changes(session, state.layout, staged, (*restored_copies, *rebuilt_copies))
    for change in changes:
        with _refused(session, change) if isinstance(change, NewType) else nullcontext():
            apply_changes(session, schema, [change])
    describe(session, schema, changes, staged.catalog)
    describe_again(session, schema, state.catalog, staged.catalog, state.layout)
    return Altered(changes, marked, rebuilt_copies)


def _refused(session: Session, change: NewType) -> AbstractContextManager[None]:
    """Name the column that cannot have its type because of an index, a check or the like that somebody has made."""
    outcome = f"{change.table}.{change.column} cannot become {change.type}, nothing was loaded"
    return translating_refusal(session, outcome, "drop what needs the column, load again, and create it again")
