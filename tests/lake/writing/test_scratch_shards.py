"""Shards of the scratch area: what an hour makes of its copies does not depend on how it is cut."""

from __future__ import annotations

from pathlib import Path

from event_assets.lake.writing.scratch_shards import ScratchShard, write_shard
from event_assets.lake.writing.write_hour import write_shards
from tests.lake.build import SOURCE, TINY, lake_at, line, manifest_of, normalized, stored, write

ALIKE = [line("m-1", receivedAt=f"2026-01-31T07:00:0{second}Z") for second in (1, 2)]
OTHER = line("m-1", event="Cart Viewed", receivedAt="2026-01-31T07:00:03Z")
SAME = line("m-2")
FILES = {"a": [*ALIKE, SAME], "b": [OTHER, SAME], "c": [line("m-2", userId="u-2"), SAME]}


def test_copies_are_compared_with_the_one_that_stays_in_the_hour_not_in_their_shard(tmp_path: Path) -> None:
    whole, lake = lake_at(tmp_path / "one"), lake_at(tmp_path / "many")
    expected = write(whole, FILES)
    assert expected.counts.duplicates == 5
    assert expected.noticed["id_conflicts"] >= 3
    for names in (["a", "b", "c"], ["ab", "c"], ["a", "bc"], ["ac", "b"]):
        parts = [{name: FILES[name] for name in together} for together in names]
        shards = [write_shard(lake, SOURCE, manifest_of(part), normalized(part), shape=TINY) for part in parts]

        def normalize(_: Path, written: list[ScratchShard] = shards) -> list[ScratchShard]:
            return written

        note = write_shards(lake, SOURCE, manifest_of(FILES), normalize, shape=TINY)
        assert note == expected
        assert stored(lake, note) == stored(whole, expected)
