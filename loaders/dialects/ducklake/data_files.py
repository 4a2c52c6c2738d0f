"""Where the Parquet files of a DuckLake are: a folder, or a prefix of a bucket with the credentials that boto3 takes.

Covered by tests/loaders/dialects/ducklake/test_served.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import duckdb
from sqlalchemy.engine import URL, Connection

from loaders.dialects.ducklake.extensions import load_extension
from loaders.dialects.embedded.engine import driver_of
from loaders.dialects.embedded.session import quote_text
from loaders.interface.errors import Terminal

_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""Variables of a server that is not Amazon's, the first one that is set."""
PARAMETERS: Final = frozenset({"data_path", "endpoint_url"})
"""Parameters of a URL that this module reads."""


@dataclass(frozen=True)
class DataFiles:
    """A folder or prefix, which ends with a slash, and the server of the bucket where it is not Amazon's."""

    path: str
    endpoint_url: str | None = None

    @property
    def in_bucket(self) -> bool:
        """Whether they are in a bucket."""
        return self.path.startswith("s3://")

    @property
    def extensions(self) -> tuple[str, ...]:
        """The extensions by which the engine reaches them."""
        return ("httpfs",) if self.in_bucket else ()


def read_data_files(url: URL, form: str, *, default: Path | None) -> DataFiles:
    """Return the place that a URL names; raise Terminal if it is none. `form` is how such a URL is written."""
    given = url.query.get("data_path", "" if default is None else str(default))
    endpoint = url.query.get("endpoint_url")
    if not isinstance(given, str) or not given:
        raise Terminal(f"a DuckLake has one data_path: {form}")
    if endpoint is not None and not (isinstance(endpoint, str) and given.startswith("s3://")):
        raise Terminal(f"endpoint_url is for one server of a data_path on s3://: {form}")
    if given.startswith("s3://"):
        return DataFiles(f"{given.rstrip('/')}/", endpoint)
    if "://" in given:
        raise Terminal(f"the data files of a DuckLake are in a folder or on s3://, not at {given}: {form}")
    return DataFiles(f"{Path(given).expanduser().resolve()}/")


def open_data_files(connection: Connection, files: DataFiles) -> None:
    """Let the engine reach a bucket: by its extension, and by a secret that no statement or error shows."""
    if not files.in_bucket:
        return
    from botocore.session import Session  # type: ignore[import-untyped]  # where no bucket is, it is time for nothing

    load_extension(connection, "httpfs")
    session = Session()
    credentials = session.get_credentials()
    options = {"SCOPE": files.path, "REGION": session.get_config_variable("region") or "us-east-1"}
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        options |= {"KEY_ID": frozen.access_key, "SECRET": frozen.secret_key, "SESSION_TOKEN": frozen.token or ""}
    endpoint = files.endpoint_url or next(filter(None, map(os.environ.get, _ENDPOINTS)), None)
    if endpoint is None:
        create_secret(connection, "data_files", "s3", options)
        return
    server = urlsplit(endpoint)
    options |= {"ENDPOINT": server.netloc, "URL_STYLE": "path"}
    create_secret(connection, "data_files", "s3", options, {"USE_SSL": server.scheme != "http"})


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
