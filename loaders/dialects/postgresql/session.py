"""A connection to PostgreSQL that is ready for a load, whatever is set for its role, database or environment.

Covered by tests/loaders/dialects/postgresql/test_postgresql_session.py.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from psycopg import errors
from sqlalchemy.engine import URL, Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from loaders.dialects.postgresql.pooler import read_server, shares_servers
from loaders.interface.errors import Terminal, Transient, is_transient_state

_ATTEMPTS: Final = 3
_HURRIED: Final = 20
"""Attempts where a limit of milliseconds of the database ends the statements that would lift it."""
_LIMITS: Final = (errors.QueryCanceled, errors.TransactionTimeout)

_SERVER: Final = "server process"
"""Key of the process id of the server connection in the information of a connection."""

_PROBE_TIMEOUT: Final = 2
"""Seconds; the driver knows no shorter one."""

_DRIVER: Final[Mapping[str, object]] = {
    "connect_timeout": 10,
    # A connection that a firewall has dropped while it waited for a lock is found dead within two minutes.
    "keepalives_idle": 60,
    "keepalives_interval": 15,
    "keepalives_count": 4,
}
"""Arguments of the driver; those of the URL win."""

_SETTINGS: Final = {
    "timezone": "UTC",
    "client_min_messages": "warning",
    "application_name": "tideline",
    "jit": "off",  # a merge is many short statements
    "random_page_cost": "1.1",  # ids are looked up one by one where they are few beside the table
    "work_mem": "64MB",  # a large hour's ids are joined in memory; one load of a schema merges at a time
    # Limits of a role or database are meant for queries of people. A load takes as long as its hour is large.
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    # The merge lock orders loads: a transaction has to see what was committed before it got the lock.
    "default_transaction_isolation": "read committed",
    # A policy that hides rows is an error: a load that does not see a row would write it a second time.
    "row_security": "off",
    # Names without a schema are of temporary tables and of functions of the server, never of somebody's schema.
    "search_path": "pg_catalog",
    # How values are written as text, for the driver and for exports.
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
}
"""Set for every session: what a role, a database or the environment sets has no influence on a load."""

_TRANSACTION_TIMEOUT_SINCE: Final = 170_000

_FULL: Final = (
    "too many clients",
    "too many connections",
    "connection slots are reserved",
    "no more connections allowed",
    "query_wait_timeout",
)
"""What a server or pooler without a free connection answers, in English. libpq keeps no SQLSTATE of a refused
connection; in another language the refusal counts as permanent, and the next run tries again."""

_STARTING: Final = ("the database system is",)
"""What a server that starts, stops or recovers answers, in English."""


def open_session(url: URL, options: Mapping[str, str]) -> Connection:
    """Open a connection in UTC, without a transaction, with these settings besides those of every session.

    Raise Terminal if the server refuses it for good, Transient if it does not answer or has no connection free.
    """
    engine = sa.create_engine(url, poolclass=NullPool)
    sa.event.listen(engine, "do_connect", partial(_connect, url, options))
    for attempt in range(1, _HURRIED + 1):
        try:
            return engine.connect()
        except DBAPIError as error:
            if attempt >= (_HURRIED if isinstance(error.orig, _LIMITS) else _ATTEMPTS):
                raise _refused(url, error) from error
        time.sleep(0.3 * min(attempt, _ATTEMPTS))
    raise AssertionError  # the last attempt returns or raises


def check_server(connection: Connection, url: URL) -> None:
    """Raise Terminal if the open transaction is not in the server connection that the session has set up."""
    if read_server(driver_of(connection)) != connection.info[_SERVER]:
        raise Terminal(_shared(url))


def driver_of(connection: Connection) -> psycopg.Connection:
    """Return the driver's connection."""
    driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def _connect(
    url: URL,
    options: Mapping[str, str],
    dialect: Dialect,
    record: ConnectionPoolEntry,
    args: list[Any],
    given: dict[str, Any],
) -> psycopg.Connection:
    """Open a connection of the driver and set it up, before SQLAlchemy runs a statement on it."""
    # The encoding of the environment (PGCLIENTENCODING) could not hold every text.
    # No statement is prepared on the server: a temporary table that is made again may have other columns.
    arguments = {**_DRIVER, **given, "client_encoding": "UTF8", "autocommit": True, "prepare_threshold": None}
    connect = partial(dialect.loaded_dbapi.connect, *args, **arguments)
    connection: psycopg.Connection = connect()
    try:
        _refuse_encoding(connection, url)
        _refuse_pooler(connection, partial(connect, connect_timeout=_PROBE_TIMEOUT), url)
        record.info[_SERVER] = _set_all(connection, options)
        connection.autocommit = False
    except BaseException:
        connection.close()
        raise
    return connection


def _set_all(connection: psycopg.Connection, options: Mapping[str, str]) -> int:
    """Set everything in one statement: a limit of a few milliseconds ends no session before it is lifted.

    Return the process id of the server connection.
    """
    settings = {**_SETTINGS, **options}
    if connection.info.server_version >= _TRANSACTION_TIMEOUT_SINCE:
        settings["transaction_timeout"] = "0"
    calls = ", ".join(["pg_catalog.set_config(%s, %s, FALSE)"] * len(settings))
    values = [part for setting in settings.items() for part in setting]
    [(pid, *_)] = connection.execute(f"SELECT pg_catalog.pg_backend_pid(), {calls}".encode(), values).fetchall()
    return int(pid)


def _refuse_encoding(connection: psycopg.Connection, url: URL) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise Terminal(
            f"the database of the warehouse {_shown(url)} has the encoding {encoding}, which does not hold every text: "
            f"create one for the warehouse with CREATE DATABASE {url.database} ENCODING 'UTF8' TEMPLATE template0"
        )


def _refuse_pooler(connection: psycopg.Connection, connect: Callable[[], psycopg.Connection], url: URL) -> None:
    if shares_servers(connection, connect):
        raise Terminal(_shared(url))


def _shared(url: URL) -> str:
    return (
        f"the warehouse {_shown(url)} is behind a pooler in transaction or statement mode, and a load needs one server "
        "connection throughout: connect to the server directly (usually port 5432), or to a pool with "
        "pool_mode = session"
    )


def _refused(url: URL, error: DBAPIError) -> Terminal | Transient:
    """Return Terminal if the server answers and refuses the connection for good."""
    text, shown = str(error.orig), _shown(url)
    reason = " ".join(text.strip().split("\n", 1)[0].split())
    if isinstance(error.orig, errors.ConnectionTimeout) or not _answers(url):
        return Transient(f"the warehouse {shown} does not answer: {reason}")
    if any(words in text for words in _FULL):
        return Transient(
            f"the warehouse {shown} has no connection free: {reason}; try again later, or raise max_connections or the "
            "connection limit of the role or database: a load needs one connection"
        )
    passing = is_transient_state(getattr(error.orig, "sqlstate", None))
    if passing or any(words in text for words in _STARTING):
        return Transient(f"the warehouse {shown} takes no connections now: {reason}; try again")
    remedy = ""
    if "startup parameter" in text:
        remedy = "; take PGOPTIONS and `options` out, or name it in ignore_startup_parameters of the pooler"
    return Terminal(f"the warehouse {shown} refuses the connection: {reason}{remedy}")


def _answers(url: URL) -> bool:
    given = url.query.get("host", url.host or "localhost")
    host, port = str(given if isinstance(given, str) else given[0]), url.port or 5432
    try:
        if host.startswith("/"):
            with socket.socket(socket.AF_UNIX) as unix:
                unix.connect(f"{host}/.s.PGSQL.{port}")
        else:
            socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)
