"""The warehouse of the settings, opened with its part of their memory.

Covered by tests/pipeline/test_retention.py.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from event_assets.config.settings import Settings
from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.queries import ledger


def open_warehouse(settings: Settings) -> Warehouse:
    """Open the warehouse that the settings name; raise WarehouseError for a URL that cannot be one."""
    return Warehouse.open(settings.warehouse, memory_bytes=settings.memory.engine_bytes)


def open_ledger(settings: Settings, *, wait: float | None = None) -> AbstractContextManager[Session | None]:
    """Open a read-only session on the warehouse; None if it holds no ledger yet.

    Raise `Transient` if a load holds the warehouse for more than `wait` seconds, by default as long as a load waits.
    """
    return ledger.open_ledger(open_warehouse(settings), wait=wait)
