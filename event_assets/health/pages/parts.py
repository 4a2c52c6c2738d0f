"""The parts of a page without scripts that asks nobody: its head, bars, cards and tables.

Values and labels are escaped; titles are words of ours.

Covered by tests/cli/test_status_page.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

WIDTH: Final = 160
HEIGHT: Final = 28
FEWEST: Final = 7
"""Bars for which there is always room: fewer of them are not drawn wider."""
LONG: Final = 24
"""Characters of a cell that is broken anywhere; shorter ones are broken between words."""
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
p { margin: .2rem 0 } .cards ~ .bad { margin: .6rem 0 }
.soft { color: var(--soft) } .bad { color: var(--bad); font-weight: 600 }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .7rem }
.card b { display: block; font-size: 1.1rem; white-space: nowrap }
svg { width: 100%; max-width: 10rem; height: 1.75rem; display: block } svg.wide { max-width: none; height: 4rem }
rect { fill: var(--bar) }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .25rem .5rem .25rem 0; vertical-align: top; border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--soft) } td.n, th.n { text-align: right; white-space: nowrap }
td, th { overflow-wrap: break-word } td.long { overflow-wrap: anywhere }
@media (max-width: 40rem) {
  .stack tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line) }
  .stack tr:first-child { display: none }
  .stack td { display: block; border: 0; padding: .05rem 0; text-align: left }
  .stack td::before { content: attr(data-of) ": "; color: var(--soft) }
}
</style></head><body>
"""


def sparkline(values: Sequence[int], label: str, *, wide: bool = False) -> str:
    """Return bars, one per value, as SVG; a value that is not zero is visible."""
    most, step = max([*values, 1]), WIDTH / max(len(values), FEWEST)
    bars = "".join(
        f'<rect x="{number * step:.1f}" y="{HEIGHT - tall:.1f}" width="{step * 0.8:.1f}" height="{tall:.1f}"/>'
        for number, value in enumerate(values)
        if value > 0
        for tall in (max(1.0, HEIGHT * value / most),)
    )
    kind = ' class="wide"' if wide else ""
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none"'
    return f'<svg{kind} {size} role="img" aria-label="{escape(label)}"><title>{escape(label)}</title>{bars}</svg>'


def show_cards(cards: Iterable[tuple[str, str, bool]]) -> Iterator[str]:
    """Yield a grid of cards, each a title, a text, and whether that is bad."""
    yield '<div class="cards">'
    for title, text, bad in cards:
        kind = " class=bad" if bad else ""
        yield f'<div class="card"><span class="soft">{title}</span><b{kind}>{escape(text)}</b></div>'
    yield "</div>"


def show_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, most: int) -> Iterator[str]:
    """Yield a table of at most so many rows, or nothing if it has none; a header that ends with > is of numbers.

    A table with long cells is shown on a phone as a list of its rows.
    """
    if not rows:
        return
    names = [name.removesuffix(">") for name in header]
    right = [" class=n" if name.endswith(">") else "" for name in header]
    stacked = any(len(cell) > LONG for row in rows[:most] for cell in row)
    heads = "".join(f"<th{kind}>{name}</th>" for kind, name in zip(right, names, strict=True))
    yield f"<h3>{title}</h3><table{' class=stack' if stacked else ''}><tr>{heads}</tr>"
    for row in rows[:most]:
        yield f"<tr>{''.join(map(_cell, row, right, names))}</tr>"
    yield "</table>"
    if len(rows) > most:
        yield f"<p class=soft>{len(rows) - most:,} more</p>"


def long_class(cell: str) -> str:
    """Return the class of a cell that may be broken anywhere, as an attribute; nothing for others."""
    return " class=long" if len(cell) > LONG else ""


def _cell(text: str, right: str, name: str) -> str:
    return f'<td{right or long_class(text)} data-of="{escape(name)}">{escape(text)}</td>' if text else "<td></td>"
