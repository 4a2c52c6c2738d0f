"""The supported databases, one module each, selected by the URL of a warehouse.

Covered by tests/loaders/dialects/test_kinds.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import URL

from loaders.dialects.base import Dialect
from loaders.interface.errors import Terminal


@dataclass(frozen=True)
class DatabaseKind:
    """A kind of database. Capabilities that need no driver are here, all others are in `Dialect`."""

    open: Callable[[URL, int], Dialect]
    """Imports the driver and returns the dialect of a URL, whose engine may use so many bytes of memory."""
    one_process: bool
    """Whether a process that writes has the database alone: no other can write or read it meanwhile."""
    form: str = ""
    """The form of its URL that an error names; empty for a second form of the same database."""
    reader: str = ""
    """A command of a shell that prints the rows of ``{query}``: of the file ``{file}``, or by ``{url}``, which has no
    password. Empty if there is none of one line."""

    def reading_command(self, url: URL, query: str) -> str:
        """Return the command that prints the rows of a query, which has no quote; empty if there is none."""
        shown = url.set(drivername=url.get_backend_name(), password=None).render_as_string()
        return self.reader.format(file=url.database or "", url=shown, query=query)


def url_forms() -> str:
    """Return the forms of the URLs of all databases, as a message names them."""
    *forms, last = (known.form for known in KINDS.values() if known.form)
    return f"{', '.join(forms)} or {last}"


def dialect_of(url: URL, *, memory_bytes: int) -> Dialect:
    """Return the dialect of a warehouse URL; raise Terminal if its database is not supported.

    Only the driver of that database is imported: importing the others costs time.
    """
    return kind_of(url).open(url, memory_bytes)


def kind_of(url: URL) -> DatabaseKind:
    """Return the kind of a URL; raise Terminal if its database is not supported."""
    kind = KINDS.get(url.drivername) or KINDS.get(url.get_backend_name())
    if kind is None:
        raise Terminal(
            f"no warehouse dialect for {url.get_backend_name()!r}: use {url_forms()} "
            f"(the URL was {url.render_as_string(hide_password=True)})"
        )
    return kind


def _open_duckdb(url: URL, memory_bytes: int) -> Dialect:
    from loaders.dialects.duckdb import DuckDB

    return DuckDB.from_url(url, memory_bytes=memory_bytes)


def _open_ducklake(url: URL, memory_bytes: int) -> Dialect:
    from loaders.dialects.ducklake.dialect import DuckLake

    return DuckLake.from_url(url, memory_bytes=memory_bytes)


def _open_served_lake(url: URL, memory_bytes: int) -> Dialect:
    from loaders.dialects.ducklake.served import ServedLake

    return ServedLake.from_url(url, memory_bytes=memory_bytes)


def _open_iceberg(url: URL, memory_bytes: int) -> Dialect:
    from loaders.dialects.iceberg.dialect import Iceberg

    return Iceberg.from_url(url, memory_bytes=memory_bytes)


def _open_postgresql(url: URL, memory_bytes: int) -> Dialect:
    from loaders.dialects.postgresql.dialect import PostgreSQL

    return PostgreSQL.from_url(url)


def _open_clickhouse(url: URL, memory_bytes: int) -> Dialect:
    from loaders.dialects.clickhouse.dialect import ClickHouse

    return ClickHouse.from_url(url, memory_bytes=memory_bytes)


def _open_snowflake(url: URL, memory_bytes: int) -> Dialect:
    from loaders.dialects.snowflake.dialect import Snowflake

    return Snowflake.from_url(url)


KINDS: Final[Mapping[str, DatabaseKind]] = {
    "duckdb": DatabaseKind(
        _open_duckdb,
        one_process=True,
        form="duckdb:///path/to/file.duckdb",
        reader="""python -c 'import duckdb; duckdb.connect("{file}", read_only=True).sql("{query}").show()'""",
    ),
    "ducklake": DatabaseKind(
        _open_ducklake,
        one_process=True,
        form="ducklake:///path/to/catalog.ducklake?data_path=/folder",
        reader="""python -c 'import duckdb, duckdb_extension_ducklake as e; duckdb.load_extension(e.__path__[0] """
        """+ f"/extensions/v{{duckdb.__version__}}/ducklake.duckdb_extension"); """
        """duckdb.sql("ATTACH $$ducklake:{file}$$ AS w (READ_ONLY)"); duckdb.sql("USE w"); """
        """duckdb.sql("{query}").show()'""",
    ),
    "ducklake+postgresql": DatabaseKind(_open_served_lake, one_process=False),
    "iceberg": DatabaseKind(
        _open_iceberg, one_process=False, form="iceberg://client@catalog.example.com/path?warehouse=name"
    ),
    "postgresql": DatabaseKind(
        _open_postgresql,
        one_process=False,
        form="postgresql+psycopg://user@host/database",
        reader="""psql '{url}' -c '{query}'""",
    ),
    "clickhousedb": DatabaseKind(
        _open_clickhouse,
        one_process=True,
        form="clickhousedb:///path/to/folder",
        reader="""python -c 'import chdb; print(chdb.connect("{file}").query("{query}", "PrettyCompact"))'""",
    ),
    "snowflake": DatabaseKind(
        _open_snowflake,
        one_process=False,
        form="snowflake://user@account/database",
    ),
}
"""Name of the database and its driver in the URL, or of the database alone -> kind."""
