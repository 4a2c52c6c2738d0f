"""Buckets that the engine reads and writes, with the credentials that boto3 takes.

Covered by tests/loaders/dialects/ducklake/test_served.py and tests/loaders/dialects/iceberg/test_iceberg.py.
"""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

import duckdb
from sqlalchemy.engine import Connection

from loaders.dialects.embedded.engine import driver_of
from loaders.dialects.embedded.extensions import load_extension
from loaders.dialects.embedded.session import quote_text
from loaders.interface.errors import Terminal

_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""Variables of a server that is not Amazon's, the first one that is set."""


def find_endpoint(endpoint_url: str | None) -> str | None:
    """Return the server that a URL names, or else the environment; None if it is Amazon's."""
    return endpoint_url or next(filter(None, map(os.environ.get, _ENDPOINTS)), None)


def open_bucket(connection: Connection, name: str, *, scope: str = "", endpoint_url: str | None) -> None:
    """Let the engine reach buckets: by its extension, and by a secret that no statement or error shows.

    The secret counts for what begins with `scope`, or for all.
    """
    from botocore.session import Session  # type: ignore[import-untyped]  # where no bucket is, it is time for nothing

    load_extension(connection, "httpfs")
    session = Session()
    credentials = session.get_credentials()
    options = {"SCOPE": scope, "REGION": session.get_config_variable("region") or "us-east-1"}
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        options |= {"KEY_ID": frozen.access_key, "SECRET": frozen.secret_key, "SESSION_TOKEN": frozen.token or ""}
    endpoint = find_endpoint(endpoint_url)
    if endpoint is None:
        create_secret(connection, name, "s3", options)
        return
    server = urlsplit(endpoint)
    options |= {"ENDPOINT": server.netloc, "URL_STYLE": "path"}
    create_secret(connection, name, "s3", options, {"USE_SSL": server.scheme != "http"})


def create_secret(
    connection: Connection, name: str, kind: str, texts: dict[str, str], flags: dict[str, bool] | None = None
) -> None:
    """Create a secret of the engine, which is gone with it; raise Terminal, without its values, if it is refused."""
    parts = [f"TYPE {kind}", *(f"{key} {quote_text(value)}" for key, value in texts.items() if value)]
    parts += [f"{key} {str(value).upper()}" for key, value in (flags or {}).items()]
    try:
        driver_of(connection).execute(f"CREATE SECRET {name} ({', '.join(parts)})")
    except duckdb.Error as error:
        raise Terminal(f"the engine refuses the credentials of {kind}: {type(error).__name__}") from None
