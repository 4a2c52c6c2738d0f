"""Junk that is kept out changes no promise: every value is accounted for, in whatever order hours and settings come."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from event_assets.pipeline.catalog import drop
from loaders.catalog.file import DROPPED, Entry
from loaders.catalog.import_types import import_types
from loaders.connection.warehouse import Warehouse
from loaders.transform.catalog import DropTarget
from loaders.transform.rules.path_values import PathValues
from loaders.transform.selection import Rule, Selection
from tests.conftest import on_both_in_time
from tests.drive import Place, archive_hours, load_archive, place
from tests.independent.junk import Junk
from tests.independent.reader import Archive
from tests.postgres import Database
from tests.promises.archives import rudderstack_files
from tests.promises.compare import differences
from tests.promises.dirty import dirty_archive
from tests.promises.pinned import pin_catalog
from tests.promises.proof import find_differences, prove, prove_catalog, read_again

JUNK = Junk(
    exclude_types=("alias",),
    exclude_events=("Event simpl?", "*flip*", "Renamed 1", "[Dup]"),
    exclude_users=("u-2*",),
    exclude_paths=(
        (("properties", "città"), ("São*",)),
        (("properties", "qty"), (3,)),
        (("groupId",), ("*1",)),
        (("properties", "n"), (1, 0.1)),
    ),
    bots=True,
    not_bots=("*Firefox*",),
    not_users=(" U-0", "null"),
    dropped=frozenset(
        {
            ("event_products", "*"),
            ("event_empty", "context_page_url"),
            ("tracks", "context_library_name"),
            ("identifies", "email"),
            ("pages", "url"),
        }
    ),
)
SELECTION = Selection(
    exclude=Rule(
        JUNK.exclude_types,
        JUNK.exclude_events,
        JUNK.exclude_users,
        tuple(PathValues(*asked) for asked in JUNK.exclude_paths),
        JUNK.bots,
        JUNK.not_bots,
    )
)


def with_junk(where: Place) -> Place:
    """The same source that leaves junk out."""
    return replace(where, source=replace(where.source, selection=SELECTION, not_users=JUNK.not_users))


def loaded(archive: Path, folder: Path, database: Database | None = None) -> Place:
    """The archive loaded once and in order, with everything kept out from the beginning."""
    where = with_junk(place(archive, folder, database=database))
    entries = [Entry(table, column, DROPPED) for table, column in sorted(JUNK.dropped)]
    warehouse = Warehouse.open(where.settings.warehouse)
    import_types(warehouse, entries, source="default", schema="events", pin=False)
    load_archive(where)
    return where


@on_both_in_time
def test_what_is_kept_out_is_all_that_the_tables_lack(tmp_path: Path, database: Database | None) -> None:
    archive = dirty_archive(tmp_path / "archive")
    where = loaded(archive, tmp_path / "loaded", database)
    again = read_again(rudderstack_files(archive), junk=JUNK)
    prove(where, again)
    prove_catalog(where, again)
    assert find_differences(where, read_again(rudderstack_files(archive)))


@pytest.mark.slow
def test_in_any_order_it_is_the_same(tmp_path: Path) -> None:
    reference = loaded(dirty_archive(tmp_path / "archive"), tmp_path / "loaded")
    hours = archive_hours(reference)
    for number, order in enumerate(itertools.permutations(hours)):
        other = pin_catalog(reference.elsewhere(tmp_path / str(number)), reference)
        load_archive(other, [*order, order[0]])
        load_archive(other, order[1:], reload=True)
        assert differences(reference.warehouse, other.warehouse) == []


@on_both_in_time
def test_kept_out_afterwards_it_is_as_if_it_had_been_so_from_the_beginning(
    tmp_path: Path, database: Database | None
) -> None:
    """Loaded with all the junk; then tables and columns are dropped, and hours loaded again by the new settings."""
    archive = dirty_archive(tmp_path / "archive")
    reference = loaded(archive, tmp_path / "loaded", database)
    other = replace(reference.elsewhere(tmp_path / "other"), source=place(archive, tmp_path / "x").source)
    load_archive(other)
    for table, column in sorted(JUNK.dropped):
        drop(
            other.settings,
            other.source,
            DropTarget(table, column),
            dry_run=False,
            on_progress=lambda _done, _hours: None,
        )
    load_archive(with_junk(other), list(reversed(archive_hours(other))), reload=True)
    prove(other, read_again(rudderstack_files(archive), junk=JUNK))


DAMAGE = {
    "a count of what was left out": "UPDATE tideline.excluded SET events = events + 1",
    "a dropped column forgotten": "DELETE FROM tideline.columns WHERE type = 'dropped' AND table_name = 'pages'",
    "a rescued value of a dropped table": "UPDATE events.tracks SET _rescued = NULL WHERE event = 'event_products'",
    "a user who is none": "INSERT INTO events.users (id) VALUES ('u-0')",
}


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Archive]:
    """The archive loaded without the junk, and read again."""
    folder = tmp_path_factory.mktemp("proved")
    archive = dirty_archive(folder / "archive")
    return loaded(archive, folder / "loaded"), read_again(rudderstack_files(archive), junk=JUNK)


@pytest.mark.parametrize("kind", DAMAGE)
def test_the_proof_detects_damage_to_it(kind: str, proved: tuple[Place, Archive], tmp_path: Path) -> None:
    where, again = proved
    damaged = where.copy_to(tmp_path)
    assert damaged.execute(DAMAGE[kind]) >= 1
    assert find_differences(damaged, again)
