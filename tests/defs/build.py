"""Builds tiny RudderStack archives and the settings that load them, for the tests of Dagster and the command."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from event_assets.config.settings import Flags, Settings, load_settings
from event_assets.defs.resources import Tideline

FIRST = datetime(2026, 1, 31, 7, tzinfo=UTC)


def hour(number: int) -> datetime:
    """Return the archive hour `number` hours after the first."""
    return FIRST + timedelta(hours=number)


def track(name: str, *, at: datetime, event: str = "Order Completed", **properties: object) -> dict[str, Any]:
    """Return a valid track event that happened and was received at `at`."""
    stamp = at.isoformat().replace("+00:00", "Z")
    return {
        "type": "track",
        "messageId": name,
        "userId": "u1",
        "event": event,
        "properties": properties or {"price": 1},
        "originalTimestamp": stamp,
        "sentAt": stamp,
        "receivedAt": stamp,
        "timestamp": stamp,
        "context": {"library": {"name": "js", "version": "1"}},
    }


def write_file(archive: Path, arrived: datetime, events: Iterable[dict[str, Any] | str], *, part: int = 0) -> Path:
    """Write a file of the RudderStack layout that arrived in the hour of `arrived`; strings become lines unchanged."""
    path = archive / f"rudder-logs/shop/{arrived:%Y-%m-%d}/{int(arrived.timestamp()) + part}.shop.{part:04}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (event if isinstance(event, str) else json.dumps(event) for event in events)
    path.write_bytes(gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0))
    return path


def write_hours(archive: Path, numbers: Iterable[int], *, events: int = 4) -> None:
    """Write an hour per number, with a few orders, one of them sent twice, and one broken line."""
    for number in numbers:
        good = [track(f"m{number}-{n}", at=hour(number)) for n in range(events)]
        write_file(archive, hour(number), [*good, good[0], '{"type": "track", '])


def write_config(
    folder: Path, *, hours: int = 24, extra: str = "", warehouse: str | None = None, settle: str = "0s"
) -> Path:
    """Write a configuration for `folder`/archive, with partitions from the first hour on; files settle at once."""
    path = folder / "tideline.toml"
    path.write_text(
        f'lake = "{folder}/lake"\n'
        f'warehouse = "{warehouse or folder / "warehouse.duckdb"}"\n'
        f'partitions_start = "{hour(0):%Y-%m-%dT%H}"\n'
        f'partitions_end = "{hour(hours - 1):%Y-%m-%dT%H}"\n'
        f'settle = "{settle}"\n'
        f"{extra}\n[source]\n"
        f'archive = "{folder}/archive"\n'
        'layout = "rudderstack"\n'
    )
    return path


def settings_of(config: Path) -> Settings:
    """Return the settings of a configuration file, regardless of the environment."""
    return load_settings({}, Flags(config=str(config)))


def resource_of(config: Path) -> Tideline:
    """Return the resource that provides those settings to assets, checks and sensors."""
    return Tideline(config=str(config))


@contextmanager
def held_elsewhere(warehouse: Path) -> Iterator[None]:
    """Keep a DuckDB file open for writing in another process."""
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(warehouse)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield
        finally:
            process.communicate()
