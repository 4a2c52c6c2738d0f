"""What databases have in common that the process which writes has alone: there is nobody to lock out.

Covered by tests/loaders/load/test_small_loads.py and tests/loaders/dialects/clickhouse/test_clickhouse.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection


class OneProcess:
    """The part of a dialect whose lock is that the database is open."""

    @contextmanager
    def merge_lock(self, connection: Connection, schema: str, *, wait: float) -> Iterator[None]:
        """Do nothing: the process that has opened the database for writing is the only one."""
        yield

    def begin_merge(self, connection: Connection) -> None:
        """Do nothing, as for `merge_lock`."""

    def lock_ledger(self, connection: Connection) -> None:
        """Do nothing, as for `merge_lock`."""

    def check_writable(self, connection: Connection) -> None:
        """Do nothing: the database is opened for writing when the rows are staged."""
