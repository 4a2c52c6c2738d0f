"""A retyped column loses nothing: a dirty archive proves it, read again by the independent reader."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from event_assets.demo.generate import generate
from event_assets.pipeline.catalog import import_catalog, retype
from loaders.catalog.file import Entry
from loaders.rewrite.retype import Retype
from loaders.transform.standard_columns import LogicalType
from tests.drive import Place, archive_hours, load_archive, place
from tests.postgres import Database
from tests.promises.archives import condense, rudderstack_files
from tests.promises.compare import differences
from tests.promises.proof import prove, prove_sums, read_again
from tests.s3 import Store

CHANGES: Final[tuple[tuple[str, str, LogicalType], ...]] = (
    ("product_viewed", "price", "int"),
    ("product_viewed", "price", "string"),
    ("products_searched", "results", "float"),
    ("product_added", "gift", "string"),
    ("tracks", "context_session_id", "string"),
    ("pages", "context_screen_density", "int"),
    ("identifies", "birthday", "string"),
    ("identifies", "age", "float"),
)


def change(where: Place, table: str, column: str, to: str) -> None:
    """`tideline retype` of one column; an int is pinned, or the next float would widen it again."""
    settings, source, pin = where.settings, where.source, to == "int"
    retype(settings, source, Retype(table, column, to, pin), dry_run=False, on_progress=lambda _d, _h: None)


def pinned(where: Place) -> Place:
    """A place whose catalog has the last of the changes of each column, pinned before anything is loaded."""
    last = {(table, column): to for table, column, to in CHANGES}
    pins = [Entry(table, column, to) for (table, column), to in last.items()]
    import_catalog(where.settings, where.source, pins, pin=True)
    return where


@pytest.mark.slow
def test_every_value_of_a_retyped_column_is_in_it_or_rescued(
    tmp_path: Path, database: Database | None, store: Store | None
) -> None:
    generate(tmp_path / "demo", events=1200, days=1)
    archive = condense(tmp_path / "demo", tmp_path / "archive", hours=12)
    where = place(archive, tmp_path / "loaded", database=database, store=store)
    load_archive(where)
    for table, column, to in CHANGES:
        change(where, table, column, to)
    prove(where, read_again(rudderstack_files(archive)))
    prove_sums(where.settings, where.source)

    fresh = pinned(where.elsewhere(tmp_path / "fresh"))
    load_archive(fresh)
    assert differences(where.warehouse, fresh.warehouse) == []
    load_archive(where, archive_hours(where)[::-1], reload=True)
    assert differences(where.warehouse, fresh.warehouse) == []
