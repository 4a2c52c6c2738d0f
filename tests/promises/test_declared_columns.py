"""Declared columns change no promise: a dirty archive, read again by the independent reader, in any order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb
import pytest

from event_assets.config.source_table import COLUMNS
from event_assets.demo.generate import generate
from event_assets.pipeline.audit.audit import audit
from event_assets.pipeline.audit.draw import Draw
from tests.drive import Place, archive_hours, load_archive, place
from tests.postgres import Database
from tests.promises.archives import condense, rudderstack_files
from tests.promises.proof import prove, prove_catalog, prove_sums, read_again

DECLARED: Final = {
    ("product_viewed", "price"): "int",
    ("product_viewed", "never_sent"): "datetime",
    ("products_searched", "results"): "boolean",
    ("product_added", "gift"): "string",
    ("tracks", "context_session_id"): "float",
    ("pages", "context_screen_density"): "string",
    ("pages", "context_campaign_term"): "string",
    ("identifies", "age"): "string",
    ("identifies", "never_sent"): "boolean",
    ("_no_such_event", "never_sent"): "int",
    ("never_sent", "_select"): "string",
}
EMPTY: Final = ("never_sent", "_select")
EXISTS: Final = (
    "SELECT table_name, column_name FROM information_schema.columns"
    f" WHERE table_schema = 'events' AND column_name IN {EMPTY}"
)


def declaring(where: Place, folder: Path) -> Place:
    """The place with a source that declares these columns in a file of its own."""
    text = "".join(f"[{table}]\n" + lines_of(table) for table in sorted({table for table, _ in DECLARED}))
    (folder / "columns.toml").write_text(text)
    columns = COLUMNS.read("columns", [str(folder / "columns.toml"), "rudderstack"])
    return replace(where, source=replace(where.source, columns=columns))


def lines_of(table: str) -> str:
    return "".join(f'{column} = "{kind}"\n' for (of, column), kind in DECLARED.items() if of == table)


@pytest.mark.slow
def test_a_dirty_archive_is_proved_with_declared_columns(tmp_path: Path, database: Database | None) -> None:
    generate(tmp_path / "demo", events=300, days=1)
    archive = condense(tmp_path / "demo", tmp_path / "archive", hours=4)
    where = declaring(place(archive, tmp_path / "loaded", database=database), tmp_path)
    load_archive(where)
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        existing = set(connection.execute(EXISTS).fetchall())
    assert existing - {("users", "never_sent")} == {place for place in DECLARED if place[1] in EMPTY}
    again = read_again(rudderstack_files(archive))
    prove(where, again)
    prove_catalog(where, again, {**DECLARED, ("identifies", "email"): "string"})
    prove_sums(where.settings, where.source)
    audited = list(audit(where.settings, Draw(None, 0)))
    assert [finding for hour in audited for finding in hour.findings] == []

    other = where.elsewhere(tmp_path / "backwards")
    load_archive(other, archive_hours(where)[::-1])
    prove(other, again)
