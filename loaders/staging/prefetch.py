"""Bounded look-ahead: submit the next items of a stream while the result of one is used."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def prefetch(submit: Callable[[T], Future[R]], items: Iterable[T], *, depth: int) -> Iterator[tuple[T, Future[R]]]:
    """Yield each item with its future, in the order of the items, after up to `depth` items behind it are submitted.

    The caller's thread takes and submits the items.
    """
    pending: deque[tuple[T, Future[R]]] = deque()
    for item in items:
        pending.append((item, submit(item)))
        if len(pending) > depth:
            yield pending.popleft()
    yield from pending


def prefetch_in_threads(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield the function's result for each item, in the order of the items; as many calls run at once as cores.

    An error of the function is raised in the position of its result. Worth it where the function leaves Python for most
    of its time, as Arrow's, polars' and DuckDB's calls do.
    """
    cores = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(max_workers=cores, thread_name_prefix="tideline-prefetch") as threads:
        for _, result in prefetch(lambda item: threads.submit(function, item), items, depth=cores):
            yield result.result()
