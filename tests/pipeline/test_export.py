"""Exported files are the warehouse, value by value, and only days that loads touched are written again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from event_assets.config.settings import SettingsError
from event_assets.demo.generate import generate
from event_assets.lake.store import Lake
from event_assets.pipeline.export import NOTE, SCHEMA_FILE, Exported, export_tables
from event_assets.pipeline.load import Choice, load_plans, plan_hours
from tests.cli.test_app import document, tideline
from tests.conftest import ROOT, on_both_in_time
from tests.defs.build import hour, settings_of, track, write_config, write_file, write_hours
from tests.drive import Place, load_archive, place
from tests.independent.tables import quoted
from tests.postgres import Server
from tests.promises.archives import condense


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, server: Server | None) -> Place:
    """A dirty archive of a day, loaded."""
    folder = tmp_path_factory.mktemp("export")
    generate(folder / "demo", events=300, days=1)
    archive = condense(folder / "demo", folder / "archive", hours=24)
    where = place(archive, folder / "out", database=server.new_database() if server else None)
    load_archive(where)
    return where


def differences(where: Place, files: Path) -> list[str]:
    """Rows and columns of tables that are not those of their files."""
    found = []
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = [name for (name,) in connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'events'").fetchall()]  # fmt: skip
        assert sorted(tables) == sorted(path.name for path in (files / "events").iterdir())
        for table in tables:
            relation = f"events.{quoted(table)}"
            names = [name for name, *_ in connection.execute(f"DESCRIBE {relation}").fetchall()]
            columns = ", ".join(map(quoted, names))
            exported = (
                f"(SELECT {columns} FROM read_parquet('{files}/events/{table}/**/*.parquet', union_by_name = true))"
            )
            types = [connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM {rows})").fetchall()
                     for rows in (relation, exported)]  # fmt: skip
            found += [f"{table}: {one} {two}" for one, two in zip(*types, strict=True) if one != two]
            for one, two in ((relation, exported), (exported, relation)):
                rows = connection.execute(
                    f"SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {two}"
                ).fetchall()
                found += [f"{table}: {row}" for row in rows[:2]]
    return found


@on_both_in_time
def test_the_files_hold_the_values_of_the_warehouse(loaded: Place, tmp_path: Path) -> None:
    exported = list(export_tables(loaded.settings, Lake(str(tmp_path / "files"))))
    assert differences(loaded, tmp_path / "files") == []
    assert sum(table.rows for table in exported) > 450
    rescued = duckdb.sql(f"SELECT count(_rescued) FROM '{tmp_path}/files/events/tracks/*/*.parquet'").fetchone()
    assert rescued is not None
    assert rescued[0] > 0


HOSTILE = [
    track("h1", at=hour(0), text='a,"b"\n\r\n\\N \\. é\u2028', empty=" ", n=2**53 + 1,
          f=0.1, b=True, when="1969-12-31T23:59:59.999999Z"),
    track("h2", at=hour(0), text="NULL", n=-(2**63), f=-0.0, b=False, when="0001-01-01T00:00:00Z"),
    track("h3", at=hour(0), text="\\", n=0, f=1e308, when="9999-12-31T23:59:59.999999Z"),
    track("h4", at=hour(0), event="../../etc/passwd; DROP TABLE tracks --", **{'"; %s :x': 'a"b', "%(date)s": 5e-324}),
    {**track("h5", at=hour(0)), "type": "identify", "traits": {"email": "a@b"}, "userId": 'u"1'},
]  # fmt: skip


@on_both_in_time
def test_hostile_values_and_names_are_values_and_safe_folders(tmp_path: Path, server: Server | None) -> None:
    write_file(tmp_path / "archive", hour(0), HOSTILE)
    where = place(tmp_path / "archive", tmp_path / "out", database=server.new_database() if server else None)
    load_archive(where)
    files = tmp_path / "files"
    list(export_tables(where.settings, Lake(str(files))))
    assert differences(where, files) == []
    assert "etc_passwd_drop_table_tracks" in {path.name for path in (files / "events").iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "out", "files"}


def load(config: Path) -> None:
    """Load the pending hours, as the command does."""
    settings = settings_of(config)
    outcomes = list(load_plans(settings, plan_hours(settings, Choice()), Choice(), lambda *_: None))
    assert {outcome.state for outcome in outcomes} == {"loaded"}


def export(config: Path) -> list[Exported]:
    """Export all tables to the folder beside the configuration."""
    return list(export_tables(settings_of(config), Lake(str(config.parent / "files"))))


def state(files: Path) -> dict[str, tuple[int, int]]:
    """Every Parquet file with the values that change when it is written again."""
    return {
        str(path.relative_to(files / "events")): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in files.rglob("*.parquet")
    }


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Two loaded days of one hour, exported."""
    write_hours(tmp_path / "archive", [0, 24])
    path = write_config(tmp_path, hours=48)
    load(path)
    export(path)
    return path


