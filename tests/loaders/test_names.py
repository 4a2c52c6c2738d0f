"""Hostile names are only names: identifiers are quoted, values are bound (contract §11)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyarrow as pa
import pytest

from loaders.load import merge
from loaders.load import winners as contest
from loaders.load.arrivals import Moves
from loaders.load.hours.hour_table import begin_hours
from loaders.load.load import load_hour
from loaders.schema import evolve
from loaders.staging.staged import Staged, StagedTable
from loaders.transform.catalog import Catalog
from loaders.transform.convert_columns import ARROW_TYPES
from loaders.transform.names import RESERVED
from loaders.transform.standard_columns import OURS, standard_columns
from loaders.transform.table_rows import RECEIVED_SENT
from tests.conftest import SHARED
from tests.loaders.lake import MIDNIGHT, MemoryLake, event, hour_at
from tests.loaders.tables import Files, check_sums

HOSTILE: Final = (
    '"; DROP TABLE events.tracks; --', "'; DROP SCHEMA tideline CASCADE; --", ":name", "::type", "\\:id", "a%b%%c%s",
    "{table}", "{0}", "a.b", "`x`", "[y]", "$1", "?", "--", "/* */", "\n", " ", "ü", "\U0001f600", "select", "SELECT",
)  # fmt: skip


SYSTEM_COLUMNS: Final = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}


def reserved() -> list[str]:
    if SHARED is None:
        return sorted(RESERVED)
    return sorted({*(SHARED / "cases" / "reserved.txt").read_text().split(), *RESERVED})


def staged_by_hand(folder: Path, name: str, columns: list[str]) -> StagedTable:
    """One row of a table with these columns, each holding its own name."""
    kinds = {**standard_columns("track"), **dict.fromkeys(columns, "string")}
    kinds |= {column: kind for column, kind in OURS.items() if column != "uuid_ts"}
    row: dict[str, object] = dict.fromkeys([*kinds, RECEIVED_SENT])
    row |= {column: column for column in columns} | {"id": name, "timestamp": MIDNIGHT, "received_at": MIDNIGHT}
    row |= {"_archive_hour": hour_at(0), "_fingerprint": 1, "event_date": MIDNIGHT.date()}
    types = {**kinds, RECEIVED_SENT: "datetime"}
    schema = pa.schema([(column, ARROW_TYPES[kind]) for column, kind in types.items()])  # type: ignore[index]
    file = folder / f"{abs(hash(name))}.arrow"
    with pa.OSFile(str(file), "wb") as out, pa.ipc.new_file(out, schema) as writer:
        writer.write_table(pa.Table.from_pylist([row], schema=schema))
    return StagedTable(name, "track", False, kinds, (file,), 1)


@pytest.mark.parametrize("names", [HOSTILE, reserved()], ids=["hostile", "reserved"])
def test_any_name_can_be_a_table_and_a_column(files: Files, tmp_path: Path, names: tuple[str, ...]) -> None:
    columns = [name for name in names if name != "SELECT"]  # in DuckDB that is the same name as "select"
    if files.database:  # its own columns, of which the function of names makes other ones
        columns = [name for name in columns if name not in SYSTEM_COLUMNS]
    tables = tuple(staged_by_hand(tmp_path, name, columns) for name in columns)
    staged = Staged(tables, Catalog(), {}, ())
    load_hour(files.warehouse, MemoryLake().put(0, [event()]))
    with files.warehouse.loading("events") as session:
        changes = evolve.plan_changes(session, {}, staged, ())
        evolve.apply_changes(session, "events", changes)
        hours = begin_hours(session)
        decision = contest.decide(session, contest.begin_contest(session, hours))
        moves = Moves.begin(session, "events", MIDNIGHT, hours)
        merge.insert_entering(moves, decision, contest.make_readable(session, tables), ())
        for table in columns:
            query = f"SELECT {session.columns(columns)} FROM {session.quote(('events', table))}"
            assert list(session.dialect.query(session.connection, query, {}).one()) == columns
    assert files.ids("tracks") == ["a"]


def test_no_event_brings_a_name_that_postgresql_has_for_itself(files: Files) -> None:
    events = [event(name, name=name, properties={name: 1}) for name in sorted(SYSTEM_COLUMNS)]
    load_hour(files.warehouse, MemoryLake().put(0, events))
    check_sums(files)
    for column in SYSTEM_COLUMNS:
        assert files.query(f"SELECT id, _{column} FROM events._{column}") == [{"id": column, f"_{column}": 1}]


def test_any_name_can_be_a_schema(files: Files) -> None:
    names = [name for name in HOSTILE if name != "SELECT"]
    for schema in names[::4] if files.database else names:
        lake = MemoryLake(schema=schema, source=schema)
        load_hour(files.warehouse, lake.put(0, [event("a", properties={"n": 1}), event("i", type="identify")]))
        quoted = '"' + schema.replace('"', '""') + '"'
        assert files.query(f"SELECT event FROM {quoted}.tracks") == [{"event": "order"}]
        assert len(files.query(f"SELECT id FROM {quoted}.users")) == 1
    assert set(files.table_names("tideline")) >= {"loads", "arrivals", "copies", "columns"}


def test_hostile_events_and_values_arrive_as_they_are(files: Files) -> None:
    lake = MemoryLake()
    events = [
        event(text, name=text, user_id=text, at=n, properties={text: text, "v": text})
        for n, text in enumerate(dict.fromkeys([*HOSTILE, *reserved()]))
        if text.strip()
    ]
    load_hour(files.warehouse, lake.put(0, events))
    load_hour(files.warehouse, lake.put(1, [made | {"received": 9} for made in events]))
    check_sums(files)
    assert files.ids("tracks") == sorted(made["id"] for made in events)
    texts = files.query("SELECT event_text FROM events.tracks ORDER BY id")
    assert [row["event_text"] for row in texts] == files.ids("tracks")
    assert {"_select", "_user", "_order"} <= set(files.table_names())
