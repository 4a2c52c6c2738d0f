"""The warehouse of the settings, opened with their share of memory."""

from __future__ import annotations

from event_assets.config.settings import Settings
from loaders.connection.warehouse import Warehouse


def open_warehouse(settings: Settings) -> Warehouse:
    """The warehouse that the settings name; raises `WarehouseError` for a URL that cannot be one."""
    return Warehouse.open(settings.warehouse, memory_bytes=settings.memory.engine_bytes)
