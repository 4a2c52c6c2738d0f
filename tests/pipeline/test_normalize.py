"""An hour has the same bytes in the lake whatever executor normalizes its shards."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from event_assets.archive.listing.list_hours import Listing, list_hours
from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.config.memory import LEAST_MIB, plan_memory
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.demo.generate import generate
from event_assets.lake.errors import TransientLakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.store import Lake
from event_assets.lake.writing.scratch_shards import SCRATCH_FOLDER
from event_assets.pipeline import shards as cutting
from event_assets.pipeline.executors import Executor, InProcess
from event_assets.pipeline.fan_out import FanOut
from event_assets.pipeline.hour import HourInLake, normalize_hour
from event_assets.pipeline.shards import Shard, cut_by_bytes, cut_evenly

WORKERS = 3


@dataclass(frozen=True)
class Way:
    """An executor and how it cuts hours; the default one of `normalize_hour` where there is none."""

    cut: Callable[[Manifest], tuple[Shard, ...]]
    executor: Callable[[], Executor] | None = None

    def normalize(self, settings: Settings, source: Source, manifest: Manifest) -> HourInLake:
        """Normalize an hour in shards."""
        if self.executor is None:
            return normalize_hour(settings, source, manifest)
        return normalize_hour(settings, source, manifest, executor=self.executor(), shards=self.cut(manifest))


EXECUTORS = {
    "in process": Way(partial(cut_evenly, width=WORKERS), InProcess),
    "worker processes": Way(partial(cut_evenly, width=WORKERS)),
    "fan-out": Way(partial(cut_by_bytes, most=1), partial(FanOut, WORKERS)),
}
every_executor = pytest.mark.parametrize("way", EXECUTORS.values(), ids=EXECUTORS)


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Listing[Source]:
    """A dirty archive: copies in other files of their hour, broken lines and files."""
    archive = generate(tmp_path_factory.mktemp("shards"), events=4_000, days=2).folder
    return list_hours(Source(str(archive), layout="rudderstack"))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is worth a shard."""
    monkeypatch.setattr(cutting, "LEAST_SHARD_BYTES", 1)


def settings_in(folder: Path, listing: Listing[Source], processes: int) -> Settings:
    """A lake in a folder, and how many processes may normalize the shards of an hour."""
    memory = plan_memory(processes * LEAST_MIB, processes=processes)
    return Settings({"default": listing.source}, Lake(str(folder / "lake")), "duckdb:///none", memory=memory)


def busiest(listing: Listing[Source]) -> Manifest:
    """The hour with the most files."""
    return max(listing.hours.values(), key=lambda manifest: len(manifest.files))


def content(lake: Lake, note: HourNote) -> dict[str, bytes]:
    return {path: Path(lake.locate(path)).read_bytes() for path in (*note.parquet, *note.quarantine)}


def leftovers(lake: Lake) -> list[Path]:
    """Files outside the lake proper: sorted runs and shards."""
    folders = (Path(lake.url) / ".spool", Path(lake.url) / SCRATCH_FOLDER)
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def whole(listing: Listing[Source], tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, list[HourNote]]:
    """The lake and the notes of hours of one shard."""
    settings = settings_in(tmp_path_factory.mktemp("whole"), listing, 1)
    notes = [normalize_hour(settings, listing.source, manifest).note for manifest in listing.hours.values()]
    return settings.lake, notes


@every_executor
def test_an_hour_in_shards_has_the_same_bytes(
    way: Way, listing: Listing[Source], whole: tuple[Lake, list[HourNote]], tmp_path: Path
) -> None:
    settings = settings_in(tmp_path, listing, WORKERS)
    lake, notes = whole
    dirt: list[Callable[[HourNote], object]] = [
        lambda note: note.counts.duplicates,
        lambda note: note.counts.quarantined,
        lambda note: any(file.bad for file in note.files) and len(note.files) > 2,
    ]
    chosen = {note.archive_hour: note for is_dirty in dirt for note in [next(filter(is_dirty, notes))]}
    for hour, note in chosen.items():
        assert len(way.cut(listing.hours[hour])) > 1
        assert way.normalize(settings, listing.source, listing.hours[hour]).note == note
        assert content(settings.lake, note) == content(lake, note)
    assert leftovers(settings.lake) == []


@every_executor
def test_rows_of_a_vanished_file_stay_where_the_others_are_shards(
    way: Way, listing: Listing[Source], whole: tuple[Lake, list[HourNote]], tmp_path: Path
) -> None:
    settings, manifest = settings_in(tmp_path, listing, 2), busiest(listing)
    gone, new = manifest.files[0], manifest.files[-1]
    way.normalize(settings, listing.source, replace(manifest, files=manifest.files[:-1]))
    again = way.normalize(settings, listing.source, replace(manifest, files=manifest.files[1:])).note
    assert [file.file for file in again.files if file.vanished] == [gone.key]
    assert new.key in [file.file for file in again.files]
    assert again.counts == next(note.counts for note in whole[1] if note.archive_hour == manifest.archive_hour)


@every_executor
def test_a_file_that_is_missing_raises_the_error_of_one_process(
    way: Way, listing: Listing[Source], tmp_path: Path
) -> None:
    manifest = busiest(listing)
    strange = replace(manifest, files=(*manifest.files, ArchiveFile("shop/2026/none.json.gz", 10, "e")))
    errors = []
    for processes, normalize in ((1, normalize_hour), (2, way.normalize)):
        with pytest.raises(Exception, match=r"none\.json\.gz") as raised:
            normalize(settings_in(tmp_path / str(processes), listing, processes), listing.source, strange)
        errors.append((type(raised.value), str(raised.value)))
    assert errors[0] == errors[1]


def test_a_worker_process_that_is_killed_makes_the_hour_fail_for_now(listing: Listing[Source], tmp_path: Path) -> None:
    killer = Thread(target=kill_child, daemon=True)
    killer.start()
    settings = settings_in(tmp_path, listing, 2)
    with pytest.raises(TransientLakeError, match=r"ended with -9: load the hour again"):
        normalize_hour(settings, listing.source, busiest(listing))
    killer.join(10)
    assert normalize_hour(settings, listing.source, busiest(listing)).written, "nothing was left half done"
    assert list((tmp_path / "lake" / ".spool").iterdir()) == []


def kill_child() -> None:
    """Kill the first process of ours that normalizes a shard."""
    for _ in range(3_000):
        for child in children():
            os.kill(child, signal.SIGKILL)
            return
        time.sleep(0.01)


def children() -> Iterator[int]:
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "event_assets.pipeline.worker"],
        capture_output=True,
        text=True,
        check=False,
    )
    yield from map(int, found.stdout.split())
