"""Where the Parquet files of a DuckLake are: a folder, or a prefix of a bucket with the credentials that boto3 takes.

Covered by tests/loaders/dialects/ducklake/test_served.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, Connection

from loaders.dialects.embedded.bucket import open_bucket
from loaders.interface.errors import Terminal

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
    """Let the engine reach a bucket."""
    if files.in_bucket:
        open_bucket(connection, "data_files", scope=files.path, endpoint_url=files.endpoint_url)
