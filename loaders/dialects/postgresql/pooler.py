"""Whether a pooler between a load and PostgreSQL keeps one server connection per client, or shares them.

A load needs one server connection from its first statement to its last: its settings, temporary tables and its
merge lock live there (contract §8). A pooler in transaction or statement mode runs every transaction
in any server connection, and hands what a session has set to other clients.

A pooler gives its clients a process id of its own, so one that is not the server's shows it. Its mode shows in what two
connections get: with one server connection per client, no process id ever changes, and no two clients have the same.

Covered by tests/loaders/dialects/postgresql/test_postgresql_pooler.py.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from contextlib import closing
from typing import Final

import psycopg
from psycopg.pq.abc import PGconn

_PID: Final = b"SELECT pg_catalog.pg_backend_pid()"
_ROUNDS: Final = 5
_WAIT: Final = 1.0
"""Seconds that a probe waits for a server connection: a pool in session mode may have no second one."""


class _Unanswered(Exception):
    """The pooler has no server connection for the probe, or refuses the statement."""


def shares_servers(connection: psycopg.Connection, open_probe: Callable[[], psycopg.Connection]) -> bool:
    """Return whether a pooler in transaction or statement mode is between this connection and the server.

    The connection is in autocommit mode and nothing has been set on it. On a direct connection this is one round trip;
    else `open_probe` opens a second connection. Nothing is left behind on any server connection. False where a busy
    pooler does not show its mode: the check of the merge finds it.
    """
    pid = read_server(connection)
    if pid == connection.info.backend_pid:
        return False
    try:
        with closing(open_probe()) as probe:
            return _changes(connection.pgconn, probe.pgconn, b"%d" % pid)
    except (_Unanswered, psycopg.Error):
        return False


def read_server(connection: psycopg.Connection) -> int:
    """Return the process id of the server connection that runs the next statement, or the open transaction."""
    [(pid,)] = connection.execute(_PID).fetchall()
    return int(pid)


def _changes(connection: PGconn, probe: PGconn, pid: bytes) -> bool:
    """Return whether the probe gets the server connection of the first, or one of them another than before.

    The probe's transaction has ended before the first asks again: they may share one server connection.
    """
    first: bytes | None = None
    for _ in range(_ROUNDS):
        if _run(probe, b"BEGIN") is None:  # statement mode refuses transactions
            return True
        probed = _run(probe, _PID)
        _run(probe, b"ROLLBACK")
        if probed == pid or (first is not None and probed != first) or _run(connection, _PID) != pid:
            return True
        first = probed
    return False


def _run(pgconn: PGconn, statement: bytes) -> bytes | None:
    """Run a statement; return its value, b"" if it has none, or None if it is refused.

    Raise _Unanswered after some time: without a server connection for it, a pooler keeps a client waiting.
    """
    pgconn.send_query(statement)
    until, value = time.monotonic() + _WAIT, b""
    while True:
        while pgconn.is_busy():
            if not select.select([pgconn.socket], [], [], max(0.0, until - time.monotonic()))[0]:
                raise _Unanswered
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            return value
        if result.error_message:
            return None
        value = (result.get_value(0, 0) or b"") if result.ntuples else b""
