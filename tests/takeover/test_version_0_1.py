"""A lake, a warehouse and a configuration made by version 0.1 are read, continued and corrected by this version.

`made_by/0.1.tar.xz` holds an archive of five dirty and hostile hours, what version 0.1 made of it (lake, DuckDB file, a
dump of the PostgreSQL database), its configuration, and files that had not arrived yet (`late`).
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
import pytest

from event_assets.config.source import Source
from loaders.transform.catalog import Budgets
from tests.cli.forked import run_forked
from tests.drive import Place
from tests.independent.junk import Junk, Kept
from tests.independent.verify import describe
from tests.postgres import Database, Server
from tests.promises.archives import rudderstack_files
from tests.promises.proof import find_differences, read_again

MADE_BY: Final = Path(__file__).parent / "made_by" / "0.1.tar.xz"
HOURS: Final = 5
LATE: Final = ["2026-11-23T01:00:00+00:00", "2026-11-23T05:00:00+00:00"]
"""The hour of the late file, and a new hour."""


MENDED: Final = {
    "default/events/archive_date=2026-11-23/archive_hour=02",
    "default/quarantine/archive_date=2026-11-23/archive_hour=00",
    "default/quarantine/archive_date=2026-11-23/archive_hour=02",
}
"""Where the lake changes when hours are read again: two copies of an event with NaN are no longer quarantined."""


def changed(before: dict[str, list[bytes]], after: dict[str, list[bytes]]) -> set[str]:
    """The folders of a lake whose files differ."""
    return {folder for folder in before.keys() | after.keys() if before.get(folder) != after.get(folder)}


@dataclass(frozen=True)
class Project:
    """A project folder of version 0.1, and the database of its warehouse, where that is not its DuckDB file."""

    folder: Path
    database: Database | None

    def run(self, *arguments: str) -> Any:  # noqa: ANN401  JSON of any shape
        """Run the command in the project folder and return its JSON document."""
        warehouse = ["--warehouse", self.database.warehouse_url] if self.database else []
        done = run_forked([*arguments, *warehouse, "--json"], self.folder, os.environ)
        assert done.returncode == 0, done.stderr
        return msgspec.json.decode(done.stdout)

    def arrive(self) -> None:
        """Put the files that had not arrived yet into the archive."""
        shutil.copytree(self.folder / "late", self.folder / "archive", dirs_exist_ok=True)

    def lake_files(self) -> dict[str, bytes]:
        """Every file of the lake by its path."""
        lake = self.folder / "lake"
        return {str(path.relative_to(lake)): path.read_bytes() for path in lake.rglob("*") if path.is_file()}

    def rows_in_lake(self) -> dict[str, list[bytes]]:
        """The Parquet files that the hours' notes name, by folder; their names follow from the rules of reading."""
        lake = self.folder / "lake"
        notes = [msgspec.json.decode(path.read_bytes()) for path in sorted(lake.glob("*/hours/*.json"))]
        live = [lake / path for note in notes for path in (*note["parquet"], *note["quarantine"])]
        found: dict[str, list[bytes]] = {}
        for path in live:
            found.setdefault(str(path.parent.relative_to(lake)), []).append(path.read_bytes())
        return found

    def hours(self) -> frozenset[datetime]:
        """The archive hours that are loaded."""
        return frozenset(hour.astimezone(UTC) for (hour,) in self.query("SELECT archive_hour FROM tideline.loads"))

    def names(self) -> frozenset[tuple[str, str]]:
        """The event tables, with the column ``*``, and their columns."""
        columns = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'shop'"
        found = set(self.query(columns))
        return frozenset(found | {(table, "*") for table, _ in found})

    def prove(self, kept: Kept) -> None:
        """Fail where the warehouse differs from what the independent reader finds in the archive."""
        source = Source(str(self.folder / "archive"), layout="rudderstack", schema="shop")
        loaded = Place(source, self.folder, Budgets(values=250), database=self.database)
        junk = Junk(exclude_events=("never sent*",), not_users=("nobody",), kept=kept)
        found = find_differences(loaded, read_again(rudderstack_files(self.folder / "archive"), junk=junk))
        assert not found, describe(found)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query of the warehouse."""
        path = self.folder / "warehouse.duckdb"
        if self.database:
            self.database.mirror(path)
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture(params=["duckdb", "postgresql"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    tmp_path.chmod(0o755)
    with tarfile.open(MADE_BY) as packed:
        packed.extractall(tmp_path, filter="data")
    folder = tmp_path / "v0.1"
    if request.param == "duckdb":
        yield Project(folder, None)
        return
    server: Server = request.getfixturevalue("postgres")
    database = server.new_database()
    dump = (folder / "postgresql.sql").read_bytes().split(b"\n")
    statements = b"\n".join(line for line in dump if not line.startswith((b"\\restrict ", b"\\unrestrict ")))
    with database.connect() as connection:
        connection.execute(statements)
    (folder / "warehouse.duckdb").unlink()
    yield Project(folder, database)
    server.drop(database)


def test_nothing_is_pending_and_the_tables_still_agree_with_the_archive(project: Project) -> None:
    before = project.lake_files()
    assert project.run("load")["hours"] == []
    assert project.lake_files() == before
    project.prove(Kept(project.names(), events=True, strict_hours=project.hours()))


def test_a_late_file_and_a_new_hour_correct_the_tables_of_the_old_version(project: Project) -> None:
    names = project.names()
    loads = set(project.query("SELECT load_id, archive_hour, started_at FROM tideline.loads"))
    project.arrive()
    done = project.run("load")["hours"]
    assert [hour["archive_hour"] for hour in done] == LATE
    again = {datetime.fromisoformat(hour) for hour in LATE}
    project.prove(Kept(names, strict_hours=project.hours() - again))
    after = set(project.query("SELECT load_id, archive_hour, started_at FROM tideline.loads"))
    assert loads < after
    assert len(loads) == HOURS
    assert len(after) == HOURS + len(LATE)


@pytest.mark.slow
def test_hours_loaded_again_write_the_same_lake_and_the_same_tables(project: Project) -> None:
    before, names = project.rows_in_lake(), project.names()
    assert len(project.run("load", "--reload")["hours"]) == HOURS
    assert changed(before, project.rows_in_lake()) == MENDED
    project.prove(Kept(names))


@pytest.mark.slow
def test_a_rebuilt_lake_has_the_bytes_of_the_old_version(project: Project) -> None:
    before, names = project.rows_in_lake(), project.names()
    shutil.rmtree(project.folder / "lake")
    project.run("load", "--reload")
    assert changed(before, project.rows_in_lake()) == MENDED
    project.prove(Kept(names))
