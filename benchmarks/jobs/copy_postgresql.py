"""Bare binary COPY of the rows that `whole_postgresql` left, into tables with the same indexes, in one transaction.

The rows come from files that the server wrote in its own binary form, so no client has to encode them.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.jobs.done import Done
from benchmarks.jobs.whole_postgresql import URL


def run(archive: Path, work: Path) -> Done:
    """Rows of all tables; the stage `copy` is what counts, the rest is preparation."""
    with psycopg.connect(os.environ[URL].replace("+psycopg", "", 1), autocommit=True) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'events' ORDER BY 1").fetchall()
        tables = [name for (name,) in found]
        connection.execute("DROP SCHEMA IF EXISTS bare CASCADE")
        connection.execute("CREATE SCHEMA bare")
        for table in tables:
            _take(connection, table, work / "rows")
        connection.execute("CHECKPOINT")
        started, rows = time.perf_counter(), 0
        with connection.transaction():
            for table in tables:
                rows += _put(connection, table, work / "rows")
        seconds = time.perf_counter() - started
    return Done(rows, stages={"copy": seconds})


def _take(connection: psycopg.Connection, table: str, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    names = {"old": sql.Identifier("events", table), "new": sql.Identifier("bare", table)}
    connection.execute(sql.SQL("CREATE TABLE {new} (LIKE {old} INCLUDING INDEXES)").format(**names))
    copy_out = sql.SQL("COPY {old} TO STDOUT (FORMAT BINARY)").format(**names)
    with (folder / table).open("wb") as file, connection.cursor().copy(copy_out) as copy:
        for piece in copy:
            file.write(piece)


def _put(connection: psycopg.Connection, table: str, folder: Path) -> int:
    cursor = connection.cursor()
    copy_in = sql.SQL("COPY {new} FROM STDIN (FORMAT BINARY)").format(new=sql.Identifier("bare", table))
    with (folder / table).open("rb") as file, cursor.copy(copy_in) as copy:
        while piece := file.read(1 << 20):
            copy.write(piece)
    return cursor.rowcount
