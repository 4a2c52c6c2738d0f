"""Iceberg warehouses for the tests: a real REST catalog and bucket, and copies of their tables as a DuckDB file.

SeaweedFS serves both. What proves a DuckDB warehouse proves an Iceberg one too: it looks at the copy.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from loaders.dialects.embedded.extensions import find_extension
from tests.postgres import Database, Server
from tests.rest_catalog import direct, free_ports, start_proxy
from tests.s3 import CREDENTIALS

CATALOG: Final = "warehouse"
REGION: Final = "us-east-1"
CLIENT: Final = {"ICEBERG_CLIENT_ID": CREDENTIALS["key"], "ICEBERG_CLIENT_SECRET": CREDENTIALS["secret"]}
"""What the environment has for a load: the catalog's client, and the credentials of the bucket."""
BUCKET: Final = {
    "AWS_ACCESS_KEY_ID": CREDENTIALS["key"],
    "AWS_SECRET_ACCESS_KEY": CREDENTIALS["secret"],
    "AWS_DEFAULT_REGION": REGION,
}
_PORTS: Final = (
    "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
    "s3.port", "s3.port.grpc", "s3.port.iceberg",
)  # fmt: skip
_OWN: Final = "'information_schema', 'pg_catalog', 'main', 'none'"


@dataclass
class IcebergDatabase(Database):
    """A warehouse of the catalog: `url` is that of the warehouse."""

    @property
    def name(self) -> str:
        """Of the warehouse, which is that of its bucket."""
        return parse_qs(urlsplit(self.url).query)["warehouse"][0]

    @property
    def endpoint(self) -> str:
        """The server of the bucket."""
        return parse_qs(urlsplit(self.url).query)["endpoint_url"][0]

    @property
    def catalog(self) -> str:
        """The REST API."""
        return f"http://{urlsplit(self.url).netloc}"

    @property
    def warehouse_url(self) -> str:
        """For a load."""
        return self.url

    @property
    def direct_url(self) -> str:
        """For a load that the server's own rules of names count for."""
        return self.url.replace(self.catalog, direct(self.catalog))

    def beside(self, *, copied: bool = False) -> IcebergDatabase:
        """Another one beside this one: an empty one, or one with the same rows."""
        return IcebergServer(self.url).new_database(self if copied else None)

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of the driver that uses it, times in UTC."""
        with duckdb.connect(
            ":memory:", config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"}
        ) as connection:
            for extension in ("httpfs", "avro", "iceberg"):
                connection.execute(f"LOAD '{find_extension(extension)}'")
            connection.execute(
                f"CREATE SECRET bucket (TYPE s3, KEY_ID '{CREDENTIALS['key']}', SECRET '{CREDENTIALS['secret']}', "
                f"REGION '{REGION}', ENDPOINT '{urlsplit(self.endpoint).netloc}', URL_STYLE 'path', USE_SSL false)"
            )
            connection.execute(
                f"CREATE SECRET catalog (TYPE iceberg, CLIENT_ID '{CREDENTIALS['key']}', CLIENT_SECRET "
                f"'{CREDENTIALS['secret']}', OAUTH2_SERVER_URI '{self.catalog}/v1/oauth/tokens')"
            )
            connection.execute(
                f"ATTACH '{self.name}' AS {CATALOG} (TYPE iceberg, ENDPOINT '{self.catalog}', SECRET catalog, "
                "DEFAULT_SCHEMA 'none')"
            )
            connection.execute(f"USE {CATALOG}; SET TimeZone = 'UTC'")
            yield connection

    def execute(self, statement: str) -> int:
        """Change something by hand; how many rows it touched."""
        with self.open() as connection:
            found = connection.execute(statement).fetchall()
        return int(found[0][0]) if found and isinstance(found[0][0], int) else 0

    def tables(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
        """Schema and name of every table."""
        return connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() "
            f"WHERE database_name = '{CATALOG}' AND schema_name NOT IN ({_OWN})"
        ).fetchall()

    def mirror(self, path: Path) -> None:
        """Make the file hold the same schemas, tables and rows."""
        path.unlink(missing_ok=True)
        with self.open() as connection:
            connection.begin()
            frames = [(schema, table, connection.execute(f"FROM {_relation(schema, table)}").to_arrow_table())
                      for schema, table in self.tables(connection)]  # fmt: skip
        with duckdb.connect(str(path)) as copy:
            copy.execute("SET TimeZone = 'UTC'")
            copy.begin()
            for schema, table, rows in frames:
                copy.register("rows", rows)
                copy.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
                copy.execute(f"CREATE TABLE {_relation(schema, table)} AS FROM rows")
                copy.unregister("rows")
            copy.commit()


@dataclass(frozen=True)
class IcebergServer(Server):
    """The catalog and the server of buckets: `url` is that of a warehouse which may not exist."""

    def new_database(self, template: Database | None = None) -> IcebergDatabase:
        """An empty one, or one with the rows of another."""
        parts = urlsplit(self.url)
        endpoint = parse_qs(parts.query)["endpoint_url"][0]
        name = f"t{uuid.uuid4().hex[:12]}"
        _client(endpoint).create_table_bucket(name=name)
        made = IcebergDatabase(f"{parts.scheme}://{parts.netloc}?warehouse={name}&endpoint_url={endpoint}")
        if template is not None:
            assert isinstance(template, IcebergDatabase)
            _copy(template, made)
        return made

    def database(self, url: str) -> IcebergDatabase:
        """One that exists."""
        return IcebergDatabase(url)

    def drop(self, database: Database) -> None:
        """Leave it: it ends with the server."""


def _copy(source: IcebergDatabase, target: IcebergDatabase) -> None:
    with source.open() as before, target.open() as after:
        for schema, table in source.tables(before):
            rows = before.execute(f"FROM {_relation(schema, table)}").to_arrow_table()
            after.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            after.register("rows", rows)
            after.execute(f"CREATE TABLE {_relation(schema, table)} AS FROM rows")
            after.unregister("rows")


def _relation(schema: str, table: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in (schema, table))


def _client(endpoint: str) -> Any:  # noqa: ANN401  boto3 has no types
    import boto3  # type: ignore[import-untyped]

    key, secret = CREDENTIALS["key"], CREDENTIALS["secret"]
    return boto3.client(
        "s3tables",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


def find_seaweedfs() -> str | None:
    """The server's program, where its package is installed."""
    return shutil.which("weed", path=str(Path(sys.executable).parent))


