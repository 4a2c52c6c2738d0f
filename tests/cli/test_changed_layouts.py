"""After a change of layout and time zone: what `status` and `load` report, and that nothing is lost or doubled."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import duckdb

from event_assets.config.settings import load_settings
from tests.cli.conftest import Tideline
from tests.drive import Place
from tests.independent.reader import ArchiveFile
from tests.independent.verify import describe
from tests.promises.proof import find_differences, read_again

FILES = {
    "2026-01-31/16/a": (1, 2),
    "2026-02-01/01/a": (2, 3),
    "dt=2026-01-31/17/b": (4, 1),
    "dt=2026-01-31/18/b": (5, 5, 3),
}
"""Key -> the numbers of its events. The hours are those of Tokyo: 01 of the next day is the hour 16 in UTC."""


def event(number: int) -> str:
    known = {} if number == 3 else {"messageId": f"m-{number}"}
    at = f"2026-01-31T{5 + number:02}:10:0{number}Z"
    return json.dumps({"type": "track", **known, "userId": "u", "event": "Opened", "timestamp": at, "receivedAt": at})


def configure(folder: Path, more: str) -> None:
    text = f'lake = "lake"\nwarehouse = "warehouse.duckdb"\n[source]\narchive = "archive"\n{more}\n'
    (folder / "tideline.toml").write_text(text)


def check(folder: Path, hours: dict[str, str]) -> None:
    """Prove the tables: every file counts for its hour, and no row is left of another; the ledger keeps those loads."""
    source = load_settings({}, folder=folder).sources["default"]
    archive = folder / "archive"
    files = [ArchiveFile(datetime.fromisoformat(f"2026-{hour}:00+00:00"), archive / key) for key, hour in hours.items()]
    found = find_differences(Place(source, folder), read_again(files))
    kept = [one for one in found if one.table != "loads"]
    assert not kept, describe(kept)


def count_ids(folder: Path) -> tuple[int, int]:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as warehouse:
        found = warehouse.execute("SELECT count(*), count(DISTINCT id) FROM events.tracks").fetchall()
    return int(found[0][0]), int(found[0][1])


def test_hours_of_a_former_layout_and_time_zone_are_named_and_loaded_again(tideline: Tideline, tmp_path: Path) -> None:
    for key, numbers in FILES.items():
        (tmp_path / "archive" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "archive" / key).write_text("\n".join(map(event, numbers)))
    configure(tmp_path, 'layout = "{date}/{hour}/*"')
    first = tideline("load", "--json")
    assert (first.code, first.document["loaded"]) == (0, 2)
    assert "2 files" in first.err
    assert "fit" in first.err
    check(tmp_path, {"2026-01-31/16/a": "01-31T16", "2026-02-01/01/a": "02-01T01"})

    configure(tmp_path, 'layout = ["{date}/{hour}/*", "dt={date}/{hour}/*"]\ntime_zone = "Asia/Tokyo"')
    (source,) = tideline("status", "--json").document["sources"]
    assert [hour[8:13] for hour in source["pending"]] == ["31T07", "31T08", "31T09", "31T16"]
    assert [hour[8:13] for hour in source["other_settings"]] == ["31T16", "01T01"]
    warned = tideline("load")
    assert warned.code == 0
    assert "1 hour of default loaded under other settings" in warned.err
    assert "--reload" in warned.err
    assert count_ids(tmp_path) == (5, 5)

    again = tideline("load", "--reload", "--accept-removals")
    assert again.code == 0
    hours = dict(zip(FILES, ("01-31T07", "01-31T16", "01-31T08", "01-31T09"), strict=True))
    check(tmp_path, hours)
    assert "other settings" not in tideline("load").err
