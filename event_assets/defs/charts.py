"""Bar charts as images in Markdown, which the UI shows: SVG in a `data:` address, so that no one else is asked.

Thirty days fit into the thousand characters of Markdown that the UI shows without a click, so all bars are one path.
A chart has a background of its own: the UI's dark theme cannot reach into an image.

Covered by tests/defs/test_charts.py.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Final

_HEIGHT: Final = 99
"""Pixels of the highest bar: two digits."""
_DAY: Final = 11
"""Pixels from one day to the next."""
_WEEK: Final = 7
_SPAN: Final = 36
"""Pixels from one span of lateness to the next."""
_RANKED: Final = 5
"""Bars of names, and one for the others."""
_WIDEST: Final = 120
"""Pixels of the widest bar of a name."""
_ROW: Final = 18
"""Pixels from one name to the next."""
_NAME_BYTES: Final = 28
"""Bytes of a name beside its bar, as they are in the image."""


def day_chart(
    title: str, days: Sequence[date], values: Sequence[int], write: Callable[[int], str] = "{:,}".format
) -> str:
    """Return a bar a day, with dates below and the highest value as `write` gives it above; `none` without values."""
    if not any(values):
        return "none"
    most = max(values)
    highest = list(values).index(most)
    texts = [_text(highest * _DAY + 30, 14, write(most))]
    texts += [_text(number * _DAY + 30, _HEIGHT + 34, f"{days[number]:%m-%d}") for number in _dated(len(days))]
    bars = _bars([_HEIGHT * value / most for value in values], _DAY, 30)
    label = f"{title} by day of arrival, {days[0]} to {days[-1]}"
    return _image(label, "".join([bars, *texts]), width=60 + len(days) * _DAY)


def lateness_chart(curve: Mapping[int, float]) -> str:
    """Return the share of rows that came later than so many hours after their event hour began; `none` without rows."""
    if not curve:
        return "none"
    missing = {hours: max(0.0, 1 - share) for hours, share in sorted(curve.items())}
    most = max(missing.values()) or 1.0
    bars = _bars([_HEIGHT * share / most for share in missing.values()], _SPAN, _SPAN // 2)
    content = [
        bars,
        _line(14, [_share(share) for share in missing.values()]),
        _line(_HEIGHT + 34, [_span(hours) for hours in missing]),
    ]
    return _image("share of rows that came later than", "".join(content), width=len(missing) * _SPAN)


def ranked_chart(title: str, counts: Mapping[str, int]) -> str:
    """Return a bar per name with its number, the largest first, and one for all others; `none` without any."""
    ranked = sorted(((name, number) for name, number in counts.items() if number), key=lambda one: (-one[1], one[0]))
    if not ranked:
        return "none"
    shown, rest = ranked[:_RANKED], ranked[_RANKED:]
    if rest:
        shown.append((f"{len(rest):,} more", sum(number for _, number in rest)))
    most = max(number for _, number in shown)
    lines = "".join(f"M0 {row * _ROW + 11}H{_number(_WIDEST * number / most)}" for row, (_, number) in enumerate(shown))
    texts = (f"{number:,} {_cut(name)}" for name, number in shown)
    content = (
        f'<path d="{lines}" stroke="#4a7fb5" stroke-width="12"/><g text-anchor="start">'
        f"{''.join(_text(_WIDEST + 6, row * _ROW + 14, text) for row, text in enumerate(texts))}</g>"
    )
    return _image(title, content, width=400, height=len(shown) * _ROW + 4)


def _cut(name: str) -> str:
    """Return a name without what cannot be printed, cut where it is too long for the image."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    kept = printable
    while len(escape(kept).encode()) > _NAME_BYTES:
        kept = kept[:-1]
    return kept if kept == printable else f"{kept[:-1]}…"


def _bars(heights: Sequence[float], step: int, left: int) -> str:
    """Return a path of upright lines: the numbers are those of the bars, the matrix scales them and turns them up."""
    lines = "".join(f"M{number} 0V{_number(tall)}" for number, tall in enumerate(heights) if tall > 0)
    return (
        f'<path d="{lines}" stroke="#4a7fb5" stroke-width=".75" '
        f'transform="matrix({step} 0 0 -1 {left} {_HEIGHT + 20})"/>'
    )


def _number(height: float) -> str:
    """Return a height that can be seen, in few characters."""
    return f"{max(height, 1):.0f}"


def _dated(days: int) -> list[int]:
    """Return the numbers of the days that have a date below: the newest and each a week before."""
    return [number for number in range(days) if (days - 1 - number) % _WEEK == 0]


def _text(left: int, top: int, text: str) -> str:
    return f'<text x="{left}" y="{top}">{escape(text)}</text>'


def _line(top: int, cells: Sequence[str]) -> str:
    """Return texts side by side in one element, all of one width."""
    text, width = "".join(f"{cell:^6}" for cell in cells), _SPAN * len(cells)
    return f'<text x="{width // 2}" y="{top}" textLength="{width}" style="white-space:pre">{text}</text>'


def _image(label: str, content: str, *, width: int, height: int = _HEIGHT + 42) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" text-anchor="middle" '
        f'style="background:#fff;font:10px monospace">{content}</svg>'
    )
    return f"![{label}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _share(share: float) -> str:
    return f"{share:.1%}" if share >= 0.1 else f"{share:.2%}"


def _span(hours: int) -> str:
    return f"{hours // 24} d" if hours >= 48 else f"{hours} h"
