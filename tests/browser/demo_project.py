"""The demo's archive as a project for a live Dagster, with failures to cause: late and damaged files, a lost row."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from event_assets.archive.listing.list_hours import list_hours
from event_assets.config.settings import Settings, demo_configuration
from event_assets.config.warehouse import open_ledger
from event_assets.demo.generate import generate
from event_assets.discovery.survey import loaded_hours
from tests.browser.dagster_dev import wait_for
from tests.defs.build import settings_of, track, write_file

DAYS = 2
SEED = 7
LATE_EVENTS = 9


@dataclass(frozen=True)
class DemoProject:
    """A demo archive and its configuration, as `tideline demo` writes them."""

    folder: Path
    config: Path
    start: datetime
    hours: int

    @property
    def settings(self) -> Settings:
        return settings_of(self.config)

    def hour(self, number: int) -> datetime:
        """The archive hour that comes so many hours after the first."""
        return self.start + timedelta(hours=number)

    def key(self, number: int) -> str:
        """Its partition."""
        return f"{self.hour(number):%Y-%m-%dT%H}"

    def load_until(self, number: int) -> None:
        """Load the hours up to this one by the command."""
        command = [sys.executable, "-m", "event_assets.cli", "load", "--config", str(self.config)]
        subprocess.run([*command, "--to", self.key(number)], check=True, capture_output=True)

    def loads(self) -> dict[datetime, str]:
        """Archive hour -> the id of its load in the ledger."""
        with open_ledger(self.settings) as session:
            assert session is not None
            return {hour: load.load_id for hour, load in loaded_hours(session, "default").items()}

    def add_late_file(self, number: int) -> Path:
        """A file with new events that arrives now for an hour."""
        hour = self.hour(number)
        events = [track(f"late-{number}-{n}", at=hour) for n in range(LATE_EVENTS)]
        return write_file(self.folder / "archive", hour, events, part=9)

    def add_new_event(self, number: int, name: str) -> None:
        """A late file for an hour with an event of a name that none had before."""
        hour = self.hour(number)
        write_file(self.folder / "archive", hour, [track(f"new-{number}", at=hour, event=name)], part=8)

    def add_damaged_file(self, number: int) -> Path:
        """A late file of which half is missing."""
        path = self.add_late_file(number)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        return path

    def lose_row(self, number: int) -> None:
        """Take a row of an hour out of a table by hand."""
        chosen = "SELECT min(id) FROM events.tracks WHERE _archive_hour = ?"
        statement = f"DELETE FROM events.tracks WHERE id = ({chosen})"

        def lost() -> bool:
            try:
                with duckdb.connect(str(self.folder / "warehouse.duckdb")) as connection:
                    connection.execute(statement, [self.hour(number)])
            except duckdb.IOException:  # a sensor reads
                return False
            return True

        wait_for(lost, "the warehouse", seconds=120)

    def write_newer_note(self, number: int) -> None:
        """Replace the lake's note of an hour by one of a later version."""
        path = self.folder / "lake" / "default" / "hours" / f"{self.key(number)}.json"
        path.write_text('{"format": 1000}')


def make_demo(folder: Path, *, events: int) -> DemoProject:
    """A dirty archive of two days of which nothing is loaded."""
    generate(folder / "archive", events=events, seed=SEED, days=DAYS, clean=False)
    config = folder / "tideline.toml"
    config.write_text(demo_configuration(folder))
    hours = list(list_hours(settings_of(config).sources["default"]).hours)
    config.write_text(demo_configuration(folder, start=hours[0], end=hours[-1]))
    count = int((hours[-1] - hours[0]) / timedelta(hours=1)) + 1
    return DemoProject(folder, config, hours[0], count)
