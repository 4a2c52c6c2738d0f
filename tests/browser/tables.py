"""Tables in the catalog: two clicks to the columns of one, and a new one that comes while Dagster runs."""

from __future__ import annotations

from tests.browser.dagster_dev import Dagster, wait_for
from tests.browser.demo_project import DemoProject
from tests.browser.turning import PATIENCE, await_rest
from tests.browser.window import ClickPath, Window, asset_link, link, print_line

TABLE = "events/order_completed"
AT_MOST = 2
NEW_HOUR = 8
"""The hour (by its number) that gets an event of a new name."""
KEYS = "{ assetNodes { assetKey { path } } }"


def show_table(window: Window) -> None:
    """Click from the front page to the columns of a table and what they mean."""
    path = click_to_table(window, "table")
    print_line(f"The columns of {TABLE} are {path.clicks} clicks from the front page.")
    assert path.clicks <= AT_MOST


def click_to_table(window: Window, name: str) -> ClickPath:
    """Click from the front page to the columns of the table; return the clicks."""
    path, page = ClickPath(window, name), window.page
    path.start()
    path.click(link(page, "Catalog"), shows=asset_link(page, "archive"))
    path.click(
        window.reach(asset_link(page, TABLE)),
        shows=page.get_by_text("When it happened, corrected for the client's clock"),
    )
    return path


def show_new_table(dagster: Dagster, window: Window, project: DemoProject) -> None:
    """Let an event of a new name come: its table is in the catalog without a restart."""
    project.add_new_event(NEW_HOUR, "Gift Wrapped")
    wait_for(lambda: "events/gift_wrapped" in keys(dagster), "the asset of a new table", seconds=PATIENCE)
    await_rest(dagster)
    window.open("/assets/events/gift_wrapped")
    window.see("Id of the event (messageId)")
    print_line("The table of a new event is an asset, and nothing was restarted.")


def keys(dagster: Dagster) -> set[str]:
    """Return every asset."""
    return {"/".join(node["assetKey"]["path"]) for node in dagster.ask(KEYS)["assetNodes"]}


def await_checks(dagster: Dagster) -> None:
    """Wait until the checks of what the command has loaded have run, without a click."""

    def executed() -> bool:
        endings = [ending for asset in ("lake", "warehouse") for ending in dagster.checks(asset).values()]
        return bool(endings) and "not executed" not in endings

    wait_for(executed, "the checks of the command's hours", seconds=PATIENCE)
    print_line("All checks have run for the hours that the command loaded.")
