"""How an hour is cut into shards."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.config.memory import DEFAULT_MIB, LEAST_MIB, plan_memory
from event_assets.config.source import Source
from event_assets.pipeline.normalize import cut_shards
from event_assets.pipeline.shards import LEAST_SHARD_BYTES

MIB = 1 << 20


def test_shards_are_even_and_hold_each_file_once() -> None:
    files = tuple(ArchiveFile(f"f{number}", size * MIB, "e") for number, size in enumerate([40, 30, 20, 10, 10, 5]))
    hour = Manifest("default", datetime.fromisoformat("2026-01-31T07:00:00+00:00"), files, vanished=frozenset({"f5"}))
    source = Source("a", layout="rudderstack")
    shards = cut_shards(source, hour, width=2)
    assert sorted(file.key for shard in shards for file in shard.files) == ["f0", "f1", "f2", "f3", "f4"]
    assert [shard.size // MIB for shard in shards] == [60, 50]
    assert not any(shard.whole for shard in shards)

    def is_whole(hour: Manifest, source: Source = source, width: int = 2) -> bool:
        (shard,) = cut_shards(source, hour, width=width)
        return shard.whole and len(shard.files) == len(hour.files) - len(hour.vanished)

    assert is_whole(hour, width=1)
    assert is_whole(hour, replace(source, layout="auto")), "the keys of all files show the layout"
    assert is_whole(replace(hour, files=files[:1], vanished=frozenset())), "one file has one beginning"
    tiny = tuple(replace(file, size=LEAST_SHARD_BYTES // 10) for file in files)
    assert is_whole(replace(hour, files=tiny)), "not worth a process"


def test_as_many_processes_as_memory_allows() -> None:
    assert plan_memory(DEFAULT_MIB, processes=8).processes == DEFAULT_MIB // LEAST_MIB
    assert plan_memory(LEAST_MIB, processes=8).processes == 1
    assert plan_memory(8 * LEAST_MIB, processes=4).processes == 4
