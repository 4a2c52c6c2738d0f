"""The tables and views of the schema tideline: made where they are missing, views made anew when their SQL changes."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import sql
from loaders.connection.session import Session
from loaders.schema.evolve import make_indexes

TABLES: Final = (
    "loads", "load_files", "arrivals", "columns", "copies", "quarantine", "excluded", "dropped", "views",
    "rollup_days",
)  # fmt: skip
ID_TABLES: Final = ("id_hashes", "id_hashes_until")
"""Where the dialect hashes ids."""
VIEWS: Final = ("lateness", "event_hours", "restatements")
"""In the order in which they are made: each reads only tables and views before it."""


def create_definitions(session: Session) -> None:
    """Make what is missing of the schema tideline; where nothing is, only look: that needs no lock and no right."""
    standing = {name for (name,) in session.rows("schema/tideline_names")}
    create_schema(session, "tideline")
    for table in (*(ID_TABLES if session.dialect.hashes_ids else ()), *TABLES):
        if table not in standing:
            session.run(f"schema/ledger/{table}")
            make_indexes(session, ("tideline", table), session.dialect.ledger_indexes(table))
    made: dict[str, str] = {row.view_name: row.sql_hash for row in session.rows("schema/view_hashes")}
    for view in VIEWS:
        sql_hash = _hash_view(session, view)
        if view not in standing or made.get(view) != sql_hash:
            session.run(f"schema/ledger/views/{view}")
            session.run("schema/forget_view", view=view)
            session.run("schema/note_view", view=view, sql_hash=sql_hash)


def create_schema(session: Session, schema: str) -> None:
    """Make a schema that is not there. Where it stands nothing runs: PostgreSQL would ask for the right even so."""
    if not session.rows("schema/has_schema", schema=schema):
        session.run("schema/create_schema", {"schema": schema})


def _hash_view(session: Session, view: str) -> str:
    text = sql.statement(f"schema/ledger/views/{view}", session.dialect.name)
    return sha256(text.encode()).hexdigest()[:32]
