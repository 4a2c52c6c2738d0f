"""Persons are erased for good: from lake, warehouse, quarantine, rollups and exports (contract §13)."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from event_assets.config.warehouse import open_warehouse
from event_assets.lake.errors import UnusableLake
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.tombstones import retire_hour
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.after_load import maintain
from event_assets.pipeline.erasure.forget import finish_erasures, forget, preview
from event_assets.pipeline.erasure.persons import link, persons_of
from event_assets.pipeline.hour import hour_of_note
from event_assets.pipeline.lake_maintenance import compact_lake
from event_assets.pipeline.load import Choice, load_plans, plan_hours
from event_assets.pipeline.recovery.repair import LakeReader
from event_assets.pipeline.rollups import recompute_sources
from loaders.interface.errors import Busy, Terminal, Transient
from loaders.load.load import load_hour
from loaders.transform.contracts.contract import Contracts, EventContract
from tests.conftest import on_both_in_time
from tests.drive import Place, load_pending, place, write_lake
from tests.pipeline.erasure.people import (
    DEVICE,
    FORMER,
    PERSONS,
    USER,
    VALUES,
    event,
    find_bytes,
    gone,
    settings_for,
    without,
    write_people,
)
from tests.postgres import Database
from tests.promises.archives import hour_number, write_archive, write_file
from tests.promises.proof import prove, prove_sums


def load_all(where: Place, *, reload: bool = False) -> None:
    """Load what is pending, as the command does."""
    settings = settings_for(where)
    finish_erasures(settings)
    load_pending(settings, Choice(reload=reload))
    list(recompute_sources(settings))
    list(maintain(settings))


def note_of(where: Place, number: int) -> HourNote:
    """The note of the n-th hour."""
    note = read_note(where.lake, where.source.name, hour_number(number))
    assert note is not None
    return note


def prove_erased(where: Place, words: tuple[str, ...] = VALUES) -> None:
    """The tables are those of the archive without the person, the sums hold, and no byte of theirs is left."""
    prove(where, without(where))
    prove_sums(settings_for(where), where.source)
    folders = [where.folder / "lake", where.folder / "export"]
    assert list(find_bytes([*folders, *(where.database.files if where.database else [where.warehouse])], words)) == []


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The archive, loaded once; tests change copies."""
    folder = tmp_path_factory.mktemp("people")
    where = place(write_people(folder / "archive"), folder / "place")
    load_all(where)
    return where


@pytest.fixture
def people(loaded: Place, tmp_path: Path) -> Place:
    """A copy of the archive with its lake, warehouse and export."""
    shutil.copytree(Path(loaded.source.archive).parent, tmp_path / "copy")
    return place(tmp_path / "copy/archive", tmp_path / "copy/place")


def check_record(people: Place) -> None:
    """`tideline.erasures` has who, why and how much, and no id."""
    with duckdb.connect(str(people.warehouse), read_only=True) as connection:
        (row,) = connection.sql(
            "SELECT erased_by, reason, persons, events, erased_rows, tables::TEXT, archive_hours::TEXT,"
            " finished_at >= started_at FROM tideline.erasures"
        ).fetchall()
    assert row[:5] == ("legal", "asked for it", 3, 0, 16)
    assert json.loads(row[5])["tracks"] == 7
    assert json.loads(row[6]) == [f"{hour_number(number):%Y-%m-%dT%H}" for number in (0, 1, 3, 4, 5, 7)]
    assert row[7]


@on_both_in_time
def test_a_person_is_erased_and_stays_away(tmp_path: Path, database: Database | None) -> None:
    people = place(write_people(tmp_path / "archive"), tmp_path / "place", database=database)
    load_all(people)
    settings = settings_for(people)
    (seen,) = preview(settings, PERSONS)
    (done,) = forget(settings, PERSONS, reason="asked for it", by="legal")
    assert (done.rows, done.hours) == (seen.rows, seen.hours)
    assert done.rows == {
        "aliases": 1, "gone_thing": 1, "identifies": 1, "order_completed": 5, "pages": 1, "tracks": 7,
    }  # fmt: skip
    check_record(people)
    prove_erased(people)
    # A late file, an hour loaded again from the archive, and a second erasure of the same person.
    write_file(Path(people.source.archive), hour_number(2), 5, [gone("p-9", 2), event("q-9", 2)])
    load_all(people)
    prove_erased(people)
    load_all(people, reload=True)
    prove_erased(people)
    assert forget(settings, PERSONS)[0].rows == {}
    prove_erased(people)


