"""A project as it is after months: some sources, hundreds of event tables, and hours that are all loaded."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.conftest import ROOT

SOURCES: Final = ("web", "app", "server")
PATIENCE: Final = 3600.0
CONTEXT: Final[dict[str, Any]] = {
    "library": {"name": "analytics.js", "version": "2.11.1"},
    "app": {"name": "Shop", "version": "7.2.0", "build": "7200"},
    "device": {"id": "d-17", "manufacturer": "Acme", "model": "A7", "type": "android"},
    "os": {"name": "Android", "version": "14"},
    "screen": {"width": 1080, "height": 2400, "density": 2.75},
    "page": {"path": "/cart", "title": "Cart", "url": "https://shop.example/cart", "referrer": ""},
    "campaign": {"source": "mail", "medium": "letter", "name": "spring"},
    "network": {"carrier": "Acme", "wifi": True},
    "locale": "de-DE",
    "timezone": "Europe/Berlin",
    "userAgent": "Mozilla/5.0 (Linux; Android 14)",
}


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock and of CPU; a step's log has no CPU."""

    wall: float
    cpu: float = 0.0


@dataclass(frozen=True)
class Shape:
    """How much there is: event tables of all sources together, days of archive hours, events of an hour and source."""

    tables: int = 500
    days: int = 90
    events: int = 40
    sources: Sequence[str] = SOURCES

    @property
    def hours(self) -> int:
        """Archive hours of a source."""
        return self.days * 24

    def names(self, source: str) -> list[str]:
        """Return the event names of a source, a table for each."""
        own = range(self.sources.index(source), self.tables, len(self.sources))
        return [f"Feature {number:03} Used" for number in own]


@dataclass(frozen=True)
class Project:
    """A folder with archives, a configuration, and all that loads and Dagster write."""

    folder: Path
    shape: Shape
    last: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    )
    """The newest archive hour."""

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "tideline.toml"

    @property
    def home(self) -> Path:
        """Dagster's own folder."""
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process of the project; modules keep their bytecode, as where they are installed."""
        own = {"TIDELINE_CONFIG": str(self.config), "DAGSTER_HOME": str(self.home)}
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("TIDELINE_") and name != "PYTHONDONTWRITEBYTECODE"
        }
        return kept | own | {"PYTHONPATH": f"{ROOT}{os.pathsep}{self.folder}"}

    def write(self) -> None:
        """Write the configuration, Dagster's, and an archive for each source: every name in its first hour."""
        self.home.mkdir(parents=True)
        (self.home / "dagster.yaml").write_text((ROOT / "deploy" / "dagster-dev.yaml").read_text())
        sources = "".join(
            f'[sources.{name}]\narchive = "{self.folder}/archive/{name}"\nlayout = "rudderstack"\nschema = "{name}"\n'
            for name in self.shape.sources
        )
        self.config.write_text(
            f'lake = "{self.folder}/lake"\nwarehouse = "{self.folder}/warehouse.duckdb"\nsettle = "0s"\n{sources}'
        )
        first, chance = self.last - timedelta(hours=self.shape.hours - 1), random.Random(1)
        for source in self.shape.sources:
            names = self.shape.names(source)
            for number in range(self.shape.hours):
                chosen = names if number == 0 else chance.choices(names, k=self.shape.events)
                self._write_hour(source, first + timedelta(hours=number), chosen)

    def write_late_file(self, source: str, part: int) -> None:
        """Add a file to the newest hour that has an event for every table."""
        self._write_hour(source, self.last, self.shape.names(source), part=part)

    def load(self) -> None:
        """Load what is pending, as an operator would."""
        command = [sys.executable, "-m", "event_assets.cli", "load", "--json"]
        done = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, timeout=PATIENCE)
        if done.returncode:
            raise SystemExit(f"tideline load ended with {done.returncode}: {done.stderr.decode()[-2000:]}")

    def _write_hour(self, source: str, hour: datetime, names: Sequence[str], *, part: int = 0) -> None:
        seconds = int(hour.timestamp()) + part
        path = self.folder / f"archive/{source}/rudder-logs/{source}/{hour:%Y-%m-%d}/{seconds}.{source}.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(event) for event in _events(source, hour, names, part))
        path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), compresslevel=1, mtime=0))


def _events(source: str, hour: datetime, names: Sequence[str], part: int) -> Iterator[dict[str, Any]]:
    """Yield a track of each name, of which one in twenty is a day late, and an identify and a page."""
    for number, name in enumerate(names):
        at = hour + timedelta(seconds=number) - timedelta(days=number % 20 == 7)
        ids = {"messageId": f"{source}-{hour:%m%dT%H}-{part}-{number}", "userId": f"u{number % 997}"}
        properties = {f"{word}_{len(name)}": number for word in ("count", "price", "step", "position")}
        kinds: dict[int, dict[str, Any]] = {
            0: {"type": "identify", "traits": {"plan": "pro", "seats": number}},
            1: {"type": "page", "name": name},
        }
        extra = [kinds[number]] if number in kinds else []
        for kind in ({"type": "track", "event": name, "properties": properties}, *extra):
            stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
            clocks = {"originalTimestamp": stamp, "sentAt": stamp, "receivedAt": f"{hour:%Y-%m-%dT%H:%M:%SZ}"}
            yield {**kind, **ids, **clocks, "timestamp": stamp, "context": CONTEXT}
