"""Bar charts as images in Markdown, which the UI shows: SVG in a `data:` address, so that no one else is asked.

Covered by tests/defs/test_charts.py.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Final

_STYLE: Final = 'font-family="sans-serif" font-size="10" text-anchor="middle"'
_HEIGHT: Final = 100


def day_chart(title: str, days: Sequence[date], values: Sequence[int]) -> str:
    """Return a bar a day, with its date below every seventh and its value above the highest; `none` without values."""
    if not any(values):
        return "none"
    most, width = max(values), 16
    bars = []
    for number, (day, value) in enumerate(zip(days, values, strict=True)):
        left, tall = 20 + number * width, round(_HEIGHT * value / most, 1)
        bars.append(f'<rect x="{left}" y="{_HEIGHT + 20 - tall}" width="12" height="{tall}" fill="#4a7fb5"/>')
        if number == list(values).index(most):
            bars.append(f'<text x="{left + 6}" y="14">{value:,}</text>')
        if number % 7 == 0:
            bars.append(f'<text x="{left + 6}" y="{_HEIGHT + 34}">{day:%m-%d}</text>')
    label = f"{title} by day of arrival, {days[0]} to {days[-1]}"
    return _image(label, "".join(bars), width=40 + len(days) * width)


def lateness_chart(curve: Mapping[int, float]) -> str:
    """Return the share of rows that arrived within so many hours of their event hour; `none` without rows."""
    if not curve:
        return "none"
    width = 40
    bars = []
    for number, (hours, share) in enumerate(sorted(curve.items())):
        left, tall = number * width + 5, round(_HEIGHT * share, 1)
        bars.append(
            f'<rect x="{left}" y="{_HEIGHT + 20 - tall}" width="30" height="{tall}" fill="#4a7fb5"/>'
            f'<text x="{left + 15}" y="{_HEIGHT + 14 - tall}">{share:.1%}</text>'
            f'<text x="{left + 15}" y="{_HEIGHT + 34}">{_span(hours)}</text>'
        )
    return _image("share arrived by hours since", "".join(bars), width=len(curve) * width + 10)


def _image(label: str, content: str, *, width: int) -> str:
    size = f'width="{width}" height="{_HEIGHT + 42}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {_STYLE}><title>{escape(label)}</title>{content}</svg>'
    return f"![{label}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _span(hours: int) -> str:
    return f"{hours // 24} d" if hours >= 48 else f"{hours} h"
