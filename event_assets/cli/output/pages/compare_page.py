"""The page of `tideline compare --html`: one file without scripts that asks nobody for anything.

Covered by tests/cli/governance/test_compare_page.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Final

from event_assets.cli.output.compare.report import describe_example, list_findings, list_rules, summarize
from event_assets.health.pages.parts import PAGE_HEAD, show_cards, show_table, sparkline

if TYPE_CHECKING:
    from event_assets.health.compare.result import ComparedTable, Comparison

SHOWN_TABLES: Final = 200
SHOWN_ROWS: Final = 100
_table: Final = partial(show_table, most=SHOWN_ROWS)


def compare_page(found: Comparison, now: datetime) -> str:
    """Return the page as HTML. Every name and value in it is escaped."""
    span = " to ".join(text for text in (found.start, found.end) if text)
    parts = [
        PAGE_HEAD,
        f"<h1>{escape(found.here)} and {escape(found.there)}</h1>",
        f"<p class=soft>{now:%Y-%m-%d %H:%M} UTC{escape(f', events of {span}' if span else '')}</p>",
        f"<p{' class=bad' if found.findings else ''}>{escape(summarize(found))}</p>",
        *(f"<p class=bad>{escape(note)}</p>" for note in found.notes),
        *_cards(found),
        *_table("To look at", ("table", "day", "what", "here", "there"), list_findings(found)),
        *_table("Explained by the contract", ("rule", "explains", "what it says"), list_rules(found)),
        *_overview(found),
    ]
    for table in found.tables:
        parts += _details(table)
    return "\n".join([*parts, "</body></html>", ""])


def _cards(found: Comparison) -> Iterator[str]:
    equal = sum(not table.days and not table.findings for table in found.tables)
    cards = (
        ("to look at", found.findings, bool(found.findings)),
        ("rows explained", found.explained, False),
        ("tables equal", equal, False),
        ("tables compared", len(found.tables), False),
        ("rows here", sum(table.here for table in found.tables), False),
        ("rows there", sum(table.there for table in found.tables), False),
    )
    yield from show_cards((title, _number(number), bad) for title, number, bad in cards)


def _overview(found: Comparison) -> Iterator[str]:
    yield "<h2>Tables</h2><table><tr><th>table</th><th class=n>here</th><th class=n>there</th>"
    yield "<th class=n>explained</th><th class=n>to look at</th><th>days that differ</th></tr>"
    for table in found.tables[:SHOWN_TABLES]:
        days = [day.explained + day.unexplained for day in table.days]
        label = f"rows of {table.table} that differ, {_span(table)}: {sum(days):,}"
        numbers = (table.here, table.there, table.explained, table.findings)
        counts = "".join(f"<td class=n>{number:,}</td>" for number in numbers)
        chart = sparkline(days, label) if any(days) else ""
        yield f"<tr><td>{escape(table.table)}</td>{counts}<td>{chart}</td></tr>"
    yield "</table>"
    if len(found.tables) > SHOWN_TABLES:
        yield f"<p class=soft>{len(found.tables) - SHOWN_TABLES:,} more tables</p>"


def _details(table: ComparedTable) -> Iterator[str]:
    if not table.days and not table.findings and not table.lonely and not table.types:
        return
    yield f"<h2>{escape(table.table)}</h2>"
    for title, values in (
        ("Rows to look at by day", [day.unexplained for day in table.days]),
        ("Rows that are explained by day", [day.explained for day in table.days]),
    ):
        if any(values):
            numbers = f"{_span(table)}: {sum(values):,}, at most {max(values):,} a day"
            chart = sparkline(values, f"{title}, {numbers}", wide=True)
            yield f"<h3>{title}</h3><p class=soft>{escape(numbers)}</p>{chart}"
    yield from _table(
        "Days", ("day", "here>", "there>", "only here>", "only there>", "differ>", "explained>", "to look at>"), [
            (day.day, *map(_number, (day.here, day.there, day.only_here, day.only_there, day.differing)),
             _number(day.explained), _number(day.unexplained))
            for day in table.days
        ],
    )  # fmt: skip
    columns = [(one.column, _number(one.rows), _number(one.unexplained)) for one in table.columns]
    yield from _table("Columns that differ", ("column", "rows>", "to look at>"), columns)
    lonely = [(one.column, one.side, _number(one.values), one.rule or "") for one in table.lonely]
    yield from _table("Columns on one side", ("column", "only", "values>", "rule"), lonely)
    types = [(one.column, one.here, one.there) for one in table.types]
    yield from _table("Types", ("column", "here", "there"), types)
    examples = [(one.day, describe_example(one), one.here, one.there, one.rule or "") for one in table.examples]
    yield from _table("Examples", ("day", "what", "here", "there", "rule"), examples)


def _span(table: ComparedTable) -> str:
    return f"{table.days[0].day} to {table.days[-1].day}" if table.days else ""


def _number(number: int) -> str:
    return f"{number:,}"
