"""The supported databases, one module each, selected by the URL of a warehouse."""

from __future__ import annotations

from sqlalchemy.engine import URL

from loaders.dialects.base import Dialect
from loaders.interface.errors import Terminal


def dialect_of(url: URL, *, memory_bytes: int) -> Dialect:
    """Return the dialect of a warehouse URL; raise Terminal if its database is not supported.

    Only the driver of that database is imported: importing the others costs time.
    """
    backend = url.get_backend_name()
    if backend == "duckdb":
        from loaders.dialects.duckdb import DuckDB

        return DuckDB.from_url(url, memory_bytes=memory_bytes)
    if url.drivername == "ducklake+postgresql":
        from loaders.dialects.ducklake.served import ServedLake

        return ServedLake.from_url(url, memory_bytes=memory_bytes)
    if backend == "ducklake":
        from loaders.dialects.ducklake.dialect import DuckLake

        return DuckLake.from_url(url, memory_bytes=memory_bytes)
    if backend == "postgresql":
        from loaders.dialects.postgresql import PostgreSQL

        return PostgreSQL.from_url(url)
    raise Terminal(
        f"no warehouse dialect for {backend!r}: use duckdb:///path/to/file.duckdb, "
        "ducklake:///path/to/catalog.ducklake?data_path=/folder or postgresql+psycopg://user@host/database "
        f"(the URL was {url.render_as_string(hide_password=True)})"
    )