def test_no_total_of_a_day_tells_what_the_person_had(people: Place) -> None:
    write_file(Path(people.source.archive), hour_number(2), 5, [event("late", 2)])
    load_all(people)
    settings = settings_for(people)

    def totals() -> dict[str, int]:
        with open_warehouse(settings).reading() as session:
            sql = "SELECT COUNT(*), COUNT(totals_before) FROM tideline.rollup_totals"
            days, compared = session.connection.exec_driver_sql(sql).one()
        return {"days": days, "compared": compared}

    assert totals() == {"days": 3, "compared": 3}
    forget(settings, PERSONS)
    assert totals() == {"days": 3, "compared": 0}


@pytest.mark.slow
def test_packed_hours_are_packed_again_without_the_person(people: Place) -> None:
    settings = settings_for(people)
    assert list(compact_lake(settings))
    forget(settings, PERSONS)
    prove_erased(people)
    list(compact_lake(settings))
    prove_erased(people)


@pytest.mark.slow
def test_a_lake_built_from_the_archive_again_has_no_person(people: Place) -> None:
    forget(settings_for(people), PERSONS)
    people.drop_lake()
    load_all(people, reload=True)
    prove_erased(people)


@pytest.mark.slow
def test_hours_that_wait_for_their_load_are_erased_from_the_lake(people: Place) -> None:
    write_file(Path(people.source.archive), hour_number(6), 0, [gone("p-10", 6), event("q-10", 6)])
    write_lake(people, hour_number(6))
    forget(settings_for(people), PERSONS)
    assert list(find_bytes([people.folder / "lake"], VALUES)) == []
    load_all(people)
    prove_erased(people)


def test_events_that_a_contract_keeps_out_of_the_tables_are_erased_from_the_lake(tmp_path: Path) -> None:
    lines = [gone("p-1", 0, properties={"price": "gone-street"}), event("q-1", 0)]
    where = place(write_archive(tmp_path / "archive", {hour_number(0): [lines]}), tmp_path / "place")
    schema = {"properties": {"properties": {"properties": {"price": {"type": "number"}}}}}
    contract = EventContract("track", "Order Completed", "quarantine", schema, "order.json")
    where = replace(where, source=replace(where.source, contracts=Contracts("evolve", (contract,))))
    load_all(where)
    assert list(find_bytes([where.folder / "lake"], VALUES))
    (done,) = forget(settings_for(where), PERSONS)
    assert done.hours == (hour_number(0),)
    assert list(find_bytes([where.folder], VALUES)) == []


@pytest.mark.slow
def test_rows_of_hours_that_have_left_the_lake_are_erased(people: Place) -> None:
    settings = settings_for(people)
    for number in (4, 7):  # hour 7 has a quarantined line of theirs, and no event
        retire_hour(settings.lake, note_of(people, number), now=datetime.now(UTC))
    (done,) = forget(settings, PERSONS)
    assert {hour_number(4), hour_number(7)} < set(done.hours)
    with duckdb.connect(str(people.warehouse), read_only=True) as connection:
        left = connection.execute("SELECT count(*) FROM events.tracks WHERE _archive_hour = ?", [hour_number(4)])
        assert left.fetchone() == (0,)
        users = connection.execute("SELECT count(*) FROM events.users WHERE id = ?", [USER]).fetchone()
        lines = connection.execute("SELECT archive_hour, raw FROM tideline.quarantine").fetchall()
    assert users == (0,)
    assert [raw for _, raw in lines] == ['{"type": "track", "userId": "stays-1", ']
    prove_erased(people)
    assert list(find_bytes([people.folder], VALUES)) == []


@pytest.mark.slow
def test_a_load_that_was_read_before_the_erasure_changes_nothing(people: Place) -> None:
    settings = settings_for(people)
    hour = hour_of_note(LakeReader(settings, people.source), note_of(people, 4))
    frames = list(hour.events())
    forget(settings, PERSONS)
    with pytest.raises(Busy, match="read before persons were erased"):
        load_hour(open_warehouse(settings), replace(hour, events=lambda _=None: frames), reload=True)
    prove_erased(people)


