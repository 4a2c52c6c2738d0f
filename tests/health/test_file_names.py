"""A DuckDB file that is named like a schema: the warning, and what the command that it names does."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from event_assets.cli.output.status import print_status
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.health.file_names import catalog_name, warn_of_names
from event_assets.lake.store import Lake
from tests.cli.test_app import document, tideline
from tests.defs.build import write_hours

NAMES = (
    "warehouse.duckdb", "tideline.duckdb", "TIDELINE", ".tideline", "tideline.prod.duckdb", "x.tideline",
    "zürich.duckdb", "a\"b'c.duckdb", "main.duckdb", "temp", "system.duckdb", "my events.duckdb",
)  # fmt: skip
OURS = ("main", "temp", "system")
"""Names that DuckDB gives no file: it adds `_db`."""


def settings(folder: Path, warehouse: str, publish: str | None = None) -> Settings:
    source = Source(name="default", archive=str(folder), layout="auto", schema="shop", rollups_schema="daily")
    return Settings(
        {"default": source},
        Lake(str(folder / "lake")),
        f"duckdb:///{folder / warehouse}",
        publish=folder / publish if publish else None,
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_catalog_is_that_of_duckdb(tmp_path: Path, name: str) -> None:
    with duckdb.connect(str(tmp_path / name)) as connection:
        (found,) = connection.execute("SELECT current_database()").fetchone() or ("",)
    assert found == catalog_name(Path(name)) + ("_db" if catalog_name(Path(name)) in OURS else "")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_warned_of_if_and_only_if_its_queries_are_ambiguous(tmp_path: Path, name: str) -> None:
    with duckdb.connect(str(tmp_path / name)) as connection:
        (catalog,) = connection.execute("SELECT current_database()").fetchall()[0]
        quoted = catalog.replace('"', '""')
        connection.execute(f'CREATE SCHEMA "{quoted}".tideline')
        try:
            connection.execute("CREATE TABLE tideline.loads (x INT)")
            ambiguous = False
        except duckdb.BinderException:
            ambiguous = True
    assert bool(warn_of_names(settings(tmp_path, name))) == ambiguous


def test_every_schema_and_the_published_copy_are_looked_at(tmp_path: Path) -> None:
    for name in ("tideline", "shop", "daily"):
        (warning,) = warn_of_names(settings(tmp_path, f"{name}.duckdb"))
        assert warning.startswith(f"{tmp_path}/{name}.duckdb has the name of the schema {name}: ")
        (warning,) = warn_of_names(settings(tmp_path, "w.duckdb", f"{name}.duckdb"))
        assert f'publish = "{tmp_path}/warehouse.duckdb"' in warning
    assert warn_of_names(settings(tmp_path, "events.duckdb", "copy.duckdb")) == []


def test_a_server_has_no_file_name(tmp_path: Path) -> None:
    server = Settings({}, Lake(str(tmp_path)), "postgresql+psycopg://loader@localhost/tideline")
    assert warn_of_names(server) == []


@pytest.mark.slow
def test_load_and_status_warn_and_the_file_may_be_renamed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_hours(tmp_path / "archive", [0])
    given = ["--archive", "archive", "--lake", "lake", "--warehouse", "tideline.duckdb"]
    loaded = tideline("load", *given, "--json", cwd=tmp_path)
    assert document(loaded)["loaded"] == 1
    (line,) = [line for line in loaded.stderr.splitlines() if "warning" in line]
    assert "mv tideline.duckdb warehouse.duckdb" in line
    (warning,) = document(tideline("status", *given, "--json", cwd=tmp_path))["warnings"]
    assert line == f"tideline: warning: {warning}"
    print_status([], [warning], as_json=False)
    assert capsys.readouterr().out == f"Warning: {warning}\n"
    (tmp_path / "tideline.duckdb").rename(tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM tideline.event_hours").fetchall() != [(0,)]
