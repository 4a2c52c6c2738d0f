"""Erasures in Dagster: a run completes one that was ended early, and the job `forget` (contract §13)."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from event_assets.lake.erasure.keyed_hashes import ErasureKey
from event_assets.lake.erasure.suppression import make_list, pending_tokens, publish_list
from tests.defs.build import hour, settings_of, track, write_config, write_file
from tests.defs.governance.jobs import failure_of, output_of, run_job
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


def run_forget(
    config: Path, instance: dg.DagsterInstance, ids: Path, *, raises: bool = True, **options: object
) -> dg.ExecuteInProcessResult:
    """The job as the launchpad starts it."""
    return run_job(config, instance, "forget", "erase_persons", {"file": str(ids), **options}, raises=raises)


def test_the_job_erases_persons_and_dagster_keeps_no_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = "somebody-4711"
    lines = [track("m1", at=hour(0)) | {"userId": person}, track("m2", at=hour(0)) | {"userId": person}]
    write_file(tmp_path / "archive", hour(0), [*lines, track("m3", at=hour(0))])
    config = write_config(tmp_path)
    (ids := tmp_path / "ids.csv").write_text(f"user_id\n{person}\n")
    monkeypatch.setenv("TIDELINE_ERASURE_KEY", KEY)
    tables = (
        "| source | table | rows |\n| --- | --- | --- |\n| default | order\\_completed | 2 |\n| default | tracks | 2 |"
    )
    (home := tmp_path / "home").mkdir()
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        with dg.DagsterInstance.ephemeral() as elsewhere:  # where its sample rows stay
            run_hours(config, elsewhere, 0, 0)
        seen = output_of(run_forget(config, instance, ids, dry_run=True))
        done = output_of(run_forget(config, instance, ids, reason="asked for"))
        again = output_of(run_forget(config, instance, ids))
    assert (seen["dry_run"], seen["erased_rows"], seen["archive_hours"], seen["tables"]) == (True, 4, 1, tables)
    assert done == seen | {"dry_run": False}
    assert (again["erased_rows"], again["tables"]) == (0, "none")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.sql("SELECT id FROM events.tracks").fetchall() == [("m3",)]
        assert connection.sql("SELECT reason FROM tideline.erasures").fetchall() == [("asked for",)]
    assert [path for path in home.rglob("*") if path.is_file() and person.encode() in path.read_bytes()] == []


def test_the_job_reports_what_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(tmp_path / "archive", hour(0), [track("m1", at=hour(0))])
    config = write_config(tmp_path)
    (ids := tmp_path / "ids.csv").write_text("u1\n")
    with dg.DagsterInstance.ephemeral() as instance:
        files = (ids, tmp_path / "missing.csv")
        reasons = [failure_of(run_forget(config, instance, file, raises=False))[0] for file in files]
    assert "TIDELINE_ERASURE_KEY" in reasons[0]
    assert "missing.csv" in reasons[1]
    assert pending_tokens(settings_of(config).lake, "default") == ()
