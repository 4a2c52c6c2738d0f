"""The page of `tideline status --html` and of the asset `status_page`: one file without scripts that asks nobody.

Covered by tests/cli/test_status_page.py and tests/defs/test_status_asset.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from event_assets.config.parse import redacted
from event_assets.config.settings import Settings
from event_assets.health.file_names import warn_of_names
from event_assets.health.status import SourceStatus
from event_assets.health.trend import Trend, source_trend

SHOWN_TABLES: Final = 100
SHOWN_ROWS: Final = 20
WIDTH: Final = 160
HEIGHT: Final = 28
_BARS: Final = (("events", "events"), ("late", "late events"), ("quarantined", "lines in quarantine"))
PAGE_HEAD: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Tideline</title>
<style>
:root { color-scheme: light dark; --ink: #1d2733; --soft: #64748b; --line: #e2e8f0; --bar: #3b7dbb; --bad: #c2410c;
        --page: #ffffff; --card: #f8fafc }
@media (prefers-color-scheme: dark) { :root { --ink: #e5e9f0; --soft: #94a3b8; --line: #334155; --bar: #6ba8e0;
        --bad: #fb923c; --page: #0f172a; --card: #1e293b } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0 auto; padding: 1rem;
       max-width: 60rem; overflow-wrap: anywhere }
h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem }
h3 { font-size: .95rem; margin: 1.2rem 0 .3rem }
p { margin: .2rem 0 } .soft { color: var(--soft) } .bad { color: var(--bad); font-weight: 600 }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .7rem }
.card b { display: block; font-size: 1.2rem }
svg { width: 100%; max-width: 10rem; height: 1.75rem; display: block } svg.wide { max-width: none; height: 4rem }
rect { fill: var(--bar) }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .25rem .5rem .25rem 0; vertical-align: top; border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--soft) } td.n, th.n { text-align: right; white-space: nowrap }
</style></head><body>
"""


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


def sparkline(values: Sequence[int], label: str, *, wide: bool = False) -> str:
    """Return bars, one per value, as SVG; a value that is not zero is visible."""
    most, step = max([*values, 1]), WIDTH / max(len(values), 1)
    bars = "".join(
        f'<rect x="{number * step:.1f}" y="{HEIGHT - tall:.1f}" width="{step * 0.8:.1f}" height="{tall:.1f}"/>'
        for number, value in enumerate(values)
        if value > 0
        for tall in (max(1.0, HEIGHT * value / most),)
    )
    kind = ' class="wide"' if wide else ""
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none"'
    return f'<svg{kind} {size} role="img" aria-label="{escape(label)}"><title>{escape(label)}</title>{bars}</svg>'


def _source(source: Shown) -> Iterator[str]:
    status, trend = source.status, source.trend
    yield f"<h2>{escape(status.source)} <span class=soft>in schema {escape(status.schema)}</span></h2>"
    if status.error:
        yield f'<p class="bad">{escape(redacted(status.error))}</p>'
        return
    yield '<div class="cards">'
    yield from (_card(*card) for card in _cards(status))
    yield "</div>"
    for name, title in _BARS:
        values = trend.counts.get(name, ())
        if any(values):
            span = f"{trend.days[0]} to {trend.days[-1]}"
            label = f"{title} by day of arrival, {span}: {sum(values):,}, at most {max(values):,} a day"
            yield f"<h3>{title}</h3><p class=soft>{escape(label)}</p>{sparkline(values, label, wide=True)}"
    yield from _attention(status)
    yield from _tables(status, trend)


def _cards(status: SourceStatus) -> Iterator[tuple[str, str, bool]]:
    totals = status.totals
    yield "events", f"{totals.get('events', 0):,}", False
    yield "loaded hours", f"{len(status.loaded):,}", False
    yield "pending hours", f"{len(status.pending):,}", False
    yield "failing hours", f"{len(status.failing):,}", bool(status.failing)
    yield "late events", f"{totals.get('late', 0):,}", False
    yield "in quarantine", f"{totals.get('quarantined', 0):,} lines", False
    yield "copies left out", f"{totals.get('duplicates', 0):,}", False
    last = status.last_loaded_at
    yield "last load", f"{last:%m-%d %H:%M}" if last else "never", last is None


def _card(title: str, text: str, bad: bool) -> str:
    return (
        f'<div class="card"><span class="soft">{title}</span><b{" class=bad" if bad else ""}>{escape(text)}</b></div>'
    )


def _attention(status: SourceStatus) -> Iterator[str]:
    for warning in status.warnings:
        yield f'<p class="bad">{escape(warning.message)}</p>'
    failing = [
        (f"{one.archive_hour:%Y-%m-%dT%H}", f"{one.since:%Y-%m-%d %H:%M}", f"{one.attempts:,}", redacted(one.error))
        for one in status.failing
    ]
    yield from _table("Failing hours", ("hour", "since", "attempts", "why"), failing)
    held = [(one.reason, f"{one.held:,}{' or more' if one.capped else ''}") for one in status.quarantine]
    yield from _table("Quarantine by form", ("form", "lines"), held)
    late = [(f"{one.archive_hour:%Y-%m-%dT%H}", f"{len(one.files):,}", one.files[0]) for one in status.late]
    yield from _table("Late files that wait", ("hour", "files", "for example"), late)
    changed = [
        (f"{one.event_hour:%Y-%m-%dT%H}", f"{one.inserted:,}", f"{one.updated:,}", f"{one.deleted:,}")
        for one in status.late_rows.changed
    ]
    yield from _table(
        "Event hours that late events changed last", ("event hour", "inserted", "updated", "deleted"), changed
    )


def _tables(status: SourceStatus, trend: Trend) -> Iterator[str]:
    if not status.tables:
        return
    yield "<h3>Tables</h3><table><tr><th>table</th><th class=n>rows</th><th>by day of event</th></tr>"
    for name, rows in list(status.tables.items())[:SHOWN_TABLES]:
        days = trend.tables.get(name, ())
        line = sparkline(days, f"rows of {name} by day") if any(days) else ""
        yield f"<tr><td>{escape(name)}</td><td class=n>{rows:,}</td><td>{line}</td></tr>"
    yield "</table>"
    if len(status.tables) > SHOWN_TABLES:
        yield f"<p class=soft>{len(status.tables) - SHOWN_TABLES:,} more tables</p>"


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table, or nothing if it has no rows."""
    if not rows:
        return
    yield f"<h3>{title}</h3><table><tr>{''.join(f'<th>{name}</th>' for name in header)}</tr>"
    for row in rows[:SHOWN_ROWS]:
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
    yield "</table>"
    if len(rows) > SHOWN_ROWS:
        yield f"<p class=soft>{len(rows) - SHOWN_ROWS:,} more</p>"
