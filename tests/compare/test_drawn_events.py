"""Whatever events are drawn, all that the other loader makes otherwise is explained; what is planted on top is not."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.compare.side_by_side import VENDOR, clock, compare_both, event, load_both, unexplained
from tests.compare.vendor import quoted
from tests.promises.archives import hour_number

HOURS = (0, 1, 26, 24 * 9)
KEYS = ("n", "Total price", "total_price", "s", "timestamp", "user_id", "日本", "nested", "list", "at", "long " * 16)
VALUES = (
    *(1, 2.5, -2.5, 9007199254740993, 1e300, True, False, "free", "", "12", "2023-02-30", "2026-01-31", None),
    *("2026-01-31T07:00:00.123456Z", [1, 2.0], [""], {"a": 1, "b": {"c": "x"}}, {"日": 1}, "ü\u2028", 0, "null", " "),
)
NAMES = ("Order Done", "order_done", "日本", "", "tracks", "select", "Käse", "very long name " * 6)
CLOCK_NAMES = ("timestamp", "sentAt", "originalTimestamp")
CLOCKS = ("2099-01-01T00:00:00Z", "2023-02-30T10:00:00Z", "2020-05-05T05:05:05.123456Z", None)
IDS = (None, None, "undefined", "long", "m-1", "m-2", "m-3")
TRAITS = ("plan", "seats", "timestamp")
MOST_EVENTS = 12
"""Events of an hour."""


@st.composite
def drawn_event(draw: st.DrawFn, number: int, index: int) -> dict[str, Any]:
    """An event of any type, of one of a few users, with a value or two."""
    kind = draw(st.sampled_from(("track", "track", "track", "identify", "page", "group", "alias", "screen")))
    members: dict[str, Any] = {"type": kind, "userId": draw(st.sampled_from(("u-1", "u-2", "u-3")))}
    values = draw(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=3))
    if kind == "track":
        members |= {"event": draw(st.sampled_from(NAMES)), "properties": values}
    elif kind in ("page", "screen"):
        members |= {"name": draw(st.sampled_from(("Home", None))), "properties": values}
    else:
        traits = draw(st.dictionaries(st.sampled_from(TRAITS), st.sampled_from((1, 2, "gold", 2.5)), max_size=2))
        members |= {"traits": traits, "groupId": "g-1", "previousId": "p-1"}
    if draw(st.integers(0, 3)) == 0:
        for member in draw(st.lists(st.sampled_from(CLOCK_NAMES), min_size=1, max_size=2, unique=True)):
            members[member] = draw(st.sampled_from(CLOCKS))
    if draw(st.integers(0, 7)) == 0:
        members["receivedAt"] = None
    if draw(st.integers(0, 5)) == 0:
        members["timestamp"] = clock(hour_number(number - draw(st.integers(1, 40))))
    fresh = f"e-{number}-{index}"
    id = draw(st.sampled_from(IDS)) if draw(st.integers(0, 3)) == 0 else fresh
    if id == "long":  # its copies would differ from those there in the id, too
        id = fresh * 100
    return event(id, number, minute=index, anonymousId=f"a-{number}-{index}", **members)


@st.composite
def drawn_hours(draw: st.DrawFn) -> dict[int, list[dict[str, Any]]]:
    """A few archive hours; some are more than a week apart."""
    return {
        number: [draw(drawn_event(number, index)) for index in range(draw(st.integers(1, MOST_EVENTS)))]
        for number in draw(st.lists(st.sampled_from(HOURS), min_size=1, max_size=3, unique=True))
    }


@pytest.mark.slow
@settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(hours=drawn_hours(), plant=st.booleans(), data=st.data())
def test_drawn_events_are_explained_and_a_planted_change_is_not(
    hours: dict[int, list[dict[str, Any]]], plant: bool, data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        where = load_both(hours, Path(folder))
        found = compare_both(where)
        assert unexplained(found) == []
        table = data.draw(st.sampled_from([one.table for one in found.tables if one.table != "users"]))
        if plant:
            where.execute(f"UPDATE {VENDOR}.{quoted(table)} SET channel = 'planted'")
            rows = next(one.there for one in found.tables if one.table == table)
            changed = next(one for one in compare_both(where).tables if one.table == table)
            assert changed.unexplained >= min(1, rows)
