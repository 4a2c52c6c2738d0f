"""The command with archive and lake in a bucket: it loads, finds late files, and leaves a failed hour pending."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import s3fs

from event_assets.cli.app import run
from tests.defs.build import write_hours
from tests.s3 import REGION, Bucket, Store
from tests.s3_proxy import Proxy, start_proxy

NOTE = "lake/default/hours/2026-01-31T07.json"


@dataclass(frozen=True)
class Project:
    """A folder with a configuration, and the bucket that it names."""

    bucket: Bucket
    folder: Path
    proxy: Proxy

    def load(self, *arguments: str) -> int:
        """Run `tideline load`; its exit code."""
        return run(["load", "--config", str(self.folder / "tideline.toml"), "--no-rollups", *arguments])


@pytest.fixture(scope="module")
def way(s3: Store) -> Iterator[Proxy]:
    with start_proxy(s3) as proxy:
        yield proxy


@pytest.fixture
def project(s3: Store, way: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Everything by the environment, as where a role is given; the file has nothing but places."""
    bucket = s3.new_bucket()
    way.clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL", way.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.credentials["key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.credentials["secret"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 2)
    s3fs.S3FileSystem.clear_instance_cache()
    write_hours(tmp_path / "archive", range(3))
    bucket.copy_from(tmp_path / "archive", "archive")
    locations = {"lake": bucket.url("lake"), "warehouse": str(tmp_path / "w.duckdb")}
    top = [f"{name} = {json.dumps(value)}" for name, value in locations.items()]
    lines = [*top, "[source]", f'archive = "{bucket.url("archive")}"']
    (tmp_path / "tideline.toml").write_text("\n".join(lines))
    return Project(bucket, tmp_path, way)


def counts(capfd: pytest.CaptureFixture[str]) -> dict[str, int]:
    document = json.loads(capfd.readouterr().out)
    return {name: document[name] for name in ("loaded", "skipped", "failed", "left")}


def test_a_bucket_is_loaded_by_the_command_and_late_files_are_found(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    assert project.load("--json") == 0
    assert counts(capfd) == {"loaded": 3, "skipped": 0, "failed": 0, "left": 0}
    assert NOTE in project.bucket.keys("lake")
    (late, *_) = project.bucket.keys("archive")
    project.bucket.put(late.replace(".0000.", ".0001."), project.bucket.read(late))
    assert project.load("--json") == 0
    assert counts(capfd) == {"loaded": 1, "skipped": 0, "failed": 0, "left": 0}


@pytest.mark.slow
def test_a_file_that_keeps_failing_fails_its_hour_and_the_next_command_loads_it(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    failing = sorted(project.bucket.keys("archive"))[1]
    project.proxy.fail("error", key=failing.rpartition("/")[2], times=1000)
    assert project.load("--json") == 1
    assert counts(capfd) == {"loaded": 2, "skipped": 0, "failed": 1, "left": 0}
    project.proxy.clear()
    assert project.load("--json") == 0
    assert counts(capfd) == {"loaded": 1, "skipped": 0, "failed": 0, "left": 0}


@pytest.mark.slow
def test_a_reload_does_not_take_a_note_away_that_could_not_be_read_for_a_while(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    """Rows of vanished files would be removed with it: only a note that is damaged is written again."""
    assert project.load() == 0
    before = project.bucket.read(NOTE)
    project.proxy.fail("error", key=NOTE, times=1000)
    assert project.load("--reload") == 1
    assert f"Reading {NOTE.removeprefix('lake/')} of the lake" in capfd.readouterr().err
    assert project.proxy.count("DELETE") == 0
    assert project.bucket.read(NOTE) == before
