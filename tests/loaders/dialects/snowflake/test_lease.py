"""The merge lock: one load of a schema at a time, and who has lost it changes nothing."""

from __future__ import annotations

import pytest

from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Busy, Transient
from tests.loaders.tables import Files

pytestmark = pytest.mark.slow


def test_another_load_waits_and_gives_up(house: Files) -> None:
    other = Warehouse.open(house.url, wait=1)
    with house.warehouse.writing() as session, house.warehouse.merge_lock(session, "events"):
        with (
            pytest.raises(Busy, match="another load of schema 'events' is merging; waited 1 s"),
            other.loading("events"),
        ):
            pass
        with other.loading("elsewhere"):
            pass
    with other.loading("events"):
        pass


def test_a_lease_that_is_over_can_be_taken_and_who_had_it_changes_nothing(house: Files) -> None:
    with house.warehouse.writing() as session, house.warehouse.merge_lock(session, "events"):
        session.dialect.run(session.connection, "CREATE SCHEMA shop", {})
        session.dialect.run(session.connection, "CREATE TABLE shop.items (id TEXT)", {})
        house.execute("UPDATE tideline.merge_lock_events SET until = CAST('2026-01-01' AS TIMESTAMP WITH TIME ZONE)")
        with house.warehouse.loading("events") as later:
            later.dialect.run(later.connection, "INSERT INTO shop.items (id) VALUES ('later')", {})
            with pytest.raises(Transient), session.transaction():
                session.dialect.run(session.connection, "INSERT INTO shop.items (id) VALUES ('lost')", {})
    assert house.query("SELECT id FROM shop.items") == [{"id": "later"}]


def test_a_lease_is_checked_right_after_begin(house: Files) -> None:
    with house.warehouse.writing() as session, house.warehouse.merge_lock(session, "events"):
        session.dialect.run(session.connection, "CREATE SCHEMA shop", {})
        session.dialect.run(session.connection, "CREATE TABLE shop.items (id TEXT)", {})
        house.execute("UPDATE tideline.merge_lock_events SET holder = 'somebody'")
        with pytest.raises(Transient, match="has taken the merge lock"), session.transaction():
            session.dialect.run(session.connection, "INSERT INTO shop.items (id) VALUES ('lost')", {})
    assert house.query("SELECT id FROM shop.items") == []
