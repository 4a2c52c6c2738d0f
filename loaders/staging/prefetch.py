"""Work on the next items while the result of one is used: all cores for one stream, in its order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def work_ahead(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """What `work` makes of each item, in the order of the items; as many are worked on at once as there are cores.

    Items are taken by the caller's thread. What work raises is raised where its result would have been given. Worth
    it where work leaves Python for most of its time, as Arrow's, polars' and DuckDB's does.
    """
    cores = len(os.sched_getaffinity(0))
    coming: deque[Future[R]] = deque()
    with ThreadPoolExecutor(max_workers=cores, thread_name_prefix="tideline-ahead") as threads:
        for item in items:
            coming.append(threads.submit(work, item))
            if len(coming) > cores:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
