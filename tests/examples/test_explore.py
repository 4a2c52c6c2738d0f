"""The notebook runs as a script on a loaded archive, and its frames hold what the lake and the warehouse hold."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from event_assets.demo.generate import generate
from event_assets.lake.scan import scan
from tests.conftest import ROOT
from tests.drive import archive_hours, load_archive, place
from tests.examples.script import load_script

NOTEBOOK = ROOT / "examples" / "explore.py"


@pytest.mark.slow
def test_the_notebook_shows_the_tables_of_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "archive", events=1_000, days=1)
    where = place(tmp_path / "archive", tmp_path)
    load_archive(where, archive_hours(where))
    config = tmp_path / "tideline.toml"
    source = f'[source]\narchive = "{tmp_path / "archive"}"\n'
    config.write_text(f'lake = "{where.folder / "lake"}"\nwarehouse = "{where.warehouse}"\n{source}')
    monkeypatch.setenv("TIDELINE_CONFIG", str(config))

    _, frames = load_script(NOTEBOOK).app.run()

    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        row = connection.execute("SELECT sum(rows), sum(late) FROM tideline.event_hours").fetchone()
        misfits = connection.execute("SELECT count(*) FROM events.tracks WHERE _rescued IS NOT NULL").fetchone()
    assert row is not None
    assert misfits is not None
    hours = frames["event_hours"]
    assert (hours["in_time"].sum() + hours["late"].sum(), hours["late"].sum()) == row
    assert frames["archived"]["events"].sum() == scan(where.settings.lake).select(pl.len()).collect().item()
    assert frames["rescued"]["events"].sum() == misfits[0] > 0
    assert "invalid_json" in frames["quarantined"]["reason"].to_list()
    assert not frames["restated"].is_empty()
