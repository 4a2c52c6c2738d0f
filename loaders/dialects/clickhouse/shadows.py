"""Changes of many tables as one load makes them, in an engine that commits each statement (contract §8).

A transaction changes no stored table. The first statement that changes one makes a shadow of it in the scratch database
of the session: a clone, which shares the files of the table and costs by their number, not by its rows. All further
statements of the transaction read and write the shadow. So the rows, and the decision which one wins, are stored before
anything is visible. To commit,

1. an intent is written to `tideline.journal`, a row per table, in one atomic insert;
2. each table is exchanged with its shadow, which is atomic, `tideline.loads` last;
3. the intent is deleted.

A process that is killed before 1 has changed nothing, but that a new schema may be there, empty. After 1, whoever
writes next finishes the intent before anything else (`finish_intent`). A step is repeatable: the id of a table tells
whether it is the shadow already.

Covered by tests/loaders/dialects/clickhouse/test_shadows.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from loaders.dialects.clickhouse.scratch import Scratch, query, run, scratch_of
from loaders.dialects.clickhouse.statements import Relation
from loaders.interface.errors import Transient

_KEY: Final = "tideline transaction"
_LAST: Final = ("tideline", "loads")
_NO_ID: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class TableState:
    """What tells whether somebody else has written to a table meanwhile."""

    id: str
    rows: int


@dataclass(frozen=True)
class Shadow:
    """The place of a table in a transaction; None for `place` if the transaction has dropped it."""

    place: Relation | None
    before: TableState | None
    """The stored table; None if there was none."""


@dataclass
class Transaction:
    """The shadows of one transaction."""

    scratch: Scratch
    shadows: dict[Relation, Shadow] = field(default_factory=dict)
    databases: set[str] = field(default_factory=set)
    """Those that the transaction has created, which are stored at once."""
    temporary: frozenset[str] = frozenset()
    """The temporary tables of the session when the transaction began."""
    over: bool = False

    def rollback(self) -> None:
        """Leave the stored tables as they are, and drop the temporary ones that the transaction has created."""
        self.over = True
        self.shadows = {}
        for name in self.scratch.temporary - self.temporary:
            run(self.scratch.connection, "drop_table", table=self.scratch.table(name))
            self.scratch.temporary.discard(name)
        for database in self.databases:
            run(self.scratch.connection, "drop_database", database=database)
        self.databases = set()

    def place(self, relation: Relation) -> Relation:
        """Return where a table is read."""
        shadow = self.shadows.get(relation)
        return shadow.place if shadow is not None and shadow.place is not None else relation

    def change(self, relation: Relation) -> None:
        """Make a shadow of a table that is about to be changed, if it has none yet."""
        if relation in self.shadows:
            return
        connection = self.scratch.connection
        before = table_state(connection, relation)
        if before is None:
            return  # the statement itself says that there is no such table
        place = self.scratch.new_table()
        run(connection, "clone", shadow=place, table=relation)
        self.shadows[relation] = Shadow(place, before)

    def create(self, relation: Relation) -> None:
        """Let a table that is about to be created be a shadow; where something has its name, the statement fails."""
        known = self.shadows.get(relation)
        if known is None and table_state(self.scratch.connection, relation) is None:
            self.shadows[relation] = Shadow(self.scratch.new_table(), None)
        elif known is not None and known.place is None:
            self.shadows[relation] = Shadow(self.scratch.new_table(), known.before)

    def drop(self, relation: Relation) -> None:
        """Let a table be gone."""
        known = self.shadows.get(relation)
        before = table_state(self.scratch.connection, relation) if known is None else known.before
        self.shadows[relation] = Shadow(None, before)

    def commit(self) -> None:
        """Make all changes visible, table by table. Raise Transient if somebody else has written to one of them."""
        connection = self.scratch.connection
        for relation, shadow in self.shadows.items():
            if shadow.before != table_state(connection, relation):
                raise Transient(
                    f"{'.'.join(relation)} was changed by somebody else while a load wrote to it: nothing was loaded"
                )
        steps = sorted((_Step.of(connection, at, shadow) for at, shadow in self.shadows.items()), key=_Step.order)
        if len(steps) > 1:
            _note_intent(connection, steps)
        for step in steps:
            step.take(connection)
        if len(steps) > 1:
            run(connection, "forget_intent")


@contextmanager
def shadow_transaction(connection: Connection) -> Iterator[Transaction]:
    """Collect the changes of the block in shadows, and make them visible at its end; an error drops them."""
    scratch = scratch_of(connection)
    transaction = Transaction(scratch, temporary=frozenset(scratch.temporary))
    connection.info[_KEY] = transaction
    try:
        try:
            yield transaction
        except BaseException:
            with suppress(DBAPIError):  # the error of the block is the one to see
                transaction.rollback()
            raise
        if not transaction.over:
            transaction.commit()
    finally:
        del connection.info[_KEY]


def transaction_of(connection: Connection) -> Transaction | None:
    """Return the transaction that is open in a connection."""
    found: Transaction | None = connection.info.get(_KEY)
    return found


def finish_intent(connection: Connection) -> None:
    """Finish what a killed process had begun to make visible; the caller holds the merge lock."""
    if table_state(connection, ("tideline", "journal")) is None:
        return
    for row in query(connection, "read_intent", {}):
        shadow = (row.scratch_database, row.shadow) if row.shadow else None
        _Step((row.database, row.table), shadow, str(row.id_after)).take(connection)
    run(connection, "forget_intent")


def table_state(connection: Connection, relation: Relation) -> TableState | None:
    """Return the state of a table; None if there is none."""
    rows = query(connection, "table_state", {"database": relation[0], "name": relation[1]})
    return TableState(str(rows[0].uuid), int(rows[0].total_rows or 0)) if rows else None


@dataclass(frozen=True)
class _Step:
    """One table that is replaced by its shadow, created or dropped."""

    table: Relation
    shadow: Relation | None
    after: str
    """The id of its shadow; `_NO_ID` if the table is dropped."""

    @classmethod
    def of(cls, connection: Connection, table: Relation, shadow: Shadow) -> _Step:
        after = None if shadow.place is None else table_state(connection, shadow.place)
        return cls(table, shadow.place, after.id if after else _NO_ID)

    def order(self) -> tuple[bool, bool, Relation]:
        """Return the key by which steps are sorted: tables of events, the others of the ledger, loads."""
        return self.table == _LAST, self.table[0] == _LAST[0], self.table

    def take(self, connection: Connection) -> None:
        """Take the step; nothing is done where it was taken already."""
        now = table_state(connection, self.table)
        if (now.id if now else _NO_ID) == self.after:
            return
        if self.shadow is None:
            run(connection, "drop_table", table=self.table)
        elif now is None:
            run(connection, "rename", shadow=self.shadow, table=self.table)
        else:
            run(connection, "exchange", shadow=self.shadow, table=self.table)


def _note_intent(connection: Connection, steps: list[_Step]) -> None:
    run(connection, "create_journal")
    values = {
        "numbers": list(range(len(steps))),
        "databases": [step.table[0] for step in steps],
        "tables": [step.table[1] for step in steps],
        "scratch_databases": [step.shadow[0] if step.shadow else "" for step in steps],
        "shadows": [step.shadow[1] if step.shadow else "" for step in steps],
        "ids_after": [step.after for step in steps],
    }
    query(connection, "note_intent", values)
