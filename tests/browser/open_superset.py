"""Import the example dashboard into a real Superset, on a loaded demo, and look at it in a real browser.

Run by `make browser` with the Superset of `examples/superset/requirements.lock`. The exit code is 0 only if every chart
gets rows and the numbers are those of the warehouse. `--screenshots docs/screenshots` saves the picture.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
from playwright.sync_api import Error, Page, Response

from tests.browser.dagster_dev import Timeout, free_port, wait_for
from tests.browser.window import PATIENCE, Window, open_window, print_line
from tests.conftest import ROOT

CHARTS: Final = 6
NAME: Final = "admin"
SECONDS: Final = 300
"""Patience with the start of Superset, which imports for a while."""


@dataclass(frozen=True)
class Superset:
    """A Superset of its own: the folder of its environment, its home, its port."""

    environment: Path
    home: Path
    port: int

    @property
    def variables(self) -> Mapping[str, str]:
        own = {"FLASK_APP": "superset", "SUPERSET_HOME": str(self.home), "SUPERSET_SECRET_KEY": "x" * 42}
        return {**os.environ, **own, "PYTHONPATH": ""}

    def command(self, *arguments: str) -> list[str]:
        return [str(self.environment / "bin" / "superset"), *arguments]

    def run(self, *arguments: str) -> None:
        """Run one of its commands to the end."""
        done = subprocess.run(self.command(*arguments), env=self.variables, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"superset {arguments[0]} failed:\n{done.stderr[-3000:]}")


def main() -> int:
    """Load a demo, import the dashboard, look at it; return 0 if everything passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--superset", type=Path, required=True, help="folder of the environment with Superset")
    parser.add_argument("--screenshots", type=Path, help="folder for the picture")
    parser.add_argument("--events", type=int, default=5000)
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tideline-superset-") as folder:
        root = Path(folder)
        warehouse = load_demo(root / "demo", events=options.events)
        superset = Superset(options.superset, root / "home", free_port())
        import_dashboard(superset, warehouse, root / "dashboard.zip")
        print_line(f"{time.monotonic() - started:.0f} s: the dashboard is imported.")
        pictures = options.screenshots or root / "screenshots"
        pictures.mkdir(parents=True, exist_ok=True)
        log = root / "superset.log"
        try:
            with serving(superset, log), open_window(f"http://127.0.0.1:{superset.port}", pictures) as window:
                look(window, warehouse)
        except (AssertionError, Timeout, Error) as error:
            print_line(f"{error}\n{log.read_text()[-4000:]}")
            return 1
    print_line(f"Superset: everything passed. {time.monotonic() - started:.0f} s.")
    return 0


def load_demo(folder: Path, *, events: int) -> Path:
    """Write and load a demo with its rollups; return the DuckDB file."""
    command = [sys.executable, "-m", "event_assets.cli", "demo", "--folder", str(folder), "--events", str(events)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return folder / "warehouse.duckdb"


def import_dashboard(superset: Superset, warehouse: Path, target: Path) -> None:
    """Set Superset up, and import the zip as its operator does."""
    url = f"duckdb:///{warehouse}?access_mode=READ_ONLY"
    pack = [sys.executable, "examples/superset/pack.py", "--warehouse", url, "--out", str(target)]
    subprocess.run(pack, check=True, capture_output=True, cwd=ROOT)
    superset.home.mkdir()
    superset.run("db", "upgrade")
    admin = {"username": NAME, "firstname": "A", "lastname": "B", "email": "a@example.org", "password": NAME}
    superset.run("fab", "create-admin", *(part for key, value in admin.items() for part in (f"--{key}", value)))
    superset.run("init")
    superset.run("import-dashboards", "-p", str(target), "-u", NAME)


@contextmanager
def serving(superset: Superset, log: Path) -> Iterator[None]:
    """Serve Superset inside the block."""
    with log.open("w") as output:
        command = superset.command("run", "-p", str(superset.port), "--with-threads")
        process = subprocess.Popen(command, env=superset.variables, stdout=output, stderr=output)
        try:
            wait_for(lambda: answers(superset.port), "Superset", seconds=SECONDS)
            yield
        finally:
            process.terminate()
            process.wait()


def answers(port: int) -> bool:
    """Return whether the server answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def look(window: Window, warehouse: Path) -> None:
    """Log in, open the dashboard, await the rows of its charts, and compare their sums with the warehouse's."""
    page, answered = window.page, list[Response]()
    page.on("response", lambda response: answered.append(response) if is_data(response) else None)
    log_in(window)
    window.open("/superset/dashboard/tideline/")
    wait_for(lambda: count(page, answered) >= CHARTS, "the rows of the charts", seconds=SECONDS)
    failed = [response.text()[:500] for response in answered if response.status != 200]
    assert failed == [], failed
    results = [result for response in answered for result in response.json()["result"]]
    assert all(result["rowcount"] for result in results), [result["query"] for result in results]
    wanted = expected(warehouse)
    totals = {name: total(results, name) for name in wanted}
    assert totals == wanted
    print_line(f"Superset shows {totals}, as the warehouse has them.")
    page.set_viewport_size({"width": 1500, "height": 1300})
    window.see("Restated days")
    page.wait_for_timeout(5000)  # charts grow into their places
    window.keep("superset")


def is_data(response: Response) -> bool:
    """Return whether this is the answer to a chart's query."""
    return "/api/v1/chart/data" in response.url


def count(page: Page, answered: list[Response]) -> int:
    """Return the number of answers, after the page had a moment to ask."""
    page.wait_for_timeout(500)
    return len(answered)


def log_in(window: Window) -> None:
    """Log in as the operator."""
    window.open("/login/")
    window.page.locator("input#username").fill(NAME, timeout=PATIENCE)
    window.page.locator("input#password").fill(NAME)
    with window.page.expect_navigation(timeout=PATIENCE):
        window.page.keyboard.press("Enter")


def total(results: Sequence[Mapping[str, Any]], metric: str) -> int:
    """Return the sum of a metric over the rows of the chart that shows it."""
    (rows,) = (result["data"] for result in results if metric in result["colnames"])
    return sum(int(row[metric] or 0) for row in rows)


def expected(warehouse: Path) -> dict[str, int]:
    """Return the sum of each metric by a query of the warehouse."""
    queries = {
        "users": "SELECT sum(users) FROM rollups.active_users_daily",
        "late_rows": "SELECT sum(late) FROM tideline.event_hours",
        "invalid_json": "SELECT count(*) FROM tideline.quarantine WHERE reason = 'invalid_json'",
    }
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = {name: connection.execute(query).fetchone() for name, query in queries.items()}
    return {name: int(row[0]) for name, row in rows.items() if row is not None}


if __name__ == "__main__":
    sys.exit(main())
