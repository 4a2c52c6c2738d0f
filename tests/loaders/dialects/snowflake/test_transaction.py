"""A transaction begins with the first change of rows; after that no statement may commit it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pytest
import sqlalchemy as sa

from loaders.connection.session import Session
from loaders.interface.errors import Terminal
from loaders.load.load import load_hour
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files

pytestmark = pytest.mark.slow

COMMITTING = re.compile(r"\s*(CREATE|ALTER|DROP|COMMENT|TRUNCATE)\b", re.IGNORECASE)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the server in the block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def run(session: Session, text: str) -> int:
    return session.dialect.run(session.connection, text, {})


def prepare(session: Session) -> None:
    run(session, "CREATE SCHEMA shop")
    run(session, "CREATE TABLE shop.items (id TEXT, n BIGINT)")


def test_no_statement_of_a_load_commits_it_halfway(house: Files) -> None:
    lake = MemoryLake()
    hours = [
        lake.put(0, [event("a", properties={"n": 1}), event("p", type="identify", traits={"plan": "pro"})]),
        lake.put(0, [event("a", properties={"n": 2, "more": "x"}), event("b", name="Other")]),
    ]
    for hour in hours:
        with statements() as sent:
            load_hour(house.warehouse, hour, reload=True)
        begins = [number for number, statement in enumerate(sent) if statement == "BEGIN"]
        ends = [number for number, statement in enumerate(sent) if statement == "COMMIT"]
        assert begins
        assert len(begins) == len(ends)
        inside = [sent[number] for begin, end in zip(begins, ends, strict=True) for number in range(begin + 1, end)]
        assert [statement for statement in inside if COMMITTING.match(statement)] == []
        last = sent[begins[-1] : ends[-1]]
        assert [s for s in last if "TIDELINE" in s and '"LOADS"' in s and s.startswith("INSERT")]


def test_a_change_of_a_table_after_a_change_of_rows_is_refused_and_nothing_is_changed(house: Files) -> None:
    with house.warehouse.writing() as session:
        prepare(session)
        with pytest.raises(Terminal, match="would commit the open"), session.transaction():  # noqa: PT012
            run(session, "INSERT INTO shop.items (id, n) VALUES ('a', 1)")
            run(session, "ALTER TABLE shop.items ADD COLUMN m TEXT")
        assert [tuple(row) for row in session.dialect.query(session.connection, "SELECT id FROM shop.items", {})] == []


def test_rows_of_relations_that_come_after_begin_keep_their_types_and_values(house: Files) -> None:
    frame = pl.DataFrame(
        {
            "id": ["a", 'it\'s \\ "q" \u2028', None],
            "n": [2**63 - 1, -(2**63), None],
            "f": [0.1, -0.0, None],
            "yes": [True, False, None],
            "seen": pl.Series(["2026-01-31T01:02:03.000004", "1969-12-31T23:59:59.999999", None]).str.to_datetime(
                time_unit="us", time_zone="UTC"
            ),
            "day": pl.Series(["2026-01-31", "0001-01-01", None]).str.to_date(),
        }
    )
    with house.warehouse.writing() as session:
        prepare(session)
        with session.transaction():
            run(session, "INSERT INTO shop.items (id, n) VALUES ('a', 1)")
            rows = session.put(frame)
            run(
                session, f"CREATE TEMPORARY TABLE later AS SELECT p.id, p.n, p.f, p.yes, p.seen, p.day FROM {rows} AS p"
            )
            run(session, "CREATE TEMPORARY TABLE more (id TEXT, n BIGINT)")
            assert run(session, "INSERT INTO more (id, n) SELECT id, n FROM later") == 3
            read = session.dialect.query(session.connection, "SELECT id, n, f, yes, seen, day FROM later", {}).all()
            more = session.dialect.query(session.connection, "SELECT id, n FROM more", {}).all()
    key = str
    assert sorted((tuple(row) for row in read), key=key) == sorted(frame.rows(), key=key)
    assert sorted(map(tuple, more), key=key) == sorted(frame.select("id", "n").rows(), key=key)


def test_a_rollback_forgets_what_came_with_it(house: Files) -> None:
    with house.warehouse.writing() as session:
        prepare(session)
        with session.transaction() as transaction:
            run(session, "CREATE TEMPORARY TABLE items (id TEXT)")
            run(session, "INSERT INTO shop.items (id, n) VALUES ('a', 1)")
            session.put(pl.DataFrame({"id": ["x"]}))
            transaction.rollback()
        with session.transaction():
            run(session, "CREATE TEMPORARY TABLE items (id TEXT)")
            assert session.dialect.query(session.connection, "SELECT id FROM items", {}).all() == []
        assert session.dialect.query(session.connection, "SELECT id FROM shop.items", {}).all() == []
