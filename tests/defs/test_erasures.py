"""A run of Dagster completes an erasure that was ended early, before it loads an hour (contract §13)."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from event_assets.lake.erasure.keyed_hashes import ErasureKey
from event_assets.lake.erasure.suppression import make_list, pending_tokens, publish_list
from tests.defs.build import hour, settings_of, track, write_config, write_file
from tests.defs.test_assets import run_hours

KEY = "a key that only this test knows"


def test_a_run_completes_a_pending_erasure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {"userId": "u2"}
    write_file(tmp_path / "archive", hour(0), [track("m1", at=hour(0)), track("m2", at=hour(0)) | other])
    write_file(tmp_path / "archive", hour(1), [track("m3", at=hour(1)), track("m4", at=hour(1)) | other])
    config = write_config(tmp_path)
    lake = settings_of(config).lake
    with dg.DagsterInstance.ephemeral() as instance:
        run_hours(config, instance, 0, 0)
        publish_list(lake, "default", make_list(ErasureKey(KEY), persons=["u1"], events=[]))
        monkeypatch.setenv("TIDELINE_ERASURE_KEY", KEY)
        run_hours(config, instance, 1, 1)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.sql("SELECT id FROM events.tracks ORDER BY id").fetchall() == [("m2",), ("m4",)]
        assert connection.sql("SELECT count(finished_at), min(erased_rows) FROM tideline.erasures").fetchall() == [
            (1, 2)
        ]
    assert pending_tokens(lake, "default") == ()
