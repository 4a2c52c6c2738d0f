"""`tideline doctor`: what works, what does not with what to do, and that nothing is left behind."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from event_assets.health.doctor import libraries
from event_assets.health.doctor.diagnosis import Diagnosis, Examination
from event_assets.health.doctor.examine import examine
from event_assets.health.doctor.libraries import examine_variables
from event_assets.health.doctor.machine import available_memory
from event_assets.health.doctor.storage import MOST_SKEW, compare_clocks
from tests.defs.build import held_elsewhere, settings_of, write_config, write_hours
from tests.defs.in_process import tideline
from tests.loaders.tables import Files
from tests.postgres import Database, Server


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_hours(tmp_path / "archive", [0, 1])
    write_config(tmp_path)
    return tmp_path


def found_in(folder: Path) -> dict[str, Diagnosis]:
    return {f"{f.subject}: {f.tried}": f for f in examine(settings_of(folder / "tideline.toml"))}


def everything_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_new_project_is_sound_and_nothing_is_created(project: Path) -> None:
    before = everything_below(project)
    done = tideline("doctor", cwd=project)
    assert done.returncode == 0, done.stdout
    assert {line.split()[0] for line in done.stdout.splitlines()} <= {"ok", "warning"}
    assert "does not exist yet: the first load creates it" in done.stdout
    assert everything_below(project) == before


@pytest.mark.parametrize(
    "warehouse",
    [
        "duckdb:////proc/w.duckdb",
        "ducklake:////proc/w.ducklake?data_path=/proc",
        pytest.param("clickhousedb:////proc/w", marks=pytest.mark.slow),  # its packages are there for the slow tests
    ],
)
def test_a_folder_that_takes_no_file_is_a_failure(warehouse: str, project: Path) -> None:
    write_config(project, warehouse=warehouse)
    finding = found_in(project)["warehouse: folder"]
    assert (finding.state, "/proc" in finding.detail) == ("failed", True)
    write_config(project, warehouse=warehouse.replace("/proc", str(project)))
    assert found_in(project)["warehouse: folder"].state == "ok"


@pytest.mark.slow
def test_a_warehouse_of_any_kind_is_tried_and_stays_as_it_is(project: Path, database: Database | None) -> None:
    if database is not None:
        write_config(project, warehouse=database.warehouse_url)
    tideline("load", cwd=project)
    house = Files(project / ("mirror.duckdb" if database else "warehouse.duckdb"), database)
    before = house.table_names()
    found = {name: finding for name, finding in found_in(project).items() if name.startswith("warehouse: ")}
    assert {name: finding.detail for name, finding in found.items() if finding.state != "ok"} == {}
    tried = {f"warehouse: {what}" for what in ("rights in events", "rights in tideline", "values in events", "clock")}
    assert tried <= found.keys()
    assert house.table_names() == before


def test_a_loaded_warehouse_is_tried_and_stays_as_it_is(project: Path) -> None:
    tideline("load", cwd=project)

    def tables() -> list[tuple[str, str, int]]:
        with duckdb.connect(str(project / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(
                "SELECT schema_name, table_name, estimated_size FROM duckdb_tables() ORDER BY ALL"
            ).fetchall()

    before = tables()
    found = found_in(project)
    assert {name: finding.detail for name, finding in found.items() if finding.state == "failed"} == {}
    assert {"warehouse: rights in events", "warehouse: values in events", "warehouse: clock"} <= found.keys()
    assert "bytes; nothing is ever written" in found["archive of default: reading"].detail
    assert {"machine: compiled libraries", "archive of default: temporary disk"} <= found.keys()
    assert tables() == before


def test_a_held_file_is_a_warning_and_a_missing_archive_a_failure(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event_assets.health.doctor.warehouse._WAIT", 0.2)
    tideline("load", cwd=project)
    with held_elsewhere(project / "warehouse.duckdb"):
        held = found_in(project)["warehouse: opening"]
    assert (held.state, "warehouse.duckdb" in held.detail) == ("warning", True)
    (project / "archive").rename(project / "elsewhere")
    done = tideline("doctor", cwd=project)
    assert done.returncode == 2
    (failed,) = (line for line in done.stdout.splitlines() if line.startswith("failed"))
    assert "Check the path" in failed


def test_a_file_where_the_lake_should_be_is_a_failure(project: Path) -> None:
    (project / "lake").write_text("not a folder")
    assert found_in(project)["lake: writing and reading"].state == "failed"


def test_a_user_without_a_right_sees_the_schema_and_no_password(project: Path, postgres: Server) -> None:
    database = postgres.new_database()
    database.execute("CREATE SCHEMA events")
    database.execute("CREATE SCHEMA rollups")
    database.execute("CREATE SCHEMA tideline")
    database.execute(f"CREATE ROLE doctor_{database.name} LOGIN PASSWORD 'hush'")
    database.execute(f"GRANT ALL ON SCHEMA events, rollups TO doctor_{database.name}")
    url = database.warehouse_url.replace("postgres:@", f"doctor_{database.name}:hush@", 1)
    assert "hush" in url
    write_config(project, warehouse=url)
    found = found_in(project)
    states = {name: finding.state for name, finding in found.items() if name.startswith("warehouse")}
    assert states == {
        "warehouse: rights in events": "ok",
        "warehouse: rights in rollups": "ok",
        "warehouse: rights in tideline": "failed",
        "warehouse: values in events": "ok",
    }
    assert "permission denied for schema tideline" in found["warehouse: rights in tideline"].detail
    assert "hush" not in str(found)


def test_a_ducklake_is_tried_with_its_extension_and_nothing_is_created(project: Path) -> None:
    write_config(project, warehouse=f"ducklake:///{project}/c.ducklake?data_path={project}/tables")
    before = everything_below(project)
    found = found_in(project)
    extensions = found["warehouse: extensions"].detail
    assert re.match(
        rf"ducklake [0-9a-f]+ for DuckDB {re.escape(duckdb.__version__)} \(/.*\.duckdb_extension\)", extensions
    )
    assert "c.ducklake does not exist yet" in found["warehouse: opening"].detail
    assert everything_below(project) == before


def test_a_ducklake_of_a_server_is_not_created(project: Path, postgres: Server) -> None:
    database = postgres.new_database()
    url = database.url.replace("postgresql://", "ducklake+postgresql://", 1)
    write_config(project, warehouse=f"{url}&data_path={project}/tables")
    found = found_in(project)
    assert "postgres_scanner" in found["warehouse: extensions"].detail
    assert "the catalog does not exist yet" in found["warehouse: opening"].detail
    with database.connect() as connection:
        assert connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchall() == []


def test_clocks_that_disagree_are_a_warning() -> None:
    found, now = Examination("lake"), datetime(2026, 1, 31, 7, tzinfo=UTC)
    compare_clocks(found, "the storage's", now + MOST_SKEW, now)
    compare_clocks(found, "the storage's", now - MOST_SKEW - timedelta(seconds=1), now)
    assert [finding.state for finding in found.found] == ["ok", "warning"]


def test_a_disk_that_cannot_be_written_is_a_failure(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/proc")
    finding = found_in(project)["machine: disk of temporary files (TMPDIR)"]
    assert finding.state in ("failed", "warning")
    assert "/proc" in finding.detail


def test_more_memory_than_there_is_is_a_warning(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    total = available_memory()
    assert total is not None
    assert found_in(project)["machine: memory"].state == "ok"
    monkeypatch.setattr("event_assets.health.doctor.machine.available_memory", lambda: 1 << 30)
    assert found_in(project)["machine: memory"].state == "warning"


def test_a_variable_that_nothing_reads_is_a_warning_with_the_nearest_name() -> None:
    found = Examination("machine")
    examine_variables(found, ["TIDELINE_ARCHVE", "TIDELINE_CONFIG", "TIDELINE_ERASURE_KEY", "TIDELINE_LAKE", "PATH"])
    assert [(finding.state, finding.detail) for finding in found.found] == [
        ("warning", "TIDELINE_ARCHVE is set, and nothing reads it: did you mean TIDELINE_ARCHIVE?")
    ]


def test_a_library_whose_compiled_file_cannot_be_loaded_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "_COMPILED", ("polars", "no_such_module"))
    found = Examination("machine")
    libraries.examine_libraries(found)
    (finding,) = (finding for finding in found.found if finding.tried == "compiled libraries")
    assert finding.state == "failed"
    assert "no_such_module" in finding.detail
    assert "polars (" not in finding.detail


def test_an_hour_larger_than_the_temporary_disk_is_a_warning(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("event_assets.health.doctor.storage.EXPANSION", 1 << 50)
    finding = found_in(project)["archive of default: temporary disk"]
    assert finding.state == "warning"
    assert "set TMPDIR" in finding.detail
