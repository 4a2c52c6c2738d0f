"""Retention: drop days of event time older than `retain_days`, source by source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.pipeline.publish import publish_change
from loaders.rewrite.retain import Owner, drop_old_days


@dataclass(frozen=True)
class Retained:
    """The days and rows that a pass over one source dropped, or would drop."""

    source: str
    schema: str
    retain_days: int
    before: date
    """The first day that is kept."""
    tables: Mapping[str, int]
    """Rows by event table."""
    load_id: str | None

    def __str__(self) -> str:
        rows = " ".join(f"{table}={count}" for table, count in self.tables.items())
        return f"{self.source} dropped days before {self.before}: {rows or 'nothing'}"


def kept_sources(settings: Settings) -> list[Source]:
    """Return the sources whose old days are dropped."""
    return [source for source in settings.sources.values() if source.retain_days is not None]


def drop_days(
    settings: Settings,
    sources: Iterable[Source],
    *,
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Retained]:
    """Drop the old days of the sources that have `retain_days`, one transaction each. Raises `WarehouseError`."""
    warehouse = open_warehouse(settings)
    passes = []
    for source in sources:
        if source.retain_days is None:
            continue
        owner = Owner(source.name, source.schema)
        result = drop_old_days(warehouse, owner, days=source.retain_days, dry_run=dry_run, now=now)
        passes.append(
            Retained(source.name, source.schema, source.retain_days, result.before, result.tables, result.load_id)
        )
    if passes and not dry_run:
        publish_change(settings, warehouse, now=now())
    return passes
