"""The merge lock of a schema as a lease in a table of one row: Snowflake has no lock that a session takes by itself.

Exactness does not lean on the time of the lease. The transaction of a merge writes the row first: who has lost the
lease finds that out, and until the transaction ends nobody can take it.

Covered by tests/loaders/dialects/snowflake/test_lease.py.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

import sql
from loaders.dialects.snowflake.errors import is_conflict
from loaders.dialects.snowflake.scratch import HOME, NAME, execute_raw, run, scratch_of
from loaders.dialects.snowflake.statements import quoted
from loaders.interface.errors import Busy, Transient
from loaders.process.waiting import AFTER, announce_wait

SECONDS: Final = 120
"""How long a lease lasts that is not renewed: so long waits who loads after a load that was killed."""
_KEY: Final = "tideline lease"


@dataclass
class Lease:
    """The lease that a session holds."""

    schema: str
    holder: str
    renewed: float
    """By the clock of this process."""

    @property
    def table(self) -> str:
        """The quoted table of one row."""
        return f"{quoted(HOME)}.{quoted(f'merge_lock_{self.schema}')}"


@contextmanager
def hold_lease(connection: Connection, schema: str, *, wait: float) -> Iterator[None]:
    """Hold the lease of a schema; raise Busy after `wait` seconds."""
    scratch = scratch_of(connection)
    scratch.prepare_home()
    lease = Lease(schema, scratch.suffix, 0.0)
    run(connection, "create_lease", lease=lease.table)
    until, announced = time.monotonic() + wait, False
    while not _change(connection, "take_lease", lease):
        if time.monotonic() >= until:
            raise Busy(f"another load of schema {schema!r} is merging; waited {wait:g} s")
        if not announced and time.monotonic() >= until - wait + AFTER:
            announce_wait(f"another load of schema {schema!r} is merging", wait)
            announced = True
        time.sleep(max(0.0, min(random.uniform(0.2, 1.0), until - time.monotonic())))  # noqa: S311  not to meet again
    connection.info[_KEY] = lease
    try:
        yield
    finally:
        connection.info.pop(_KEY, None)
        if not connection.invalidated and not connection.closed:
            _change(connection, "release_lease", lease)


def renew_lease(connection: Connection) -> None:
    """Renew the lease that a session holds, after a third of its time and while no transaction has begun."""
    lease: Lease | None = connection.info.get(_KEY)
    if lease is None or scratch_of(connection).begun or time.monotonic() < lease.renewed + SECONDS / 3:
        return
    if not _change(connection, "renew_lease", lease):
        raise _lost(lease)


def check_lease(connection: Connection) -> None:
    """Write the row of the lease in the transaction that has begun; raise Transient if somebody else has taken it."""
    lease: Lease | None = connection.info.get(_KEY)
    if lease is not None and not _change(connection, "renew_lease", lease):
        raise _lost(lease)


def _lost(lease: Lease) -> Transient:
    return Transient(f"another load has taken the merge lock of schema {lease.schema!r} meanwhile; try again")


def _change(connection: Connection, statement: str, lease: Lease) -> bool:
    """Return whether the row was changed; not while another transaction writes it."""
    text = sql.statement(f"dialects/{statement}", NAME).format(lease=lease.table)
    values: tuple[object, ...] = {
        "take_lease": (lease.holder, SECONDS),
        "renew_lease": (lease.holder, SECONDS, lease.holder),
        "release_lease": (lease.holder,),
    }[statement]
    try:
        changed = int(execute_raw(connection, text, values).rowcount)
    except DBAPIError as error:
        if error.orig is None or not is_conflict(error.orig):
            raise
        return False
    lease.renewed = time.monotonic()
    return changed > 0
