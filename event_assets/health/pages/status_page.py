"""The page of `tideline status --html` and of the asset `status_page`: one file without scripts that asks nobody.

Covered by tests/cli/test_status_page.py and tests/defs/test_status_asset.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from html import escape
from typing import Final

from event_assets.config.parse import redacted
from event_assets.config.settings import Settings
from event_assets.health.file_names import warn_of_names
from event_assets.health.groups.forms import LINES
from event_assets.health.lateness import LOADS
from event_assets.health.pages.parts import PAGE_HEAD, long_class, show_cards, show_table, sparkline
from event_assets.health.status import SourceStatus
from event_assets.health.trend import Trend, source_trend
from loaders.interface.words import counted

SHOWN_TABLES: Final = 100
SHOWN_ROWS: Final = 20
_table: Final = partial(show_table, most=SHOWN_ROWS)
_BARS: Final = (("events", "events"), ("late", "late events"), ("quarantined", "quarantined lines"))


@dataclass(frozen=True)
class Shown:
    """A source and its last days."""

    status: SourceStatus
    trend: Trend


def build_page(settings: Settings, statuses: Sequence[SourceStatus], now: datetime) -> str:
    """Return the page of these statuses as HTML, with the last days of each source from the warehouse."""
    trends = {status.source: Trend() for status in statuses if status.error}
    shown = [
        Shown(status, trends.get(status.source) or source_trend(settings, settings.sources[status.source]))
        for status in statuses
    ]
    return status_page(shown, warn_of_names(settings), now)


def status_page(sources: Sequence[Shown], warnings: Iterable[str], now: datetime) -> str:
    """Return the page as HTML. Every name and value in it is escaped."""
    parts = [PAGE_HEAD, f'<h1>Tideline</h1><p class="soft">{now:%Y-%m-%d %H:%M} UTC</p>']
    parts += [f'<p class="bad">{escape(warning)}</p>' for warning in warnings]
    for source in sources:
        parts += _source(source)
    return "\n".join([*parts, "</body></html>", ""])


def _source(source: Shown) -> Iterator[str]:
    status, trend = source.status, source.trend
    yield f"<h2>{escape(status.source)} <span class=soft>in schema {escape(status.schema)}</span></h2>"
    if status.error:
        yield f'<p class="bad">{escape(redacted(status.error))}</p>'
        return
    yield from show_cards(_cards(status))
    for warning in status.warnings:
        yield f'<p class="bad">{escape(warning.message)}</p>'
    for name, title in _BARS:
        values = trend.counts.get(name, ())
        if any(values):
            span = f"{trend.days[0]} to {trend.days[-1]}"
            heading = f"{title} by day of arrival".capitalize()
            numbers = f"{span}: {sum(values):,}, at most {max(values):,} a day"
            chart = sparkline(values, f"{heading}, {numbers}", wide=True)
            yield f"<h3>{heading}</h3><p class=soft>{numbers}</p>{chart}"
    yield from _attention(status)
    yield from _tables(status, trend)


def _cards(status: SourceStatus) -> Iterator[tuple[str, str, bool]]:
    totals = status.totals
    yield "events", f"{totals.get('events', 0):,}", False
    yield "loaded hours", f"{len(status.loaded):,}", False
    yield "pending hours", f"{len(status.pending):,}", False
    yield "failing hours", f"{len(status.failing):,}", bool(status.failing)
    yield "late events", f"{totals.get('late', 0):,}", False
    yield "quarantined", counted(totals.get("quarantined", 0), "line"), False
    yield "duplicates", f"{totals.get('duplicates', 0):,}", False
    last = status.last_loaded_at
    yield "last load", f"{last:%m-%d %H:%M}" if last else "never", last is None


def _attention(status: SourceStatus) -> Iterator[str]:
    failing = [
        (f"{one.archive_hour:%Y-%m-%dT%H}", f"{one.since:%Y-%m-%d %H:%M}", f"{one.attempts:,}", redacted(one.error))
        for one in status.failing
    ]
    yield from _table("Failing hours", ("hour", "since", "attempts>", "why"), failing)
    held = [(one.reason, f"{one.held:,}{' or more' if one.capped else ''}") for one in status.quarantine]
    yield from _table("Quarantine by reason", ("reason", "lines held>"), held)
    forms = [
        (f"{one.lines:,}", one.reason, f"{one.detail}  {one.form}".strip(), f"{one.file}:{one.line or ''}".rstrip(":"))
        for one in status.quarantine_forms
    ]
    title = f"Quarantine by form, of the newest {LINES} lines"
    yield from _table(title, ("lines>", "reason", "form", "for example"), forms)
    libraries = [(name, f"{number:,}") for name, number in status.duplicates_by_library.items()]
    yield from _table("Duplicates by library", ("library", "duplicates>"), libraries)
    late = [(f"{one.archive_hour:%Y-%m-%dT%H}", f"{len(one.files):,}", one.files[0]) for one in status.late]
    yield from _table("Late or rewritten files", ("hour", "files>", "for example"), late)
    changed = [
        (
            f"{one.event_hour:%Y-%m-%dT%H}",
            *(f"{rows:,}" if rows else "" for rows in (one.inserted, one.updated, one.deleted)),
        )
        for one in status.late_rows.changed
    ]
    title = f"Event hours that the last {LOADS} loads changed late"
    yield from _table(title, ("event hour", "inserted>", "updated>", "deleted>"), changed)


def _tables(status: SourceStatus, trend: Trend) -> Iterator[str]:
    if not status.tables:
        return
    yield "<h3>Tables</h3><table><tr><th>table</th><th class=n>rows</th><th>by day of event</th></tr>"
    for name, rows in list(status.tables.items())[:SHOWN_TABLES]:
        days = trend.tables.get(name, ())
        line = sparkline(days, f"rows of {name} by day") if any(days) else ""
        yield f"<tr><td{long_class(name)}>{escape(name)}</td><td class=n>{rows:,}</td><td>{line}</td></tr>"
    yield "</table>"
    if len(status.tables) > SHOWN_TABLES:
        yield f"<p class=soft>{len(status.tables) - SHOWN_TABLES:,} more tables</p>"
