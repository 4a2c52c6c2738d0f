"""The hours of a replay share loads as those of any load do; one that cannot be loaded costs itself (contract §13)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from event_assets.lake.erasure.suppression import NOBODY
from event_assets.lake.hour_note import HourNote
from event_assets.lake.parquet import DEFAULT_SHAPE
from event_assets.lake.reading.read import list_notes
from event_assets.lake.writing.replayed_lines import manifest_of, replay_hour
from event_assets.pipeline.erasure.forget import utc_now
from event_assets.pipeline.quarantine.lines import LineChoice
from event_assets.pipeline.quarantine.read_again import LinesOfHour
from event_assets.pipeline.quarantine.replay import Replayed, replay
from tests.drive import Place
from tests.pipeline.quarantine.replayed import (
    hide_archive,
    prove_mapped,
)
from tests.promises.archives import hour_number


def replayed(where: Place, hours_per_load: int | None) -> list[Replayed]:
    """Replay every hour with a setting."""
    return list(replay(replace(where.settings, hours_per_load=hours_per_load), LineChoice()))


def shared_loads(where: Place) -> list[list[int]]:
    """The numbers of the hours that share their newest load, in order."""
    newest = "SELECT archive_hour, arg_max(shared_load, load_id) AS shared FROM tideline.loads GROUP BY archive_hour"
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.execute(
            f"SELECT list(archive_hour ORDER BY archive_hour) FROM ({newest}) GROUP BY shared ORDER BY 1"
        ).fetchall()
    return [[int((hour - hour_number(0)).total_seconds()) // 3600 for hour in hours] for (hours,) in rows]


def end_before_the_load(where: Place) -> list[HourNote]:
    """Leave what a replay does that is killed before its first load: every hour is in the lake; return the notes."""
    written = []
    for note in list_notes(where.lake, where.source.name):
        reader = LinesOfHour.of(where.source, manifest_of(note), frozenset())
        written.append(
            replay_hour(where.lake, where.source, note, reader.read, NOBODY, shape=DEFAULT_SHAPE, moment=utc_now())
            if note.counts.quarantined
            else note
        )
    return written


@pytest.mark.parametrize(
    ("hours_per_load", "loads"),
    [(None, [[0, 1, 2], [3]]), pytest.param(2, [[0, 1], [2], [3]], marks=pytest.mark.slow), (1, [[0], [1], [2], [3]])],
)
def test_hours_share_as_many_loads_as_the_setting_allows(
    loaded: Place, hours_per_load: int | None, loads: list[list[int]]
) -> None:
    hidden = hide_archive(loaded) if hours_per_load != 1 else Path(loaded.source.archive)
    results = replayed(loaded, hours_per_load)
    assert [(result.archive_hour, bool(result.way), result.error) for result in results] == [
        (hour_number(number), True, None) for number in range(3)
    ]
    assert [hours for hours in shared_loads(loaded) if hours != [3]] == loads[:-1]
    prove_mapped(loaded, hidden)


def test_an_hour_that_cannot_be_loaded_is_named_and_the_others_of_its_load_are_loaded(loaded: Place) -> None:
    hidden = hide_archive(loaded)
    path = loaded.folder / "lake" / end_before_the_load(loaded)[1].parquet[0]
    sound = path.read_bytes()
    path.write_bytes(sound[:-9] + bytes([sound[-9] ^ 1]) + sound[-8:])
    results = replayed(loaded, None)
    assert [(result.way, bool(result.error)) for result in results] == [
        ("warehouse", False),
        ("", True),
        ("warehouse", False),
    ]
    assert "damaged" in str(results[1].error)
    assert [0, 2] in shared_loads(loaded)
    path.write_bytes(sound)
    assert [result.way for result in replayed(loaded, None)] == ["", "warehouse"]  # hour 2 has no line left
    prove_mapped(loaded, hidden)
