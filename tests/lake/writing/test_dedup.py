"""Copies that conflict: the same id on events that differ in more than clocks and transport (contract §9)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from event_assets.lake.writing.dedup import EMPTY_CANDIDATES, judge_copies

AT = datetime(2026, 1, 31, 7, tzinfo=UTC)


def copies(*changes: dict[str, object]) -> pl.DataFrame:
    """Copies of one track, the first the newest, with these members instead of its own."""
    usual = {"type": "track", "id": "m", "received_at": AT, "received_believed": True, "_file": "a", "_line": 1}
    event = {"event": "Sold", "user_id": "u", "anonymous_id": "v", "timestamp": AT, "run": 0}
    rows = [
        {**usual, **event, "_fingerprint": -n, "row": n, "received_at": AT - timedelta(minutes=n)} | change
        for n, change in enumerate(changes)
    ]
    return pl.DataFrame(rows, schema=EMPTY_CANDIDATES.schema)


@pytest.mark.parametrize(
    ("change", "conflict"),
    [
        ({}, False),
        ({"event": "Bought"}, True),
        ({"event": None}, True),
        ({"user_id": "w"}, True),
        ({"user_id": None}, False),
        ({"user_id": None, "anonymous_id": "w"}, True),
        ({"anonymous_id": "w"}, False),
        ({"user_id": None, "anonymous_id": None}, False),
        ({"timestamp": AT + timedelta(days=1)}, False),
        ({"timestamp": AT - timedelta(days=1, seconds=1)}, True),
        ({"event": "Bought", "_fingerprint": 0}, False),
        ({"event": "Bought", "type": "page"}, None),
        ({"event": "Bought", "id": "n"}, None),
    ],
)
def test_a_copy_conflicts_by_another_name_another_user_or_another_day(
    change: dict[str, object], conflict: bool | None
) -> None:
    losers = judge_copies(copies({}, change), set())
    assert losers["conflict"].to_list() == ([] if conflict is None else [conflict])


def test_copies_are_compared_with_the_one_that_stays_in_any_order() -> None:
    found = copies({}, {"event": "Bought"}, {}, {"user_id": "w"})
    rows = list(range(found.height))
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        losers = judge_copies(found[rows], set()).sort("row")
        assert losers.rows() == [(0, 1, "a", True), (0, 2, "a", False), (0, 3, "a", True)]


def test_a_copy_of_a_bad_file_is_not_compared() -> None:
    assert judge_copies(copies({}, {"event": "Bought", "_file": "bad"}), {"bad"}).is_empty()
