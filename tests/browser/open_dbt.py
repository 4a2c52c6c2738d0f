"""Use Dagster with the dbt models of the example in a real browser: from the archive to a mart in one graph.

Run by `make browser`. It loads a demo, starts `make dev-dbt` on it, clicks from the front page to a mart, and
materializes it. The exit code is 0 only if the mart is three clicks away, its rows and columns are shown, and Dagster
has warned of nothing at its start. `--screenshots docs/screenshots` saves the pictures.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb
from playwright.sync_api import Error, ViewportSize, expect

from tests.browser.dagster_dev import Dagster, Timeout, free_port, serving, wait_for
from tests.browser.open_superset import load_demo
from tests.browser.tables import TABLE, click_to_table, keys
from tests.browser.turning import PATIENCE
from tests.browser.window import PATIENCE as PAGE_PATIENCE
from tests.browser.window import SIZE, Window, open_window, print_line
from tests.conftest import ROOT
from tests.live.project import FINISHED

MART: Final = "marts/orders"
AT_MOST: Final = 3
PHONE: Final[ViewportSize] = {"width": 390, "height": 1300}
WIDE: Final[ViewportSize] = {"width": 2000, "height": 700}


def main() -> int:
    """Load a demo, open its status page and its graph with the models; return 0 if everything passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screenshots", type=Path, help="folder for the pictures")
    parser.add_argument("--events", type=int, default=2000)
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tideline-dbt-") as folder:
        root = Path(folder)
        pictures = options.screenshots or root / "screenshots"
        pictures.mkdir(parents=True, exist_ok=True)
        warehouse = load_demo(root / "demo", events=options.events)
        status = write_status(root)
        with made(root) as dagster:
            try:
                with open_window(dagster.url, pictures) as window:
                    show_status(window, status)
                    use(dagster, window, warehouse)
            except (AssertionError, Timeout, Error) as error:
                print_line(f"{error}\n{dagster.log.read_text()[-4000:]}")
                return 1
    print_line(f"dbt: everything passed. {time.monotonic() - started:.0f} s.")
    return 0


@contextmanager
def made(root: Path) -> Iterator[Dagster]:
    """`make dev-dbt` on the demo in a folder, with a history of its own; the environments are there already."""
    port = free_port()
    there = (f"--old-file={sys.prefix}{name}/.installed" for name in ("", "-dbt"))
    settings = (f"VENV={sys.prefix}", f"DAGSTER={root / 'home'}", f"PORT={port}")
    variables = {"TIDELINE_CONFIG": str(root / "demo" / "tideline.toml"), "DBT_TARGET_PATH": str(root / "target")}
    command = ["make", "--no-print-directory", *there, *settings, "dev-dbt"]
    with serving(command, port, root / "dev.log", variables, patience=PATIENCE) as dagster:
        yield dagster


def write_status(root: Path) -> Path:
    """Write the page for people without Dagster."""
    page = root / "status.html"
    command = [sys.executable, "-m", "event_assets.cli", "status", "--config", str(root / "demo" / "tideline.toml")]
    subprocess.run([*command, "--html", str(page)], check=True, capture_output=True, cwd=ROOT)
    return page


def show_status(window: Window, status: Path) -> None:
    """Show the page on a phone: nothing is wider than the screen."""
    page = window.page
    page.set_viewport_size(PHONE)
    page.goto(f"file://{status}")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    window.keep("status")
    page.set_viewport_size(SIZE)


def use(dagster: Dagster, window: Window, warehouse: Path) -> None:
    """Walk to the mart, materialize it, and see what the warehouse has."""
    wait_for(lambda: {TABLE, MART} <= keys(dagster), "the tables and the models", seconds=PATIENCE)
    walk_to_mart(window)
    warned = dagster.warnings()
    assert warned == [], "Dagster has warned:\n" + "\n".join(warned)
    materialize(dagster, window, warehouse)
    show_lineage(window)


def walk_to_mart(window: Window) -> None:
    """Click from the front page to the columns of a table, and from there to the mart that reads it."""
    path = click_to_table(window, "mart")
    mart = window.page.locator(f"a[href^='/assets/{MART}']").first
    path.click(mart, shows=window.page.get_by_text("The UTC hour in which it was ordered"))
    print_line(f"{MART} is {path.clicks} clicks from the front page.")
    assert path.clicks <= AT_MOST


def materialize(dagster: Dagster, window: Window, warehouse: Path) -> None:
    """Materialize the mart where its page is, and see its rows."""
    window.page.get_by_role("button", name="Materialize").first.click()
    wait_for(lambda: "SUCCESS" in endings(dagster), "the run of dbt", seconds=PATIENCE)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM marts.orders").fetchone() or (0,)
    window.open(f"/assets/{MART}")
    expect(window.page.get_by_text("Row count", exact=True)).to_be_visible(timeout=PAGE_PATIENCE)
    window.see(f"{rows:,}", exact=True)
    window.see("DECIMAL(18,2)")
    window.keep("mart")
    print_line(f"{MART} has {rows:,} rows, as the warehouse has.")


def endings(dagster: Dagster) -> list[str]:
    """How the runs of the models have ended; a failed one is an error."""
    found = [run["status"] for run in dagster.runs() if run["jobName"] == "__ASSET_JOB" and run["status"] in FINISHED]
    assert "FAILURE" not in found, "the run of dbt has failed"
    return found


def show_lineage(window: Window) -> None:
    """Show everything from the archive to the mart."""
    window.page.set_viewport_size(WIDE)
    window.open(f"/assets/{MART}?view=lineage&lineageScope=upstream&lineageDepth=5")
    for asset in ("archive", "lake", "warehouse", "order_completed", "arrivals", "orders"):
        window.see(asset, exact=True)
    window.keep("mart_lineage")


if __name__ == "__main__":
    sys.exit(main())
