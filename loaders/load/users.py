"""One row per user: each column has the latest value of all identifies of that user (contract §5).

Owns `load_touched`, and while users are recomputed `load_user_ids`, `load_no_users`, `load_users`, `load_fitting_users`
and `load_changed_users`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import ascii_lowercase, ascii_uppercase
from typing import Final

import polars as pl

import sql
from loaders.connection.session import Name, Quoted, Session
from loaders.load.winners import Decision
from loaders.schema.evolve import IDENTIFIES, USERS, user_columns
from loaders.schema.introspect import Layout
from loaders.transform.catalog import Catalog

_LATEST_ROW: Final = ("received_at", "sent_at", "timestamp", "original_timestamp")

# What Unicode calls white space (the property White_Space).
_BLANKS: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True)
class UserRules:
    """How rows of users are computed."""

    catalog: Catalog
    """The catalog after the load: its columns of identifies, in order of first seen."""
    values: int
    """The most values of a row; the columns first seen win (contract §5)."""
    not_users: tuple[str, ...] = ()
    """User ids that get no row, in any case of letters."""


@dataclass(frozen=True)
class TouchedUsers:
    """The users of one schema of whom this transaction changes an identify. Add them before their identify changes."""

    session: Session
    schema: str

    @classmethod
    def begin(cls, session: Session, schema: str) -> TouchedUsers:
        """Begin without a user, once per connection."""
        session.run("load/users/create_touched")
        return cls(session, schema)

    def add_leaving(self, decision: Decision) -> None:
        """Add the users of identifies that leave."""
        self.session.run("load/users/touch_leaving", {**self._identifies(), "leaving": decision.leaving})

    def add_rebuilt(self, rebuilt: str) -> None:
        """Add the users of identifies in a table of rows that are rebuilt."""
        self.session.run("load/users/touch_rebuilt", {**self._identifies(), "rebuilt": rebuilt})

    def add_written(self, uuid_ts: datetime) -> None:
        """Add the users of identifies that this load has written."""
        self.session.run("load/users/touch_written", self._identifies(), uuid_ts=uuid_ts)

    def _identifies(self) -> dict[str, Name]:
        return {"identifies": (self.schema, IDENTIFIES)}


def recompute_users(touched: TouchedUsers, layout: Layout, rules: UserRules, *, uuid_ts: datetime) -> None:
    """Recompute the rows of touched users over all their identifies; leave rows alone that do not change.

    `layout` is the one after the load. An unchanged row keeps its uuid_ts, so that incremental models skip it.
    """
    if USERS not in layout:
        return
    session = touched.session
    users, identifies = (touched.schema, USERS), (touched.schema, IDENTIFIES)
    touched.add_written(uuid_ts)
    session.run("load/users/create_user_ids")
    if not session.run("load/users/find", blanks=_BLANKS):
        return
    if rules.not_users:
        _leave_out(session, users, rules.not_users)
    columns = [name for name in user_columns(rules.catalog) if name != "uuid_ts" and name in layout[USERS]]
    users_now = _compute(session, identifies, columns, rules.values)
    names: dict[str, Name] = {
        "users": users,
        "users_now": users_now,
        "columns": session.columns(columns),
        "columns_now": session.columns(columns, of="a"),
        "columns_stored": session.columns(columns, of="u"),
    }
    session.run("load/users/changed", names)
    session.run("load/users/delete", names)
    session.run("load/users/insert", names, uuid_ts=uuid_ts)


def _leave_out(session: Session, users: Name, not_users: tuple[str, ...]) -> None:
    """Compute no row of these users, and delete rows that a load with other settings wrote."""
    letters = {"upper": ascii_uppercase, "lower": ascii_lowercase, "blanks": _BLANKS}
    frame = pl.DataFrame({"user_id": not_users}, schema={"user_id": pl.String()})
    session.run("load/users/create_no_users")
    session.run("load/users/find_no_users", {"not_users": session.put(frame)}, **letters)
    session.run("load/users/delete_no_users", {"users": users})
    session.run("load/users/forget_no_users")


def latest_rows(session: Session, identifies: Name, columns: Sequence[str], ids: Quoted) -> Quoted:
    """Return the query of the rows of users over all their identifies; `ids` is the query of their ids."""
    latest = [name for name in columns if name != "id" and name not in _LATEST_ROW]
    text = sql.statement("load/users/latest", session.dialect.name)
    return Quoted(
        text.format(
            identifies=session.quote(identifies),
            ids=ids,
            latest_row=session.per_column("load/users/latest_row", _LATEST_ROW),
            latest_values=session.per_column("load/users/latest_value", latest),
        )
    )


def real_users(ids: Iterable[str], not_users: Collection[str]) -> set[str]:
    """Return the user ids that can have a row: not blank, and none of `not_users` in any case of letters."""
    left_out = {"", *map(_fold, not_users)}
    return {id for id in ids if _fold(id) not in left_out}


def _fold(user_id: str) -> str:
    """Return a user id as `load/users/find_no_users` compares it."""
    return user_id.strip(_BLANKS).translate(_LOWER)


def _compute(session: Session, identifies: Name, columns: list[str], values: int) -> Quoted:
    ids = Quoted("SELECT user_id FROM load_user_ids")
    session.run("load/users/compute", {"latest": latest_rows(session, identifies, columns, ids)})
    if len(columns) < values:  # uuid_ts is the last value of a row
        return session.quote("load_users")
    fit: dict[str, Name] = {
        "columns": session.columns(columns),
        "has_values": session.per_column("load/users/has_value", columns),
        "past_last": Quoted(str(len(columns) + 1)),
        "fitting": session.per_column("load/users/fits", columns),
        "values": Quoted(str(values - 1)),
    }
    session.run("load/users/fit", fit)
    return session.quote("load_fitting_users")