@contextmanager
def start_seaweedfs(folder: Path) -> Iterator[tuple[str, str]]:
    """A server of its own: the addresses of its catalog and of its buckets; stopped at the end."""
    program = find_seaweedfs()
    assert program, "make install installs requirements-iceberg.lock"
    ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
    identity = {"accessKey": CREDENTIALS["key"], "secretKey": CREDENTIALS["secret"]}
    users = {"identities": [{"name": "tests", "credentials": [identity], "actions": ["Admin"]}]}
    (folder / "s3.json").write_text(json.dumps(users))
    command = [
        program, f"-logdir={folder}", "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer",
        "-s3", f"-s3.config={folder / 's3.json'}", "-s3.port.lance=0", "-master.telemetry=false", "-volume.max=0",
        "-master.volumeSizeLimitMB=64", *(f"-{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip
    with (folder / "log").open("w") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:
        try:
            endpoint = f"http://127.0.0.1:{ports['s3.port']}"
            _wait(endpoint)
            yield f"http://127.0.0.1:{ports['s3.port.iceberg']}", endpoint
        finally:
            process.kill()


def _wait(endpoint: str) -> None:
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    until = time.monotonic() + 60
    while True:
        try:
            _client(endpoint).create_table_bucket(name=f"first{uuid.uuid4().hex[:8]}")
        except (BotoCoreError, ClientError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


@contextmanager
def running_catalog(folder: Path) -> Iterator[IcebergServer]:
    """A server of its own, and a way to it; for the block, the environment has what a load needs to be let in."""
    before = {name: os.environ.get(name) for name in {**CLIENT, **BUCKET}}
    with start_seaweedfs(folder) as (catalog, endpoint), start_proxy(catalog) as proxy:
        os.environ.update({**CLIENT, **BUCKET})
        try:
            yield IcebergServer(f"iceberg+{proxy}?warehouse=none&endpoint_url={endpoint}")
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


@pytest.fixture(scope="session")
def iceberg() -> Iterator[IcebergServer]:
    """The catalog of this test session."""
    with (
        TemporaryDirectory(prefix="tideline-iceberg-", ignore_cleanup_errors=True) as folder,
        running_catalog(Path(folder)) as server,
    ):
        yield server
