"""A DuckLake attached to an engine under the name that every warehouse of the engine has.

Covered by tests/loaders/dialects/ducklake/test_ducklake.py.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from loaders.dialects.ducklake.data_files import DataFiles, open_data_files
from loaders.dialects.embedded.extensions import load_extension
from loaders.dialects.embedded.session import CATALOG, quote_text
from loaders.interface.errors import Terminal

_INLINED_ROWS: Final = 0
"""Rows that an insert puts into the catalog instead of a file."""


def attach_lake(
    connection: Connection, catalog: str, files: DataFiles, *, write: bool, secret: str | None = None
) -> None:
    """Attach the DuckLake of a catalog, for which there may be a secret; the first writer creates its tables there.

    Raise Terminal if the catalog has its files elsewhere.
    """
    load_extension(connection, "ducklake")
    open_data_files(connection, files)
    options = [f"DATA_PATH {quote_text(files.path)}", f"DATA_INLINING_ROW_LIMIT {_INLINED_ROWS}"]
    options += [f"META_SECRET {quote_text(secret)}"] if secret else []
    options += [] if write else ["READ_ONLY"]
    try:
        connection.exec_driver_sql(f'ATTACH {quote_text(f"ducklake:{catalog}")} AS "{CATALOG}" ({", ".join(options)})')
    except DBAPIError as error:
        if "does not match existing data path" not in str(error.orig):
            raise
        raise Terminal(
            f"the catalog has its data files elsewhere: {str(error.orig).splitlines()[0]} Give the URL the "
            "data_path of the catalog"
        ) from error


def attach_nothing(connection: Connection) -> None:
    """Attach an empty database: what a reader finds before the first load."""
    connection.exec_driver_sql(f"ATTACH ':memory:' AS \"{CATALOG}\"")
