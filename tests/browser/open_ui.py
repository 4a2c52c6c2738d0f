"""Operate Dagster's UI on a demo archive in a real browser, as its operators do.

Run by `make browser`. The command loads a day and a backfill from the catalog the rest. Then a late file
arrives, assets, an hour and checks are shown, and failures are caused. Their messages must be three clicks from the
front page. The exit code is 0 only if everything passes. `--screenshots docs/screenshots` saves the screenshots.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Error, expect

from event_assets.health.reconciliation import IDENTITIES
from tests.browser.causes import find_causes
from tests.browser.dagster_dev import Dagster, Timeout, running_dagster, wait_for
from tests.browser.demo_project import DemoProject, make_demo
from tests.browser.tables import TABLE, await_checks, keys, show_new_table, show_table
from tests.browser.turning import LATE, PATIENCE, await_rollups, backfill_days, turn_late_hour
from tests.browser.window import PATIENCE as PAGE_PATIENCE
from tests.browser.window import SIZE, Window, open_window, print_line

BY_COMMAND: Final = 24
"""Hours that the command loads before Dagster starts."""
SHOWN_OF_HOUR: Final = (
    "summary", "numbers", "lines", "duplicates", "quarantined", "late", "staged", "inserted", "updated", "ignored",
    "sample_rows", "events_by_name", "rows_by_table",
)  # fmt: skip


def main() -> int:
    """Write a demo, open it and operate it; return 0 if everything passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screenshots", type=Path, help="folder for the pictures")
    parser.add_argument("--events", type=int, default=2000)
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tideline-browser-") as folder:
        root = Path(folder)
        pictures = options.screenshots or root / "screenshots"
        pictures.mkdir(parents=True, exist_ok=True)
        project = make_demo(root / "demo", events=options.events)
        project.load_until(BY_COMMAND - 1)
        print_line(f"{time.monotonic() - started:.0f} s: the command has loaded {BY_COMMAND} hours.")
        with running_dagster(root / "home", project.config, patience=PATIENCE) as dagster:
            try:
                with open_window(dagster.url, pictures) as window:
                    use(dagster, window, project)
            except (AssertionError, Timeout, Error) as error:
                print_line(f"{error}\n{dagster.log.read_text()[-4000:]}")
                return 1
    print_line(f"Everything passed. {time.monotonic() - started:.0f} s.")
    return 0


def use(dagster: Dagster, window: Window, project: DemoProject) -> None:
    """Run the steps in order; every step needs the state that the one before left."""
    wait_for(lambda: _materialized(dagster) >= BY_COMMAND, "the hours that the command loaded", seconds=PATIENCE)
    print_line("The hours that the command loaded are materialized.")
    await_checks(dagster)
    warned = dagster.warnings()
    assert warned == [], "Dagster has warned:\n" + "\n".join(warned)
    wait_for(lambda: TABLE in keys(dagster), "the tables", seconds=PATIENCE)
    show_table(window)
    backfill_days(dagster, window, project)
    await_rollups(dagster, project)
    show_assets(window)
    show_chart(window, project)
    turn_late_hour(dagster, window, project)
    show_hour(window, project)
    show_new_table(dagster, window, project)
    show_checks(dagster, window)
    find_causes(dagster, window, project)


def _materialized(dagster: Dagster) -> int:
    return min(dagster.partitions().get(asset, (0, 0))[0] for asset in ("archive", "lake", "warehouse"))


def show_assets(window: Window) -> None:
    """Show the asset graph, in a window wide enough for its partitions."""
    window.page.set_viewport_size({"width": 2800, "height": 1400})
    window.open("/locations/event_assets.definitions/asset-groups/events/lineage")
    for asset in ("archive", "lake", "warehouse"):
        window.see(asset, exact=True)
    window.see("100% filled")
    window.keep("assets")
    window.page.set_viewport_size(SIZE)


def show_chart(window: Window, project: DemoProject) -> None:
    """Show the lateness chart of the newest hour of the backfill."""
    window.open(f"/assets/warehouse?view=partitions&partition={project.key(project.hours - 1)}")
    chart = window.page.get_by_alt_text("share of rows that came later than")
    expect(chart).to_be_visible(timeout=PAGE_PATIENCE)
    chart.scroll_into_view_if_needed()
    window.keep("lateness")


def show_hour(window: Window, project: DemoProject) -> None:
    """Show the partition bar without a gap, and the late hour with its counts and sample rows."""
    window.open(f"/assets/warehouse?view=partitions&partition={project.key(LATE)}")
    window.see("1 late file")
    window.see(f"Materialized ({project.hours})")
    window.see("Missing (0)")
    for name in SHOWN_OF_HOUR:
        expect(window.page.get_by_text(name, exact=True).first).to_be_attached(timeout=PAGE_PATIENCE)
    window.keep("hour")
    window.page.get_by_text("sample_rows", exact=True).first.scroll_into_view_if_needed()
    window.keep("hour_rows")


def show_checks(dagster: Dagster, window: Window) -> None:
    """Show the checks of every asset that has some; every count must add up. A dirty archive may have warnings."""
    checks: dict[str, str] = {}
    for asset in ("archive", "lake", "warehouse"):
        window.open(f"/assets/{asset}?view=checks")
        of_asset = dagster.checks(asset)
        for name in of_asset:
            window.see(name)
        checks |= of_asset
    window.keep("checks")
    for name, ending in sorted(checks.items()):
        print_line(f"{name}: {ending}")
    assert [name for name in IDENTITIES if checks.get(name) != "passed"] == []


if __name__ == "__main__":
    sys.exit(main())
