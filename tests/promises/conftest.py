"""Fixtures of the promises: folders or S3 for archive and lake, DuckDB or PostgreSQL for tables."""

from __future__ import annotations

from typing import Final

import pytest

from tests.s3 import Store


@pytest.fixture(scope="session", params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest) -> Store | None:
    """Where archive and lake are, of each kind in turn: nowhere for folders, then the S3 server, with the slow ones."""
    found: Store | None = request.getfixturevalue("s3") if request.param == "s3" else None
    return found


OF_THE_WAREHOUSE: Final = frozenset(
    {
        "test_twice_with_the_ledger_removed_in_between",
        "test_a_second_time_loads_nothing",
        "test_reloaded_it_stays_the_same",
        "test_shuffled_with_the_catalog_pinned",
        "test_a_column_and_a_table_whose_only_values_were_taken_back_are_no_difference",
        "test_every_value_is_the_same_in_both_warehouses",
        "test_floats_are_the_same_to_the_last_bit",
        "test_the_independent_reader_finds_every_value",
        "test_every_value_of_a_retyped_column_is_in_it_or_rescued",
        "test_ties_are_the_same_in_any_order",
    }
)
"""Tests of what a warehouse does with rows: where files lie, others of their modules or test_real_archives.py prove."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """S3 is tried with DuckDB and small archives: neither a server nor size sees where files lie."""
    dropped = [item for item in items if _needless(item)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in set(dropped)]


def _needless(item: pytest.Item) -> bool:
    chosen = getattr(item, "callspec", None)
    params = chosen.params if chosen is not None else {}
    larger = {"server": "postgresql", "reference": "full", "both": 200}
    name = getattr(item, "originalname", "")
    return params.get("store") == "s3" and (
        name in OF_THE_WAREHOUSE or any(params.get(key) == value for key, value in larger.items())
    )
