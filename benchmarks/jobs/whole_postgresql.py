"""Archive -> tables in PostgreSQL: what `tideline load` does, into a new lake and a server started for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import psycopg

from benchmarks.jobs.done import Done
from benchmarks.jobs.place import settle
from benchmarks.jobs.whole import load_all
from loaders.transform.standard_columns import HOME_TABLES

URL: Final = "BENCHMARK_POSTGRESQL"
"""The variable that says the server's URL to a job."""


def run(archive: Path, work: Path) -> Done:
    """Lines of what was loaded; `written` is the size of the database."""
    url = os.environ[URL]
    events, seconds = load_all(settle(archive, work, warehouse=url))
    with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'events'").fetchall()
        homes = sorted({name for (name,) in found} & set(HOME_TABLES.values()))
        counts = [connection.execute(f'SELECT count(*) FROM events."{name}"').fetchone() or (0,) for name in homes]
        (written,) = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
    return Done(events, sum(count for (count,) in counts), written, seconds)
