"""Opens Dagster's UI on a demo archive in a real browser: assets, partition bar, an hour with its counts, green checks.

Run by `make browser`. Ends with 0 only if the pages show what they must and every check is green; `--spoil` deletes a
row by hand first, to see it end with 1. `--screenshots docs/screenshots` keeps the pictures.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from event_assets.identities import IDENTITIES
from event_assets.partitions import run_hours
from event_assets.settings import Flags, load_settings
from tests.browser.dagster_dev import Dagster, Timeout, running_dagster, wait_for
from tests.edge.build import track, write_file

BROWSER: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
LATE: Final = (3, 4, 5, 9)
"""Hours that get a late file: two runs, for a run has no gap."""
HOURLY: Final = ("archive", "events", "warehouse")
"""Assets with a partition per archive hour; those of rollups have one per day."""
ENDED: Final = {"SUCCESS", "FAILURE", "CANCELED"}
WINDOW: Final[ViewportSize] = {"width": 1500, "height": 1000}
PATIENCE: Final = 60_000


def main() -> int:
    """Make a demo, open it, look; 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screenshots", type=Path, help="folder for the pictures")
    parser.add_argument("--spoil", action="store_true", help="delete a row by hand before the checks run")
    parser.add_argument("--events", type=int, default=3000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tideline-browser-") as folder:
        place = Path(folder)
        pictures = options.screenshots or place / "screenshots"
        pictures.mkdir(parents=True, exist_ok=True)
        config = make_demo(place, events=options.events)
        if options.spoil:
            spoil(place)
        with running_dagster(place / "home", config) as dagster:
            try:
                materialize_hours(dagster)
                look(dagster, pictures)
            except (AssertionError, Timeout) as error:
                tell(f"{error}\n{dagster.log.read_text()[-4000:]}")
                return 1
            return report_checks(dagster)


def make_demo(place: Path, *, events: int) -> Path:
    """A demo that the command has loaded, and late files for four of its hours."""
    command = [sys.executable, "-m", "event_assets.cli", "demo", "--days", "1", "--events", str(events)]
    subprocess.run([*command, "--folder", str(place / "demo")], check=True, stdout=subprocess.DEVNULL)
    config = place / "demo" / "tideline.toml"
    start = load_settings({}, Flags(config=str(config))).partitions_start
    assert start is not None
    for number in LATE:
        hour: datetime = start + timedelta(hours=number)
        write_file(place / "demo" / "archive", hour, [track(f"late-{number}-{n}", at=hour) for n in range(9)], part=9)
    return config


def spoil(place: Path) -> None:
    """Delete a row that a check must miss."""
    with duckdb.connect(str(place / "demo" / "warehouse.duckdb")) as connection:
        chosen = "SELECT min(id) FROM events.tracks WHERE extract(hour FROM timestamp) = 4"
        connection.execute(f"DELETE FROM events.tracks WHERE id = ({chosen})")


def materialize_hours(dagster: Dagster) -> None:
    """Let the one sensor report what the command loaded, and the other run the hours with late files."""
    wait_for(lambda: _all_materialized(dagster), "the hours that the command loaded", seconds=240)
    tell("The hours that the command loaded are materialized.")
    dagster.start_sensor("pending_hours")
    wait_for(lambda: len(_ended(dagster)) >= 2, "two runs of late hours", seconds=400)
    for run in _ended(dagster):
        hours = ", ".join(f"{hour:%Y-%m-%dT%H}" for hour in run_hours(run["tags"]))
        tell(f"Run {run['runId'][:8]} of {run['jobName']} for {hours}: {run['status']}")
        assert run["status"] == "SUCCESS", f"run {run['runId']} ended with {run['status']}"


def _all_materialized(dagster: Dagster) -> bool:
    stats = dagster.partitions()
    return bool(stats) and all(done == total > 0 for done, total in (stats[asset] for asset in HOURLY))


def _ended(dagster: Dagster) -> list[dict[str, Any]]:
    runs = dagster.runs()
    return runs if all(run["status"] in ENDED for run in runs) else []


def look(dagster: Dagster, pictures: Path) -> None:
    """Open the pages as a user would, and keep a picture of each."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS.split())
        try:
            page = open_page(browser)
            hours = dagster.partitions()["warehouse"][1]
            show_assets(page, dagster, pictures)
            show_partitions(page, dagster, pictures, hours)
            show_checks(page, dagster, pictures)
        finally:
            browser.close()


def open_page(browser: Browser) -> Page:
    page = browser.new_page(viewport=WINDOW)
    page.set_default_timeout(PATIENCE)
    return page


def show_assets(page: Page, dagster: Dagster, pictures: Path) -> None:
    """The assets and their arrows, in a window wide enough to have them drawn with their partitions."""
    page.set_viewport_size({"width": 2800, "height": 1400})
    page.goto(f"{dagster.url}/asset-groups")
    for asset in HOURLY:
        expect(page.get_by_text(asset, exact=True).first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("100% filled").first).to_be_visible(timeout=PATIENCE)
    keep(page, pictures / "assets.png")
    page.set_viewport_size(WINDOW)


def show_partitions(page: Page, dagster: Dagster, pictures: Path, hours: int) -> None:
    """The partition bar without a gap, and one hour that came late with its counts and sample rows."""
    late = next(run for run in dagster.runs() if "dagster/partition" in run["tags"])["tags"]["dagster/partition"]
    page.goto(f"{dagster.url}/assets/warehouse?view=partitions&partition={late}")
    expect(page.get_by_text(f"Materialized ({hours})")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Missing (0)")).to_be_visible(timeout=PATIENCE)
    for count in ("lines", "duplicates", "quarantined", "late", "staged", "inserted", "updated", "ignored"):
        expect(page.get_by_text(count, exact=True).first).to_be_attached(timeout=PATIENCE)
    for name in ("sample_rows", "events_by_name", "schema_changes", "rows_by_table"):
        expect(page.get_by_text(name, exact=True).first).to_be_attached(timeout=PATIENCE)
    keep(page, pictures / "hour.png")
    page.get_by_text("sample_rows", exact=True).first.scroll_into_view_if_needed()
    keep(page, pictures / "hour_rows.png")


def show_checks(page: Page, dagster: Dagster, pictures: Path) -> None:
    """The checks of the warehouse, by name."""
    page.goto(f"{dagster.url}/assets/warehouse?view=checks")
    for name in (name for name in dagster.checks() if name not in {"no_file_vanished", "no_bad_file"}):
        expect(page.get_by_text(name).first).to_be_visible(timeout=PATIENCE)
    keep(page, pictures / "checks.png")


def keep(page: Page, picture: Path) -> None:
    page.wait_for_timeout(1500)  # bars and icons are drawn a moment after the text
    page.screenshot(path=picture)
    tell(f"Seen: {picture.stem}")


def report_checks(dagster: Dagster) -> int:
    """Tell every check; 1 when a count does not add up. A dirty archive may well have warnings."""
    checks = dagster.checks()
    for name, ending in sorted(checks.items()):
        tell(f"{name}: {ending}")
    green = checks.keys() >= IDENTITIES.keys() and all(checks[name] == "passed" for name in IDENTITIES)
    tell("Every count adds up." if green else "A count does not add up.")
    return 0 if green else 1


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
