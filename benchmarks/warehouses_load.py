"""One load of some hours of an archive from its lake, in a process of its own: what it asked, staged, and used.

Run by `benchmarks.warehouses` as `python -m benchmarks.warehouses_load URL ARCHIVE WORK FIRST LAST`.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.jobs.place import settle
from event_assets.archive.listing.list_hours import list_hours
from event_assets.config.warehouse import open_warehouse
from event_assets.pipeline.load import Choice, load_plans, plan_sources
from loaders.dialects.base import Dialect
from loaders.staging.staged import StagedTable


def main(url: str, archive: str, work: str, first: str, last: str) -> None:
    """Load the hours from one to another, counted from 0, in one load; the last line printed is what it cost."""
    count = int(last) - int(first) + 1
    settings = replace(settle(Path(archive), Path(work), warehouse=url), hours_per_load=count)
    hours = list(list_hours(settings.only_source()).hours)
    choice = Choice(hours[int(first)], hours[int(last)])
    with _counting(open_warehouse(settings).dialect) as counted:
        before, started = _read_cpu(), time.perf_counter()
        outcomes = list(load_plans(settings, plan_sources(settings, choice).plans, choice, _ignore))
        wall, cpu = time.perf_counter() - started, _read_cpu() - before
    failed = [outcome.error for outcome in outcomes if outcome.state != "loaded"]
    if failed or len(outcomes) != count:
        raise SystemExit(f"{len(outcomes)} of {count} hours: {failed}")
    events = sum(outcome.counts["lines"] for outcome in outcomes)
    print(json.dumps({"events": events, "hours": count, "cpu": cpu, "wall": wall, **counted}))


@contextmanager
def _counting(dialect: Dialect) -> Iterator[Counter[str]]:
    """Count the statements of SQLAlchemy, and the tables and Arrow bytes that a dialect of this kind stages."""
    counted = Counter(statements=0, staged_tables=0, staged_bytes=0)
    kind: Any = type(dialect)
    stage = kind.stage

    @wraps(stage)
    def count_staged(own: Dialect, connection: sa.Connection, relation: str, table: StagedTable) -> None:
        counted["staged_tables"] += 1
        counted["staged_bytes"] += sum(file.stat().st_size for file in table.files)
        counted["staged_bytes"] += table.held.nbytes if table.held is not None else 0
        stage(own, connection, relation, table)

    def count_statement(*_: object) -> None:
        counted["statements"] += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", count_statement)
    kind.stage = count_staged
    try:
        yield counted
    finally:
        kind.stage = stage
        sa.event.remove(sa.Engine, "before_cursor_execute", count_statement)


def _ignore(_plan: object, _step: str, _counts: Mapping[str, object]) -> None:
    """Take no notice of progress."""


def _read_cpu() -> float:
    """Seconds of user and system time of this process, an engine in it included, and of its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main(*sys.argv[1:])
