"""Charts are complete SVG images in Markdown: a bar a day, nothing that could break out, `none` without values."""

from __future__ import annotations

import base64
import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

from event_assets.defs.charts import day_chart, lateness_chart

DAYS = [date(2026, 2, 1) + timedelta(days=number) for number in range(9)]
SVG = "{http://www.w3.org/2000/svg}"


def svg_of(markdown: str) -> ET.Element:
    found = re.fullmatch(r"!\[[^\]]*\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", markdown)
    assert found
    return ET.fromstring(base64.b64decode(found[1]))  # noqa: S314  made by the line above


def test_a_day_is_a_bar_and_the_highest_has_its_number() -> None:
    image = svg_of(day_chart("late events", DAYS, [0, 5, 10, 10, 0, 0, 0, 2, 1]))
    heights = [float(bar.get("height", "")) for bar in image.iter(f"{SVG}rect")]
    assert heights == [0, 50, 100, 100, 0, 0, 0, 20, 10]
    assert [text.text for text in image.iter(f"{SVG}text")] == ["02-01", "10", "02-08"]
    assert image.findtext(f"{SVG}title") == "late events by day of arrival, 2026-02-01 to 2026-02-09"


def test_nothing_to_draw_is_none() -> None:
    assert [day_chart("late events", DAYS, [0] * 9), day_chart("x", [], []), lateness_chart({})] == ["none"] * 3


def test_lateness_is_a_bar_for_each_span() -> None:
    image = svg_of(lateness_chart({72: 1.0, 1: 0.25}))
    assert [text.text for text in image.iter(f"{SVG}text")] == ["25.0%", "1 h", "100.0%", "3 d"]
