"""A backfill launched in the browser, then a late file: only its hour and its day are materialized again."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.dagster_dev import Dagster, wait_for
from tests.browser.demo_project import DemoProject
from tests.browser.window import PATIENCE as PAGE_PATIENCE
from tests.browser.window import Window, asset_link, link, print_line
from tests.live.project import FINISHED, archive_day, materialized_at

HOURLY = ("lake", "warehouse")
ROLLUPS = ("rollups/active_users_daily", "rollups/events_daily", "rollups/sessions")
LATE = 5
"""The hour (by its number) that gets a late file."""
PATIENCE = 420.0


def backfill_days(dagster: Dagster, window: Window, project: DemoProject) -> None:
    """Choose the assets and all their partitions in the catalog, launch, and wait for the end."""
    page = window.page
    window.open("/")
    link(page, "Catalog").click()
    expect(asset_link(page, "archive")).to_be_visible(timeout=PAGE_PATIENCE)
    for asset in HOURLY:
        window.reach(page.locator(f"label:has([data-testid='checkbox-{asset}'])")).click()
    page.get_by_role("button", name="Materialize selected").first.click()
    page.get_by_role("button", name="All", exact=True).click()
    launch = page.get_by_role("button", name="Launch backfill")
    expect(launch).to_be_enabled(timeout=PAGE_PATIENCE)
    window.see(f"{project.hours} partitions")
    window.keep("backfill")
    launch.click()
    wait_for(lambda: _is_backfilled(dagster, project), "the backfill", seconds=PATIENCE)
    runs = [run for run in dagster.runs() if "dagster/backfill" in run["tags"]]
    print_line(f"The backfill of {project.hours} hours took {len(runs)} run(s): {[run['status'] for run in runs]}")
    assert [run["status"] for run in runs] == ["SUCCESS"]
    assert len(project.loads()) == project.hours


def _is_backfilled(dagster: Dagster, project: DemoProject) -> bool:
    runs = [run for run in dagster.runs() if "dagster/backfill" in run["tags"]]
    done = all(len(materialized_at(dagster, asset)) == project.hours for asset in HOURLY)
    return bool(runs) and all(run["status"] in FINISHED for run in runs) and (done or _any_failed(runs))


def _any_failed(runs: list[dict[str, object]]) -> bool:
    return any(run["status"] != "SUCCESS" for run in runs)


def await_rollups(dagster: Dagster, project: DemoProject) -> None:
    """Turn on the sensor for rollups and wait for the days of the archive."""
    dagster.start_sensor("due_rollup_days")
    days = {archive_day(project.hour(number)) for number in range(project.hours)}
    wait_for(
        lambda: all(days <= materialized_at(dagster, name).keys() for name in ROLLUPS), "rollups", seconds=PATIENCE
    )
    await_rest(dagster)


def turn_late_hour(dagster: Dagster, window: Window, project: DemoProject) -> None:
    """Add a late file to an old hour, and check that only its hour and its day are materialized again."""
    before, loads = _materialized(dagster), project.loads()
    hour, day = project.key(LATE), archive_day(project.hour(LATE))
    project.add_late_file(LATE)
    dagster.start_sensor("pending_hours")
    wait_for(lambda: hour in _turned(dagster, before, "warehouse"), "the late hour", seconds=PATIENCE)
    wait_for(
        lambda: all(day in _turned(dagster, before, name) for name in ROLLUPS[1:]), "the late day", seconds=PATIENCE
    )
    await_rest(dagster)
    for asset in HOURLY:
        assert _turned(dagster, before, asset) == {hour}, asset
    for asset in ROLLUPS:
        assert _turned(dagster, before, asset) <= {day}, asset
    after = project.loads()
    assert {loaded for loaded in after if after[loaded] != loads.get(loaded)} == {project.hour(LATE)}
    print_line(f"Only {hour} and the rollups of {day} were materialized again for the late file.")
    _show_turned(window, hour, day)


def _show_turned(window: Window, hour: str, day: str) -> None:
    window.open("/")
    link(window.page, "Runs").click()
    window.see("pending_hours", exact=True)
    window.see(f"partition: {hour}")
    window.keep("late_run")
    window.open(f"/assets/rollups/events_daily?view=partitions&partition={day}")
    window.see("Materialized (2)")
    window.keep("rollup_day")


def await_rest(dagster: Dagster) -> None:
    """Wait until every run has ended."""
    wait_for(lambda: all(run["status"] in FINISHED for run in dagster.runs()), "the end of runs", seconds=PATIENCE)


def _materialized(dagster: Dagster) -> dict[str, dict[str, list[str]]]:
    return {asset: materialized_at(dagster, asset) for asset in (*HOURLY, *ROLLUPS)}


def _turned(dagster: Dagster, before: dict[str, dict[str, list[str]]], asset: str) -> set[str]:
    known = before[asset]
    return {key for key, runs in materialized_at(dagster, asset).items() if runs != known.get(key)}
