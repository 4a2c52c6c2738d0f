"""A large hour that processes share is the same in the lake, byte for byte, as one process makes it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Thread

import pytest

from event_assets.archive.listing.list_hours import Listing, list_hours
from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.config.memory import DEFAULT_MIB, LEAST_MIB, plan_memory
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.demo.generate import generate
from event_assets.lake.errors import TransientLakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.store import Lake
from event_assets.pipeline import parallel_read as shares
from event_assets.pipeline.hour import normalize_hour
from event_assets.pipeline.parallel_read import LEAST_SHARE_BYTES, cut_shares

MIB = 1 << 20


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Listing[Source]:
    """A dirty archive: copies in other files of their hour, broken lines and files."""
    archive = generate(tmp_path_factory.mktemp("shares"), events=4_000, days=2).folder
    return list_hours(Source(str(archive), layout="rudderstack"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is worth a process."""
    monkeypatch.setattr(shares, "LEAST_SHARE_BYTES", 1)


def settings_at(folder: Path, listing: Listing[Source], processes: int) -> Settings:
    """A lake in a folder, and how many processes may share an hour."""
    memory = plan_memory(processes * LEAST_MIB, processes=processes)
    return Settings({"default": listing.source}, Lake(str(folder / "lake")), "duckdb:///none", memory=memory)


def busiest(listing: Listing[Source]) -> Manifest:
    """The hour with the most files."""
    return max(listing.hours.values(), key=lambda manifest: len(manifest.files))


def content(lake: Lake, note: HourNote) -> dict[str, bytes]:
    return {path: Path(lake.locate(path)).read_bytes() for path in (*note.parquet, *note.quarantine)}


@pytest.mark.usefixtures("small")
def test_the_lake_of_a_shared_hour_has_the_same_bytes(listing: Listing[Source], tmp_path: Path) -> None:
    alone, shared = (settings_at(tmp_path / str(processes), listing, processes) for processes in (1, 3))
    whole = [normalize_hour(alone, listing.source, manifest).note for manifest in listing.hours.values()]
    dirt: list[Callable[[HourNote], object]] = [
        lambda note: note.counts.duplicates,
        lambda note: note.counts.quarantined,
        lambda note: any(file.bad for file in note.files) and len(note.files) > 2,
    ]
    chosen = {note.archive_hour: note for is_dirty in dirt for note in [next(filter(is_dirty, whole))]}
    for hour, note in chosen.items():
        assert len(cut_shares(listing.source, listing.hours[hour], 3)) > 1
        assert normalize_hour(shared, listing.source, listing.hours[hour]).note == note
        assert content(shared.lake, note) == content(alone.lake, note)


@pytest.mark.usefixtures("small")
def test_rows_of_a_vanished_file_stay_where_the_others_are_shared(listing: Listing[Source], tmp_path: Path) -> None:
    settings, manifest = settings_at(tmp_path, listing, 2), busiest(listing)
    gone, new = manifest.files[0], manifest.files[-1]
    whole = normalize_hour(settings_at(tmp_path / "whole", listing, 1), listing.source, manifest).note
    normalize_hour(settings, listing.source, replace(manifest, files=manifest.files[:-1]))
    again = normalize_hour(settings, listing.source, replace(manifest, files=manifest.files[1:])).note
    assert [file.file for file in again.files if file.vanished] == [gone.key]
    assert new.key in [file.file for file in again.files]
    assert again.counts == whole.counts


@pytest.mark.usefixtures("small")
def test_a_file_that_is_gone_is_told_as_by_one_process(listing: Listing[Source], tmp_path: Path) -> None:
    manifest = busiest(listing)
    strange = replace(manifest, files=(*manifest.files, ArchiveFile("shop/2026/none.json.gz", 10, "e")))
    told = []
    for processes in (1, 2):
        with pytest.raises(Exception, match=r"none\.json\.gz") as raised:
            normalize_hour(settings_at(tmp_path / str(processes), listing, processes), listing.source, strange)
        told.append((type(raised.value), str(raised.value)))
    assert told[0] == told[1]


@pytest.mark.usefixtures("small")
def test_a_process_that_is_killed_makes_the_hour_fail_for_now(listing: Listing[Source], tmp_path: Path) -> None:
    killer = Thread(target=kill_child, daemon=True)
    killer.start()
    settings = settings_at(tmp_path, listing, 2)
    with pytest.raises(TransientLakeError, match=r"ended with -9: load the hour again"):
        normalize_hour(settings, listing.source, busiest(listing))
    killer.join(10)
    assert normalize_hour(settings, listing.source, busiest(listing)).written, "nothing was left half done"
    assert list((tmp_path / "lake" / ".spool").iterdir()) == []


def kill_child() -> None:
    """Kill the first process of ours that reads a share."""
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


def test_shares_are_even_and_hold_each_file_once() -> None:
    files = tuple(ArchiveFile(f"f{number}", size * MIB, "e") for number, size in enumerate([40, 30, 20, 10, 10, 5]))
    hour = Manifest("default", datetime.fromisoformat("2026-01-31T07:00:00+00:00"), files, vanished=frozenset({"f5"}))
    source = Source("a", layout="rudderstack")
    cut = cut_shares(source, hour, 2)
    assert sorted(file.key for share in cut for file in share.files) == ["f0", "f1", "f2", "f3", "f4"]
    assert [sum(file.size for file in share.files) // MIB for share in cut] == [60, 50]
    assert cut_shares(source, hour, 1) == ()
    assert cut_shares(source, replace(hour, files=files[:1]), 2) == (), "one file has one beginning"
    tiny = tuple(replace(file, size=LEAST_SHARE_BYTES // 10) for file in files)
    assert cut_shares(source, replace(hour, files=tiny), 2) == (), "not worth a process"


def test_as_many_processes_as_memory_lets_be() -> None:
    assert plan_memory(DEFAULT_MIB, processes=8).processes == DEFAULT_MIB // LEAST_MIB
    assert plan_memory(LEAST_MIB, processes=8).processes == 1
    assert plan_memory(8 * LEAST_MIB, processes=4).processes == 4
