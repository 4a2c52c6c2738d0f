"""ClickHouse's engine opened on a folder, with the settings that the shared statements expect.

Covered by tests/loaders/dialects/clickhouse/test_clickhouse.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy.engine import Connection

from loaders.dialects.clickhouse.folder import hold_folder
from loaders.dialects.clickhouse.scratch import PREFIX, query, run, scratch_of
from loaders.interface.errors import Terminal

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

INSTALL: Final = "pip install 'tideline[clickhouse]'"

_SETTINGS: Final = {
    # What the shared statements expect of SQL.
    "join_use_nulls": 1,
    "data_type_default_nullable": 1,
    "cast_keep_nullable": 1,
    "aggregate_functions_null_for_empty": 1,
    "union_default_mode": "DISTINCT",
    "except_default_mode": "DISTINCT",
    "default_table_engine": "MergeTree",
    "create_table_empty_primary_key_by_default": 1,
    "prefer_column_name_to_alias": 1,
    # A statement returns when what it says is done.
    "mutations_sync": 2,
    "lightweight_deletes_sync": 2,
    "alter_sync": 2,
    # Dropped clones go at once: their files are shared with the tables that stay.
    "database_atomic_wait_for_drop_and_detach_synchronously": 1,
    "session_timezone": "UTC",
}

_BLOCK_ROWS: Final = 8192


def require_driver() -> None:
    """Raise Terminal if what runs the engine is not installed."""
    for module in ("clickhouse_connect", "chdb"):
        if not _is_installed(module):
            raise Terminal(f"a ClickHouse warehouse needs the package {module}: {INSTALL}")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # somebody has kept it from being imported
        return False


@contextmanager
def open_folder(folder: Path, memory_bytes: int, *, wait: float) -> Iterator[Connection]:
    """Hold the folder until the end of the block, in a session in UTC without temporary tables.

    Wait at most `wait` seconds for who has it open, then raise Busy.
    """
    require_driver()
    with hold_folder(folder, wait) as connection:
        _prepare(connection, memory_bytes)
        yield connection
        scratch_of(connection).drop()


def client_of(connection: Connection) -> Client:
    """Return the driver's client."""
    client: Client = connection.connection.driver_connection.client  # type: ignore[union-attr]
    return client


def drop_left_scratch(connection: Connection) -> None:
    """Drop the scratch databases of killed processes; this one is the only one that has the folder open."""
    for (name,) in query(connection, "scratch_databases", {"prefix": PREFIX}):
        if name != scratch_of(connection).database:
            run(connection, "drop_database", database=name)


def _prepare(connection: Connection, memory_bytes: int) -> None:
    client = client_of(connection)
    memory: Mapping[str, object] = {
        "max_memory_usage": memory_bytes,
        "max_bytes_before_external_group_by": memory_bytes // 2,
        "max_bytes_before_external_sort": memory_bytes // 2,
        # A block has space for every column of a wide table, and an insert collects blocks up to a size.
        "max_block_size": _BLOCK_ROWS,
        "min_insert_block_size_bytes": memory_bytes // 16,
        "max_threads": 2,
    }
    for name, value in {**_SETTINGS, **memory}.items():
        client.set_client_setting(name, value)
