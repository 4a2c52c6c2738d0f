"""A session of Snowflake that is ready for a load, whatever is set for its user or account.

Covered by tests/loaders/dialects/snowflake/test_session.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from loaders.dialects.snowflake.errors import is_transient
from loaders.interface.errors import Terminal, Transient

INSTALL: Final = "pip install 'tideline[snowflake]'"
_PASSWORD: Final = "SNOWFLAKE_PASSWORD"  # noqa: S105  the name of a variable
_PASSPHRASE: Final = "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"  # noqa: S105
_GIVEN: Final = ("warehouse", "role", "host", "port", "protocol", "authenticator", "private_key_file")
"""Parameters of the URL that the driver gets."""
_PARAMETERS: Final[Mapping[str, object]] = {
    "QUERY_TAG": "tideline",
    "TIMEZONE": "UTC",
    "AUTOCOMMIT": True,
    "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_TZ",
    "TIMESTAMP_INPUT_FORMAT": "AUTO",
    "DATE_INPUT_FORMAT": "AUTO",
    "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
    "STRICT_JSON_OUTPUT": True,
    "STATEMENT_TIMEOUT_IN_SECONDS": 0,
    "TRANSACTION_ABORT_ON_ERROR": False,
}
"""Set for every session: what is set for an account, a user or a warehouse has no influence on a load."""


def require_driver() -> None:
    """Raise Terminal if the packages for Snowflake are not installed."""
    for module in ("snowflake.connector", "snowflake.sqlalchemy"):
        if not _is_installed(module):
            raise Terminal(f"a Snowflake warehouse needs the package {module.replace('.', '-')}: {INSTALL}")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ModuleNotFoundError, ValueError):  # its parent is missing, or somebody has kept it from being imported
        return False


@contextmanager
def open_session(url: URL, *, wait: float) -> Iterator[Connection]:
    """Open a session in UTC that commits every statement until BEGIN; statements wait at most `wait` s for locks."""
    require_driver()
    from snowflake import connector
    from snowflake.sqlalchemy.snowdialect import SnowflakeDialect

    class Dialect(SnowflakeDialect):  # type: ignore[misc]
        """Names of results in lower case, and no statement of its own at the begin of a session."""

        supports_statement_cache = True

        def normalize_name(self, name: str) -> str:
            return name.lower()

        def initialize(self, connection: Connection) -> None:
            pass

        def do_rollback(self, dbapi_connection: Any) -> None:  # noqa: ANN401
            pass

        def do_commit(self, dbapi_connection: Any) -> None:  # noqa: ANN401
            pass

    arguments = connect_arguments(url, wait=wait)
    pool = NullPool(lambda: connector.connect(**arguments))
    engine = sa.Engine(pool, Dialect(dbapi=connector, paramstyle="qmark"), sa.make_url("snowflake://"))
    try:
        connection = engine.connect()
    except (DBAPIError, connector.errors.Error) as error:
        raise _refused(url, error) from error
    try:
        yield connection
    finally:
        connection.close()


def connect_arguments(url: URL, *, wait: float) -> dict[str, object]:
    """Return the driver's arguments for a URL; secrets come from the environment where the URL has none."""
    query = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    given: dict[str, object] = {name: query[name] for name in _GIVEN if name in query}
    unknown = sorted(query.keys() - {*_GIVEN})
    if unknown:
        raise Terminal(f"the warehouse URL has {', '.join(unknown)}: known are {', '.join(_GIVEN)}")
    password = url.password or os.environ.get(_PASSWORD)
    if "private_key_file" in given:
        given |= _key(str(given["private_key_file"]))
    elif password:
        given["password"] = password
    if "port" in given:
        given["port"] = int(str(given["port"]))
    return {
        "account": url.host,
        "user": url.username,
        "database": (url.database or "").strip("/").upper(),
        "paramstyle": "qmark",
        "client_session_keep_alive": True,
        "login_timeout": 60,
        "application": "tideline",
        "session_parameters": {**_PARAMETERS, "LOCK_TIMEOUT": max(1, int(wait))},
        **given,
    }


def _key(path: str) -> dict[str, object]:
    file = Path(path).expanduser()
    if not file.is_file():
        raise Terminal(f"private_key_file of the warehouse URL is not a file: {file}")
    passphrase = os.environ.get(_PASSPHRASE)
    found: dict[str, object] = {"private_key_file": str(file), "authenticator": "SNOWFLAKE_JWT"}
    return {**found, "private_key_file_pwd": passphrase} if passphrase else found


def _refused(url: URL, error: Exception) -> Terminal | Transient:
    driver = getattr(error, "orig", None) or error
    shown, reason = url.render_as_string(hide_password=True), str(driver).splitlines()[0]
    if is_transient(driver):
        return Transient(f"the warehouse {shown} does not answer: {reason}")
    return Terminal(f"the warehouse {shown} refuses the session: {reason}")
