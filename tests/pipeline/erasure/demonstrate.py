"""`make demo-forget`: a person is erased from a loaded week, and late events and a reload do not bring them back.

A dirty week, in an archive hour a day, is loaded; the user of most orders is erased, with every id that events tie
to them. Then a late file brings new events of that person, and every hour is loaded again from the archive, which still
has all of them. After each step the tables are compared with those of the archive without the person, as an
independent reader makes them, and every byte of lake, warehouse and exported files is searched.

The exit code is 1 if a table differs or a byte of the person is left.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import duckdb
from rich.console import Console

from event_assets.demo.generate import START, generate
from event_assets.pipeline.erasure.persons import link, persons_of
from tests.drive import Place, place
from tests.independent.erased import Erased
from tests.pipeline.erasure.people import find_bytes
from tests.promises.archives import condense, rudderstack_files, write_file
from tests.promises.proof import find_differences, read_again

EVENTS: Final = 3_000
DAYS: Final = 7
WIDTH: Final = 100
KEY: Final = "the key of this demonstration"

_CONFIG: Final = """\
lake = "lake"
warehouse = "warehouse.duckdb"
export = "export"

[source]
archive = "archive"
layout = "rudderstack"
"""
_PERSON: Final = """
    SELECT user_id FROM events.order_completed WHERE user_id IS NOT NULL
    GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT 1
"""
_EMAILS: Final = "SELECT DISTINCT email FROM events.identifies WHERE user_id = ? AND email IS NOT NULL"


@dataclass
class Week:
    """A folder with an archive, its tables, and the person who is erased."""

    folder: Path
    where: Place
    console: Console
    persons: Erased = field(default_factory=Erased)
    words: tuple[str, ...] = ()
    """The ids and the mail addresses of the person."""
    faults: list[str] = field(default_factory=list)

    def run(self, *arguments: str) -> None:
        """Run the command as a user does and print what it prints."""
        self.console.print(f"$ tideline {' '.join(arguments)}")
        self.console.print(self.tideline(*arguments).rstrip() + "\n", soft_wrap=True)

    def load(self, *arguments: str) -> None:
        """Run a load, of which only the command is printed."""
        self.console.print(f"$ tideline {' '.join(arguments)}")
        self.tideline(*arguments)

    def tideline(self, *arguments: str) -> str:
        """Return what the command prints. Raises CalledProcessError if it fails."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDELINE_")}
        command = [sys.executable, "-m", "event_assets.cli", *arguments]
        environment = {**kept, "TIDELINE_ERASURE_KEY": KEY, "COLUMNS": str(WIDTH)}
        return subprocess.run(
            command, cwd=self.folder, env=environment, check=True, capture_output=True, text=True
        ).stdout

    def query(self, text: str, *values: object) -> list[tuple[str, ...]]:
        """Return the rows of a query."""
        with duckdb.connect(str(self.where.warehouse), read_only=True) as connection:
            return connection.execute(text, list(values)).fetchall()

    def found(self) -> list[str]:
        """Return the files that hold a word of the person; the archive, which is its owner's, is not searched."""
        return list(find_bytes([self.where.warehouse, self.folder / "lake", self.folder / "export"], self.words))

    def check(self, when: str) -> None:
        """Compare the tables with the archive without the person, and search every byte."""
        archive = read_again(rudderstack_files(self.folder / "archive"), erased=self.persons)
        differences, left = find_differences(self.where, archive), self.found()
        self.faults += [f"{when}: {fault}" for fault in (*map(str, differences), *left)]
        tables = "equal those of the archive without the person" if not differences else "DIFFER"
        self.console.print(f"{when}: the tables {tables}; {len(left)} files hold a byte of the person.\n")


def demonstrate(folder: Path, console: Console, *, events: int) -> Week:
    """Load the week, erase the person, bring late events of theirs, load everything again; check each time."""
    week = _load_week(folder, console, events=events)
    (person,) = week.query(_PERSON)[0]
    console.print(f"{len(week.found())} files hold the person's ids or mail addresses.\n")
    options = ("--user-id", person, "--linked")
    week.run("forget", *options, "--dry-run")
    week.run("forget", *options, "--reason", "request of 2026-03-09")
    week.check("After the erasure")
    write_file(folder / "archive", START + timedelta(days=DAYS), 0, late_lines(week, person))
    week.load("load")
    week.check("After 20 late events of the person")
    week.load("load", "--reload")
    week.check("After loading every hour again")
    (counted,) = week.query("SELECT CAST(sum(events) AS BIGINT) FROM tideline.erased")[0]
    console.print(f"{counted} events of the archive are left out, and counted in tideline.erased.")
    console.print("The person is gone and stays away." if not week.faults else "NOT as it should be.")
    return week


def _load_week(folder: Path, console: Console, *, events: int) -> Week:
    generate(folder / "hourly", events=events, days=DAYS)
    archive = condense(folder / "hourly", folder / "archive", hours=24)
    shutil.rmtree(folder / "hourly")
    (folder / "tideline.toml").write_text(_CONFIG, encoding="utf-8")
    week = Week(folder, place(archive, folder), console)
    week.tideline("load")
    (person,) = week.query(_PERSON)[0]
    persons = link(replace(week.where.settings, erasure_key=KEY), persons_of(users=[person]))
    emails = [email for (email,) in week.query(_EMAILS, person)]
    week.persons, week.words = Erased(persons.persons, persons.events), (*sorted(persons.persons), *emails)
    return week


def late_lines(week: Week, person: str) -> Sequence[bytes]:
    """Return events of the person that come a week late."""
    arrived = START + timedelta(days=DAYS, minutes=5)
    moments = [f"{START + timedelta(hours=7 * number):%Y-%m-%dT%H:%M:%S.000Z}" for number in range(20)]
    common = {"type": "track", "event": "Order Completed", "userId": person, "anonymousId": sorted(week.words)[0]}
    return [
        json.dumps(
            {
                **common,
                "messageId": f"late-{number}",
                "originalTimestamp": moment,
                "sentAt": moment,
                "receivedAt": f"{arrived:%Y-%m-%dT%H:%M:%S.000Z}",
                "properties": {"total": number},
            }
        ).encode()
        for number, moment in enumerate(moments)
    ]


def main() -> int:
    """Run the demonstration in a folder of its own, which is emptied first."""
    parser = argparse.ArgumentParser(prog="python -m tests.pipeline.erasure.demonstrate", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("demo-forget"), help="where everything goes (%(default)s)")
    parser.add_argument("--events", type=int, default=EVENTS, help="events of the week (%(default)s)")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    console = Console(width=WIDTH, highlight=False, markup=False)
    week = demonstrate(options.folder.resolve(), console, events=options.events)
    for fault in week.faults[:20]:
        console.print(fault)
    return 1 if week.faults else 0


if __name__ == "__main__":
    sys.exit(main())
