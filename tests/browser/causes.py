"""From the front page to the cause in three clicks: of a failed check, of a file that was left out, of a failed run."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.browser.dagster_dev import Dagster, wait_for
from tests.browser.demo_project import DemoProject
from tests.browser.window import ClickPath, Window, asset_link, link, print_line
from tests.live.project import FINISHED

AT_MOST = 3
LOST, DAMAGED, FAILING = 9, 14, 20
"""The hours (by their number) in which a row is lost, a file is damaged, and the load fails."""
PATIENCE = 420.0


def find_causes(dagster: Dagster, window: Window, project: DemoProject) -> None:
    """Let three things go wrong, and look for each cause by clicking."""
    file = project.add_damaged_file(DAMAGED)
    project.add_late_file(LOST)
    project.lose_row(LOST)
    for number in (LOST, DAMAGED):
        run = await_run(dagster, project.key(number))
        print_line(f"Run {run[:8]} for {project.key(number)} has ended.")
    find_failed_check(window, project.key(LOST))
    find_damaged_file(window, project.key(DAMAGED), file.name)
    project.write_newer_note(FAILING)
    project.add_late_file(FAILING)
    find_failed_run(window, await_run(dagster, project.key(FAILING), status="FAILURE"), project.key(FAILING))


def await_run(dagster: Dagster, partition: str, *, status: str | None = None) -> str:
    """The id of the newest run for one partition that the sensor has asked for, once it has ended."""

    def ended() -> list[str]:
        return [
            run["runId"]
            for run in dagster.runs()
            if run["tags"].get("dagster/partition") == partition
            and "tideline/attempt" in run["tags"]
            and run["status"] in ({status} if status else FINISHED)
        ]

    wait_for(lambda: bool(ended()), f"a run for {partition}", seconds=PATIENCE)
    return ended()[0]


def find_failed_check(window: Window, partition: str) -> None:
    """Catalog, asset, check: it names the hour, the table and both numbers."""
    _find_check(window, "failed_check", "warehouse", "arrivals_add_up", f"{partition} tracks: event hour")


def find_damaged_file(window: Window, partition: str, file: str) -> None:
    """Catalog, asset, check: it names the hour, the file and what is wrong with it."""
    _find_check(window, "damaged_file", "lake", "no_bad_file", partition)
    text = window.page.get_by_text(file).first.inner_text()
    assert "cannot be read and is left out whole" in text.split(file)[1].split(";")[0], text


def find_failed_run(window: Window, run: str, partition: str) -> None:
    """Find a failed run through Runs: its log ends with the error and its remedy."""
    path, page = ClickPath(window, "failed_run"), window.page
    path.start()
    run_link = page.get_by_role("link", name=run[:8]).first
    path.click(link(page, "Runs"), shows=run_link)
    cause = page.get_by_text(f"1 of 1 hours failed. {partition}: the lake's note").last
    path.click(run_link, shows=cause)
    assert "written by a newer version" in cause.inner_text()
    _within(path)


def _find_check(window: Window, name: str, asset: str, check: str, cause: str) -> None:
    path, page = ClickPath(window, name), window.page
    path.start()
    path.click(link(page, "Catalog"), shows=asset_link(page, "archive"))
    path.click(window.reach(asset_link(page, asset)), shows=_worst_checks(page))
    entry = page.locator(f"a[href*='checkDetail={check}']", has_text=check).first  # summaries name it in words
    path.point_at(_worst_checks(page), shows=entry)
    path.click(entry, shows=page.get_by_text(cause).first)
    _within(path)


def _worst_checks(page: Page) -> Locator:
    return page.get_by_text("Latest check results").locator("xpath=..").locator(".bp5-popover-target").first


def _within(path: ClickPath) -> None:
    print_line(f"{path.name}: the cause is {path.clicks} clicks from the front page.")
    assert path.clicks <= AT_MOST, f"{path.name} takes {path.clicks} clicks"
