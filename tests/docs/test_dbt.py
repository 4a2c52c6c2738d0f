"""The models of the dbt page, run as dbt runs them, follow late, corrected and deleted events."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import jinja2
import pytest

from loaders.connection.warehouse import Warehouse
from loaders.rewrite.retain import Owner, drop_old_days
from tests.defs.build import hour, track, write_file
from tests.docs.pages import blocks
from tests.drive import Place, load_archive, place

MODELS: Final = [block.text for block in blocks("jinja")]
BY_CURSOR, BY_HOUR, BY_DAY = MODELS


@dataclass
class Model:
    """A model's text, and its table once it ran; what dbt does with a unique key."""

    text: str
    connection: duckdb.DuckDBPyConnection
    settings: dict[str, Any] = field(default_factory=dict)

    def run(self, *, full: bool, table: str = "model") -> None:
        """`dbt run`, or `dbt run --full-refresh`."""
        if full:
            self.connection.execute(f"CREATE OR REPLACE TABLE memory.{table} AS {self._render(table, full)}")
            return
        self.connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE new_rows AS {self._render(table, full)}")
        key = self.settings["unique_key"]
        self.connection.execute(f"DELETE FROM memory.{table} WHERE {key} IN (SELECT {key} FROM new_rows)")
        self.connection.execute(f"INSERT INTO memory.{table} SELECT * FROM new_rows")

    def _render(self, table: str, full: bool) -> str:
        rendered: str = jinja2.Template(self.text).render(
            config=lambda **given: self.settings.update(given) or "",
            source=lambda schema, name: f"w.{schema}.{name}",
            is_incremental=lambda: not full,
            this=f"memory.{table}",
        )
        return rendered

    def rows(self, columns: str, table: str = "model") -> list[tuple[Any, ...]]:
        return self.connection.execute(f"SELECT {columns} FROM memory.{table} ORDER BY ALL").fetchall()


@pytest.fixture
def archive(tmp_path: Path) -> Place:
    """Two loaded hours."""
    for number in (0, 1):
        orders = [track(f"m{number}-{n}", at=hour(number), revenue=1) for n in range(4)]
        write_file(tmp_path / "archive", hour(number), orders)
    where = place(tmp_path / "archive", tmp_path / "out")
    load_archive(where)
    return where


def opened(where: Place, text: str) -> Model:
    """A model that has run over the archive as it is."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    attach(connection, where)
    model = Model(text, connection)
    model.run(full=True)
    connection.execute("DETACH w")
    return model


def attach(connection: duckdb.DuckDBPyConnection, where: Place) -> None:
    connection.execute(f"ATTACH '{where.warehouse}' AS w (READ_ONLY)")


def change_archive(where: Place, *, deletes: bool) -> None:
    """Late and corrected events; with `deletes`, a rewritten file takes rows away and an event changes its name."""
    archive = Path(where.source.archive)
    write_file(archive, hour(30), [track("late", at=hour(0), revenue=5), track("m1-0", at=hour(1), revenue=9)])
    if deletes:
        write_file(archive, hour(0), [track("m0-0", at=hour(0), revenue=1)])
        write_file(archive, hour(31), [track("m1-1", at=hour(31), event="Order Refunded", revenue=1)])
    load_archive(where)


def follow(model: Model, where: Place) -> None:
    """Run the model over what has changed, and beside it a full refresh."""
    attach(model.connection, where)
    model.run(full=False)
    model.run(full=True, table="afresh")
    model.connection.execute("DETACH w")


COLUMNS: Final = {
    BY_CURSOR: "id, revenue",
    BY_HOUR: "event_hour, id, revenue",
    BY_DAY: "event_date, orders, revenue",
}


@pytest.mark.parametrize("text", MODELS, ids=["cursor", "hour", "day"])
def test_a_model_follows_late_and_corrected_events(archive: Place, text: str) -> None:
    model = opened(archive, text)
    before = model.rows(COLUMNS[text])
    change_archive(archive, deletes=False)
    follow(model, archive)
    assert model.rows(COLUMNS[text]) == model.rows(COLUMNS[text], "afresh") != before


@pytest.mark.parametrize("text", [BY_HOUR, BY_DAY], ids=["hour", "day"])
def test_a_model_on_arrivals_follows_deletes_and_moves(archive: Place, text: str) -> None:
    model = opened(archive, text)
    change_archive(archive, deletes=True)
    follow(model, archive)
    rows = model.rows(COLUMNS[text])
    assert rows == model.rows(COLUMNS[text], "afresh")
    assert "m0-3" not in {row[1] for row in rows}


def test_a_model_on_arrivals_follows_retention(archive: Place) -> None:
    model = opened(archive, BY_HOUR)
    drop_old_days(Warehouse.open(f"duckdb:///{archive.warehouse}"), Owner("default", "events"), days=1)
    follow(model, archive)
    assert model.rows("event_hour, id") == [(hour(0), None), (hour(1), None)]


def test_a_model_on_the_cursor_keeps_rows_that_went(archive: Place) -> None:
    model = opened(archive, BY_CURSOR)
    change_archive(archive, deletes=True)
    follow(model, archive)
    gone = set(model.rows("id")) - set(model.rows("id", "afresh"))
    assert gone == {("m0-1",), ("m0-2",), ("m0-3",), ("m1-1",)}


def test_a_model_that_runs_again_without_a_load_takes_nothing(archive: Place) -> None:
    for text in MODELS:
        model = opened(archive, text)
        follow(model, archive)
        assert model.connection.execute("SELECT count(*) FROM new_rows").fetchone() == (0,)
