"""Where Tideline's jobs read and write: settings as an operator would have them, all at their defaults."""

from pathlib import Path

from event_assets.archive.source import Source
from event_assets.lake.location import Lake
from event_assets.settings import Settings


def settle(archive: Path, work: Path) -> Settings:
    """The archive as source `default`, a lake and a DuckDB file below `work`."""
    return Settings(
        sources={"default": Source(archive=str(archive))},
        lake=Lake(str(work / "lake")),
        warehouse=f"duckdb:///{work / 'warehouse.duckdb'}",
    )
