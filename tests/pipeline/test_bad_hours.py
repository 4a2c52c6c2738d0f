"""A bad hour costs an hour and a bad file a file (contract §2, §10), on a real S3 protocol and on folders.

What cannot be read for good is a bad file, hours that fail leave no other hour behind, and what fails for all ends the
run early. `tideline status` shows since when and why an hour fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import s3fs

from event_assets.pipeline.load import Choice, load_plans, plan_hours
from tests.cli.test_app import tideline
from tests.defs.build import hour, settings_of, track, write_config, write_file, write_hours
from tests.s3 import REGION, Bucket, Store
from tests.s3_proxy import Proxy, start_proxy

EVER = 1_000_000


@dataclass(frozen=True)
class Project:
    """An archive in a bucket behind a proxy; lake and warehouse are in a folder."""

    bucket: Bucket
    folder: Path
    proxy: Proxy

    def run(self, *arguments: str) -> tuple[int, dict[str, Any], str]:
        """The exit code, the document and the messages of a command."""
        done = tideline(*arguments, "--config", self.folder / "tideline.toml", "--json", cwd=self.folder)
        return done.returncode, json.loads(done.stdout), done.stderr

    def load(self, *flags: str) -> tuple[int, dict[str, Any], str]:
        return self.run("load", "--no-rollups", *flags)

    def status(self) -> dict[str, Any]:
        source: dict[str, Any] = self.run("status")[1]["sources"][0]
        return source


@pytest.fixture(scope="module")
def way(s3: Store) -> Iterator[Proxy]:
    with start_proxy(s3) as proxy:
        yield proxy


@pytest.fixture
def project(s3: Store, way: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Eight hours of one file; the first hour has two."""
    bucket = s3.new_bucket()
    way.clear()
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    s3fs.S3FileSystem.clear_instance_cache()
    write_hours(tmp_path / "archive", range(8))
    bucket.copy_from(tmp_path / "archive", "archive")
    second = write_file(tmp_path / "second", hour(0), [track("second", at=hour(0))], part=1)
    bucket.put(f"archive/{second.relative_to(tmp_path / 'second')}", second.read_bytes())
    options = ", ".join(f"{name} = {json.dumps(value)}" for name, value in bucket.credentials.items())
    (tmp_path / "tideline.toml").write_text(
        f'lake = "{tmp_path}/lake"\nwarehouse = "w.duckdb"\n[source]\narchive = "{bucket.url("archive")}"\n'
        f'storage_options = {{ endpoint_url = "{way.endpoint}", {options}, '
        f'client_kwargs = {{ region_name = "{REGION}" }} }}\n'
    )
    return Project(bucket, tmp_path, way)


def rows(folder: Path) -> int:
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
        (count,) = connection.execute("SELECT count(*) FROM events.tracks").fetchall()[0]
    return int(count)


def test_files_in_glacier_are_bad_files_and_every_hour_loads(project: Project) -> None:
    keys = sorted(project.bucket.keys("archive"))
    for key in keys[:5]:
        project.proxy.fail("cold", key=Path(key).name, times=EVER)
    code, report, _ = project.load()
    assert (code, report["loaded"], report["failed"]) == (0, 8, 0)
    assert report["totals"]["bad_files"] == 5
    whole = rows(project.folder)
    reason = next(reason for reason in project.status()["quarantine"] if reason["reason"] == "bad_file")
    assert reason["held"] == 5
    assert "archive class such as Glacier. Restore it, then run tideline load --retry-files" in str(reason["examples"])

    code, report, _ = project.load()
    assert (code, report["loaded"]) == (0, 0), "a file that is cold is not requested by every load"
    project.proxy.clear()
    code, report, _ = project.load("--retry-files")
    assert (code, report["loaded"], report["totals"]["bad_files"]) == (0, 4, 0)  # two files are of one hour
    assert rows(project.folder) > whole
    assert all(reason["reason"] != "bad_file" for reason in project.status()["quarantine"])
    assert project.load("--retry-files")[1]["loaded"] == 0


@pytest.mark.slow
def test_one_forbidden_file_is_a_bad_file_and_an_hour_that_is_forbidden_fails_alone(project: Project) -> None:
    keys = sorted(project.bucket.keys("archive"))
    project.proxy.fail("deny", key=Path(keys[0]).name, times=EVER)
    for key in keys[2:7]:
        project.proxy.fail("deny", key=Path(key).name, times=EVER)
    code, report, errors = project.load()
    assert (code, report["loaded"], report["failed"], report["left"]) == (1, 3, 5, 0)
    assert report["totals"]["bad_files"] == 1
    assert "tideline: failed: 2026-01-31T08, 2026-01-31T09" in errors
    assert "left pending" not in errors

    project.load()
    failing = project.status()["failing"]
    assert [(failure["archive_hour"][:13], failure["attempts"]) for failure in failing] == [
        (f"2026-01-31T{hour:02}", 2) for hour in range(8, 13)
    ]
    assert "none of the 1 files of the hour may be read" in failing[0]["error"]
    assert failing[0]["since"] < failing[0]["last"]
    shown = tideline("status", "--config", project.folder / "tideline.toml", cwd=project.folder).stdout
    assert "Failing hours (the next load tries them again)" in shown
    assert "s3:GetObject" in " ".join(shown.split())

    project.proxy.clear()
    assert project.load()[0] == 0
    assert project.status()["failing"] == []


@pytest.mark.slow
def test_an_archive_that_does_not_answer_ends_the_run_early(project: Project) -> None:
    """The token expires after the plan is made."""
    project.run("load", "--dry-run")
    listings = project.proxy.count("GET", "/$|^/[^/]+$")
    project.proxy.fail("expire", key=r"\.json", times=EVER)
    project.proxy.fail("expire", key="list-type=2", times=EVER, after=listings)
    code, report, errors = project.load()
    assert (code, report["failed"], report["left"]) == (1, 1, 7)
    assert "Stopped, as the others would fail as well; 7 hours are left pending." in errors


def test_a_warehouse_that_is_gone_ends_the_run_early(tmp_path: Path) -> None:
    """What is a folder while the hours are planned is a file when they are loaded."""
    write_hours(tmp_path / "archive", range(4))
    folder = tmp_path / "folder"
    folder.mkdir()
    settings = settings_of(write_config(tmp_path, warehouse=f"{folder}/w.duckdb"))
    plans = plan_hours(settings, Choice())
    folder.rmdir()
    folder.write_text("")
    outcomes = list(load_plans(settings, plans, Choice(), lambda *_: None))
    assert (len(plans), [outcome.state for outcome in outcomes]) == (4, ["failed"])


def test_a_link_to_nothing_is_a_bad_file_until_it_is_mended(tmp_path: Path) -> None:
    archive, elsewhere = tmp_path / "archive", tmp_path / "elsewhere"
    write_hours(archive, range(1))
    moved = write_file(elsewhere, hour(0), [track("linked", at=hour(0))], part=1)
    link = archive / moved.relative_to(elsewhere)
    link.symlink_to(tmp_path / "nothing")
    config = write_config(tmp_path, warehouse=f"{tmp_path}/w.duckdb")
    done = tideline("load", "--config", config, "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["totals"]["bad_files"]) == (0, 1)
    before = rows(tmp_path)
    link.unlink()
    link.symlink_to(moved)
    assert tideline("load", "--config", config, cwd=tmp_path).returncode == 0
    assert rows(tmp_path) == before + 1
