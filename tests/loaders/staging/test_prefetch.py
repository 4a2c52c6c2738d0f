"""Look-ahead is bounded and keeps the order of its items."""

from __future__ import annotations

import time
from concurrent.futures import Future

import pytest

from loaders.staging.prefetch import prefetch, prefetch_in_threads


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_no_more_items_are_submitted_than_the_depth(depth: int) -> None:
    submitted: list[int] = []

    def submit(item: int) -> Future[int]:
        submitted.append(item)
        future: Future[int] = Future()
        future.set_result(item * item)
        return future

    for item, future in prefetch(submit, range(6), depth=depth):
        assert submitted == list(range(min(6, item + depth + 1)))
        assert future.result() == item * item
    assert submitted == list(range(6))


def test_an_item_is_taken_after_the_results_before_it_are_used() -> None:
    """So that the source of the items may depend on results, such as failures."""
    used: list[int] = []
    items = (item for item in range(10) if len(used) < 3)
    for item, _ in prefetch(lambda _: Future[None](), items, depth=1):
        used.append(item)
    assert used == [0, 1, 2, 3]


def test_results_of_threads_are_in_the_order_of_the_items() -> None:
    def slow_first(item: int) -> int:
        time.sleep(0.05 if item == 0 else 0)
        return item

    assert list(prefetch_in_threads(slow_first, range(20))) == list(range(20))


def test_an_error_is_raised_where_its_result_would_be() -> None:
    results = prefetch_in_threads(lambda item: 6 // item, [3, 2, 0, 1])
    assert [next(results), next(results)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        next(results)