def test_a_late_load_writes_the_days_it_touched_and_no_other(config: Path) -> None:
    files = config.parent / "files"
    before = state(files)
    assert [table for table in export(config) if table.written or table.removed] == []
    assert state(files) == before
    write_file(
        config.parent / "archive",
        hour(24),
        [track("late", at=hour(0)), track("other", at=hour(24), event="New")],
        part=9,
    )
    load(config)
    written = {table.table: table.written for table in export(config)}
    both = ("2026-01-31", "2026-02-01")
    assert written == {"_new": both[1:], "order_completed": both[:1], "tracks": both}
    after = state(files)
    assert {name for name in before if before[name] == after[name]} == {
        "order_completed/event_date=2026-02-01/rows.parquet"
    }


def test_a_new_column_writes_no_old_day_and_another_type_writes_all(config: Path) -> None:
    files = config.parent / "files"
    before = state(files)
    write_file(config.parent / "archive", hour(24), [track("x", at=hour(24), price=1, colour="red")], part=9)
    load(config)
    export(config)
    old = "order_completed/event_date=2026-01-31/rows.parquet"
    assert state(files)[old] == before[old]
    write_file(config.parent / "archive", hour(24), [track("y", at=hour(24), price=1.5)], part=10)
    load(config)
    export(config)
    assert state(files)[old] != before[old]
    kinds = pq.read_schema(files / "events" / "order_completed" / SCHEMA_FILE)
    assert (str(kinds.field("price").type), str(kinds.field("colour").type)) == ("double", "string")
    assert pl.read_parquet(files / "events" / old)["price"].dtype == pl.Float64


def test_a_day_without_rows_has_no_file_and_a_dropped_table_no_folder(config: Path) -> None:
    files = config.parent / "files"
    with duckdb.connect(str(config.parent / "warehouse.duckdb")) as connection:
        connection.execute("DELETE FROM events.order_completed WHERE event_date = '2026-01-31'")
        connection.execute("UPDATE tideline.arrivals SET load_id = load_id || 'x' WHERE table_name = 'order_completed'")
    (changed,) = [table for table in export(config) if table.removed]
    assert (changed.table, changed.removed, changed.written) == ("order_completed", ("2026-01-31",), ("2026-02-01",))
    assert "order_completed/event_date=2026-01-31/rows.parquet" not in state(files)
    with duckdb.connect(str(config.parent / "warehouse.duckdb")) as connection:
        connection.execute("DROP TABLE events.order_completed")
    (files / "events" / "notes").mkdir()
    (files / "events" / "notes" / "mine.parquet").write_bytes(b"")
    export(config)
    assert {name.split("/")[0] for name in state(files)} == {"tracks", "notes"}


def test_only_the_named_tables_are_exported_and_a_wrong_name_is_an_error(config: Path) -> None:
    tables = document(tideline("export", "some", "--tables", "tracks", "--json", cwd=config.parent))["tables"]
    assert [table["path"] for table in tables] == ["events/tracks"]
    wrong = tideline("export", "some", "--tables", "orders", cwd=config.parent)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "order_completed, tracks" in wrong.stderr


def test_the_setting_exports_after_loads(config: Path) -> None:
    assert "Name the folder to export to" in tideline("export", cwd=config.parent).stderr
    config.write_text(f'export = "{config.parent}/kept"\n' + config.read_text())
    write_hours(config.parent / "archive", [25])
    done = tideline("load", "--json", cwd=config.parent)
    assert document(done)["loaded"] == 1
    assert "export events/tracks days=2 removed=0 rows=12" in done.stderr


def test_an_object_store_holds_the_same_and_objects_untouched_stay(config: Path) -> None:
    target = Lake("memory://export-of-tables")
    settings = settings_of(config)
    list(export_tables(settings, target))
    path = "events/tracks/event_date=2026-01-31/rows.parquet"
    first = target.modified(path)
    with target.filesystem.open(target.locate(path), "rb") as content:
        rows = pl.read_parquet(content.read())
    local = pl.read_parquet(config.parent / "files" / path)
    assert rows.sort("id").equals(local.sort("id"))
    list(export_tables(settings, target))
    assert target.modified(path) == first
    with pytest.raises(SettingsError, match="no table 'x'"):
        list(export_tables(settings, target, ["x"]))


KILL = """
import os, signal, sys
from event_assets.pipeline.export import export_tables
from event_assets.lake.store import Lake
from event_assets.pipeline.load import Choice, load_plans, plan_hours
from event_assets.config.settings import Flags, load_settings

step, config, seen = int(sys.argv[1]), sys.argv[2], 0

def watch(event, args):
    global seen
    if event == "os.rename":
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
list(export_tables(load_settings({}, Flags(config=config)), Lake(os.path.dirname(config) + "/killed")))
"""


def test_a_killed_export_continues_where_it_ended(config: Path) -> None:
    """The second rename is of the second file of a day; the note of the dataset is not written yet."""
    killed = subprocess.run([sys.executable, "-c", KILL, "2", str(config)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not list((config.parent / "killed").rglob(NOTE))
    finished = subprocess.run([sys.executable, "-c", KILL, "0", str(config)], cwd=ROOT, check=False)
    assert finished.returncode == 0
    where = place(config.parent / "archive", config.parent)
    assert differences(where, config.parent / "killed") == []


def test_a_damaged_note_has_the_dataset_written_again(config: Path) -> None:
    note = config.parent / "files" / "events" / "tracks" / NOTE
    record = note.read_bytes()
    note.write_bytes(b"{")
    export(config)
    assert json.loads(note.read_bytes()) == json.loads(record)