def test_the_key_must_be_there_and_the_same(people: Place) -> None:
    settings = settings_for(people)
    for key, words in ((None, "is not set"), ("short", "too short")):
        with pytest.raises(UnusableLake, match=words):
            forget(replace(settings, erasure_key=key), PERSONS)
    forget(settings, PERSONS)
    other = replace(settings, erasure_key="another key, as long as that")
    with pytest.raises(UnusableLake, match="not the key that persons were erased with"):
        forget(other, PERSONS)
    write_file(Path(people.source.archive), hour_number(2), 5, [gone("p-9", 2)])
    for wrong in (other, replace(settings, erasure_key=None)):
        with pytest.raises(UnusableLake, match="TIDELINE_ERASURE_KEY"):
            list(load_plans(wrong, plan_hours(wrong, Choice()), Choice(), lambda *_: None))


@pytest.mark.slow
def test_one_event_is_erased_by_its_id(people: Place) -> None:
    persons = persons_of(events=["q-1"])
    (done,) = forget(settings_for(people), persons)
    assert done.rows == {"order_completed": 1, "tracks": 1}
    prove(people, without(people, persons))


def test_linked_ids_are_found_by_identifies_and_aliases(people: Place) -> None:
    settings = settings_for(people)
    assert link(settings, persons_of(users=[USER])).persons == {USER, DEVICE}
    assert link(settings, persons_of(anonymous=[DEVICE])).persons == {USER, DEVICE}
    assert link(settings, persons_of(users=["stays-2"])).persons == {"stays-2", FORMER}
    assert link(settings, persons_of(users=["nobody"])).persons == {"nobody"}


@pytest.mark.slow
def test_a_person_who_is_written_meanwhile_is_found_at_the_end(people: Place) -> None:
    """The tables are searched again for what was written since: here a row of an hour that was without the person."""
    settings, calls = settings_for(people), list[datetime]()

    def now() -> datetime:
        calls.append(datetime.now(UTC))
        if len(calls) == 3:  # when the first hour is written again in the lake: the warehouse is not open
            people.execute(
                f"INSERT INTO events.tracks BY NAME SELECT * REPLACE ('again' AS id, '{USER}' AS user_id,"
                f" TIMESTAMPTZ '{hour_number(2).isoformat()}' AS _archive_hour,"
                f" TIMESTAMPTZ '{calls[-1].isoformat()}' AS uuid_ts) FROM events.tracks LIMIT 1"
            )
        return calls[-1]

    with pytest.raises(Transient, match="1 archive hour of 'default' with erased persons again"):
        forget(settings, PERSONS, now=now)
    (done,) = forget(settings, PERSONS)
    assert done.hours == (hour_number(2),)
    assert list(find_bytes([people.folder / "lake", people.warehouse], VALUES)) == []


@pytest.mark.slow
def test_a_table_that_no_rollup_has_made_is_left_alone_and_ends_an_erasure_with_what_to_do(
    people: Place, tmp_path: Path
) -> None:
    """It may be a rollup's whose records are lost, with erased persons in it: nothing tells."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.sql").write_text(
        'SELECT event_date AS date, COUNT(*) AS n FROM tracks WHERE "timestamp" >= :start AND "timestamp" < :end '
        "GROUP BY event_date"
    )
    people.execute("CREATE TABLE rollups.mine AS SELECT 1 AS precious")
    settings = replace(settings_for(people), rollups=own)
    with pytest.raises(Terminal, match=r"not from a rollup .*rollups\.mine is not computed.*Rename the file"):
        forget(settings, PERSONS)
    (own / "mine.sql").rename(own / "other.sql")
    (done,) = finish_erasures(settings)
    assert done.done
    assert finish_erasures(settings) == []
    with duckdb.connect(str(people.warehouse), read_only=True) as connection:
        assert connection.execute("SELECT * FROM rollups.mine").fetchall() == [(1,)]
    assert list(find_bytes([people.folder / "lake", people.warehouse], VALUES)) == []
