"""Charts are complete SVG images in Markdown: a bar a day, nothing that could break out, `none` without values."""

from __future__ import annotations

import base64
import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

from event_assets.defs.charts import day_chart, lateness_chart, ranked_chart
from event_assets.defs.summary import megabytes

DAYS = [date(2026, 2, 1) + timedelta(days=number) for number in range(9)]
SHOWN_AT_ONCE = 1000
"""Characters of Markdown from which on the UI asks for a click."""
SVG = "{http://www.w3.org/2000/svg}"


def svg_of(markdown: str) -> ET.Element:
    found = re.fullmatch(r"!\[[^\]]*\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", markdown)
    assert found
    return ET.fromstring(base64.b64decode(found[1]))  # noqa: S314  made by the line above


def bars(image: ET.Element) -> dict[int, int]:
    """The heights of the bars by their number."""
    path = image.find(f"{SVG}path")
    assert path is not None
    return {int(number): int(height) for number, height in re.findall(r"M(\d+) 0V(\d+)", path.get("d", ""))}


def texts(image: ET.Element) -> list[str | None]:
    return [text.text for text in image.iter(f"{SVG}text")]


def test_a_day_is_a_bar_and_the_highest_has_its_number() -> None:
    chart = day_chart("late events", DAYS, [0, 5, 10, 10, 0, 0, 0, 2, 1])
    image = svg_of(chart)
    assert bars(image) == {1: 50, 2: 99, 3: 99, 7: 20, 8: 10}
    assert texts(image) == ["10", "02-02", "02-09"], "the newest day and those weeks before it"
    assert chart.startswith("![late events by day of arrival, 2026-02-01 to 2026-02-09](")


def test_a_value_that_is_small_can_be_seen_and_bytes_have_a_unit() -> None:
    image = svg_of(day_chart("bytes read", DAYS[:2], [1, 2_500_000_000], megabytes))
    assert bars(image) == {0: 1, 1: 99}
    assert texts(image)[0] == "2,500.0 MB"


def test_thirty_days_and_the_lateness_are_shown_without_a_click() -> None:
    days = [date(2026, 2, 1) + timedelta(days=number) for number in range(30)]
    values = [987_654_321 - number for number in range(30)]
    spans = (1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 720)
    late = lateness_chart({hours: 0.5 + number / 23 for number, hours in enumerate(spans)})
    assert max(len(day_chart("duplicates", days, values)), len(late)) < SHOWN_AT_ONCE


def test_an_image_has_its_own_background_for_the_dark_theme() -> None:
    for chart in (day_chart("x", DAYS, range(9)), lateness_chart({1: 0.5})):
        assert "background:#fff" in svg_of(chart).get("style", "")


def test_names_are_ranked_and_those_past_five_are_one_bar() -> None:
    counts = {f"sdk {number}": number for number in range(9)} | {"<b>\x00\u202e" + "x" * 40: 1600}
    chart = ranked_chart("duplicates by library", counts)
    image = svg_of(chart)
    assert texts(image) == ["1,600 <b>  xxxxxxxxxxxxxxxx…", "8 sdk 8", "7 sdk 7", "6 sdk 6", "5 sdk 5", "10 4 more"]
    path = image.find(f"{SVG}path")
    assert path is not None
    assert path.get("d") == "M0 11H120M0 29H1M0 47H1M0 65H1M0 83H1M0 101H1"
    assert "xxx" not in chart, "names are in the image, which nothing breaks out of"


def test_names_are_shown_without_a_click_whatever_they_are() -> None:
    for name in ("&" * 99, "\U0001f4f1" * 99, "'" * 99, "x" * 99):
        counts = {f"{name}{number}": 1_234_567 + number for number in range(9)}
        assert len(ranked_chart("duplicates by library, 2026-01-31 to 2026-03-01", counts)) < SHOWN_AT_ONCE


def test_nothing_to_draw_is_none() -> None:
    nothing = [day_chart("late events", DAYS, [0] * 9), day_chart("x", [], []), lateness_chart({})]
    assert [*nothing, ranked_chart("x", {}), ranked_chart("x", {"js": 0})] == ["none"] * 5


def test_lateness_is_a_bar_for_each_span_of_what_came_later() -> None:
    image = svg_of(lateness_chart({72: 1.0, 1: 0.25, 24: 0.97}))
    assert bars(image) == {0: 99, 1: 4}
    assert [str(text).split() for text in texts(image)] == [
        ["75.0%", "3.00%", "0.00%"],
        ["1", "h", "24", "h", "3", "d"],
    ]
    assert bars(svg_of(lateness_chart({1: 1.0}))) == {}, "nothing came late"
