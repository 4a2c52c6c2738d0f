"""The tables and views of the schema tideline: missing ones are created, a view is replaced if its SQL has changed.

Covered by tests/loaders/schema/test_late_views.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import sql
from loaders.connection.session import Session
from loaders.schema.evolve import make_indexes

TABLES: Final = (
    "loads", "load_files", "arrivals", "columns", "copies", "quarantine", "excluded", "dropped", "views",
    "kept_names", "rollup_days", "id_conflicts", "erased", "suppressed", "erasures", "violations", "contract_events",
    "rollup_totals", "duplicates",
)  # fmt: skip
ID_TABLES: Final = ("id_hashes", "id_hashes_until")
"""Tables of dialects that hash ids."""
VIEWS: Final = ("lateness", "event_hours", "restatements")
"""In the order in which they are created: a view reads only tables and views before it."""


def create_definitions(session: Session) -> None:
    """Create what the schema tideline lacks. If it lacks nothing, only read: that needs no lock and no privilege."""
    existing = {name for (name,) in session.rows("schema/tideline_names")}
    if not existing:
        create_schema(session, "tideline")
    for table in (*(ID_TABLES if session.dialect.hashes_ids else ()), *TABLES):
        if table not in existing:
            session.run(f"schema/ledger/{table}")
            make_indexes(session, ("tideline", table), session.dialect.ledger_indexes(table))
    if "loads" in existing and "shared_load" not in dict(session.describe("schema/ledger/loads_columns", {})):
        session.run("schema/ledger/add_shared_load")
    if not session.dialect.has_views:
        return
    hashes: dict[str, str] = {row.view_name: row.sql_hash for row in session.rows("schema/view_hashes")}
    wanted = {view: _hash_view(session, view) for view in VIEWS}
    changed = [view for view in VIEWS if view not in existing or hashes.get(view) != wanted[view]]
    if changed:
        _replace_views(session, {view: wanted[view] for view in changed})


def _replace_views(session: Session, hashes: Mapping[str, str]) -> None:
    """Create or replace views and record the hash of their SQL.

    Their SQL names tables without a schema: `tideline.loads` would be ambiguous for those who open a DuckDB file of the
    name `tideline.duckdb`, whose catalog has the name of the schema.
    """
    with session.dialect.use_schema(session.connection, "tideline"):
        # All views before their hashes: where a change of a table commits, no row may be changed before it.
        for view in hashes:
            session.run(f"schema/ledger/views/{view}")
        for view, sql_hash in hashes.items():
            session.run("schema/forget_view", view=view)
            session.run("schema/note_view", view=view, sql_hash=sql_hash)


def create_schema(session: Session, schema: str) -> None:
    """Create a schema if it does not exist. PostgreSQL requires the privilege even for IF NOT EXISTS."""
    if not session.rows("schema/has_schema", schema=schema):
        session.run("schema/create_schema", {"schema": schema})


def _hash_view(session: Session, view: str) -> str:
    text = sql.statement(f"schema/ledger/views/{view}", session.dialect.name)
    return sha256(text.encode()).hexdigest()[:32]
