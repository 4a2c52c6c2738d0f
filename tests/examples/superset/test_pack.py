"""The zip for Superset holds the dashboard with the given names, and its charts find rows on every warehouse."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
import yaml

from event_assets.demo.generate import generate
from event_assets.pipeline.rollups import recompute_sources
from tests.conftest import ROOT
from tests.drive import Place, archive_hours, load_archive, place
from tests.examples.script import load_script
from tests.postgres import Server

PACK: Final = ROOT / "examples" / "superset" / "pack.py"
HOSTILE: Final = 'duckdb:////a "b": c\\d #.duckdb?access_mode=READ_ONLY'


def packed(folder: Path, *arguments: str) -> Mapping[str, Any]:
    """Return the documents of the zip that the script writes, by their path in it."""
    target = folder / "dashboard.zip"
    load_script(PACK).main([*arguments, "--out", str(target)])
    with zipfile.ZipFile(target) as archive:
        return {name: yaml.safe_load(archive.read(name)) for name in archive.namelist()}


def test_the_zip_names_the_warehouse_and_the_schemas(tmp_path: Path) -> None:
    files = packed(tmp_path, "--warehouse", HOSTILE, "--events", "web", "--rollups", "web_daily")
    assert files["tideline/databases/tideline.yaml"]["sqlalchemy_uri"] == HOSTILE
    schemas = {name: text["schema"] for name, text in files.items() if "/datasets/" in name}
    assert set(schemas.values()) == {"web", "web_daily", "tideline"}
    assert "FROM web.order_completed" in files["tideline/datasets/Tideline/shop_funnel.yaml"]["sql"]
    assert "$" not in repr(files)


def test_a_schema_that_is_more_than_a_name_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        packed(tmp_path, "--warehouse", "duckdb:///x", "--events", 'a"; DROP TABLE b')
    assert "not a plain schema name" in capsys.readouterr().err


def test_every_part_of_the_dashboard_is_there(tmp_path: Path) -> None:
    files = packed(tmp_path, "--warehouse", "duckdb:///x")
    ids = {name: text["uuid"] for name, text in files.items() if "uuid" in text}
    assert len(set(ids.values())) == len(ids)
    charts = {text["uuid"]: text for name, text in files.items() if "/charts/" in name}
    datasets = {text["uuid"] for name, text in files.items() if "/datasets/" in name}
    assert {chart["dataset_uuid"] for chart in charts.values()} == datasets
    position = files["tideline/dashboards/tideline.yaml"]["position"].values()
    shown = {part["meta"]["uuid"] for part in position if isinstance(part, dict) and part["type"] == "CHART"}
    assert shown == set(charts)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dirty archive of a day."""
    folder = tmp_path_factory.mktemp("superset")
    generate(folder / "archive", events=2_000, days=1)
    return folder / "archive"


@pytest.fixture(params=["duckdb", "postgresql"])
def loaded(
    request: pytest.FixtureRequest, archive: Path, tmp_path: Path, postgres: Server
) -> Iterator[tuple[Place, Any]]:
    """The archive's tables and rollups in each of the warehouses in turn, and a connection to them."""
    database = postgres.new_database() if request.param == "postgresql" else None
    where = place(archive, tmp_path, database=database)
    load_archive(where, archive_hours(where))
    assert [result.errors for result in recompute_sources(where.settings)] == [()] * 3
    if database is None:
        with duckdb.connect(str(where.warehouse), read_only=True) as connection:
            yield where, connection
    else:
        with database.connect() as server:
            yield where, server
        postgres.drop(database)


@pytest.mark.slow
def test_every_chart_finds_rows_and_the_declared_columns(loaded: tuple[Place, Any], tmp_path: Path) -> None:
    _, connection = loaded
    files = packed(tmp_path, "--warehouse", "duckdb:///x")
    datasets = {text["uuid"]: text for name, text in files.items() if "/datasets/" in name}
    for chart in (text for name, text in files.items() if "/charts/" in name):
        dataset, params = datasets[chart["dataset_uuid"]], chart["params"]
        table = f"({dataset['sql']})" if dataset["sql"] else f"{dataset['schema']}.{dataset['table_name']}"
        columns = ", ".join(f'"{column["column_name"]}"' for column in dataset["columns"])
        assert connection.execute(f"SELECT {columns} FROM {table} AS t LIMIT 1").fetchone(), chart["slice_name"]
        metrics = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
        groups = [*params.get("groupby", ()), *([params["x_axis"]] if "x_axis" in params else ())]
        by = ", ".join(f'"{column}"' for column in groups)
        shown = [metrics[name] for name in params.get("metrics", [params.get("metric")])]
        query = f"SELECT {by}, {', '.join(shown)} FROM {table} AS t GROUP BY {by}"
        rows = connection.execute(query).fetchall()
        assert rows, chart["slice_name"]
        assert all(value is not None for row in rows for value in row[len(groups) :]), chart["slice_name"]
