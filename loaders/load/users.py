"""One row per user: each column the latest that any identify of that user has brought (contract §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from string import ascii_lowercase, ascii_uppercase
from typing import Final

import polars as pl

from loaders.connection.session import Name, Quoted, Session
from loaders.schema.evolve import IDENTIFIES, USERS, user_columns
from loaders.schema.introspect import Layout
from loaders.transform.catalog import Catalog

_LATEST_ROW: Final = ("received_at", "sent_at", "timestamp", "original_timestamp")

# What Unicode calls white space (the property White_Space).
_BLANKS: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


@dataclass(frozen=True)
class UserRules:
    """How rows of users are made: by the catalog after the load, of at most so many values, the columns first seen
    winning (contract §5); `not_users` are user ids that have no row, in whatever case."""

    catalog: Catalog
    values: int
    not_users: tuple[str, ...] = ()


def recompute_users(session: Session, schema: str, layout: Layout, rules: UserRules, *, uuid_ts: datetime) -> None:
    """Make the rows of touched users anew over all their identifies; a row that would not change is left alone.

    `layout` is that after the load.
    """
    if USERS not in layout:
        return
    users, identifies = (schema, USERS), (schema, IDENTIFIES)
    session.run("load/users/touch_written", {"identifies": identifies}, uuid_ts=uuid_ts)
    session.run("load/users/create_user_ids")
    session.run("load/users/find", blanks=_BLANKS)
    if rules.not_users:
        _leave_out(session, users, rules.not_users)
    columns = [name for name in user_columns(rules.catalog) if name != "uuid_ts" and name in layout[USERS]]
    anew = _compute(session, identifies, columns, rules.values)
    names: dict[str, Name] = {
        "users": users,
        "users_anew": anew,
        "columns": session.columns(columns),
        "columns_anew": session.columns(columns, of="a"),
        "columns_standing": session.columns(columns, of="u"),
    }
    session.run("load/users/changed", names)
    session.run("load/users/delete", names)
    session.run("load/users/insert", names, uuid_ts=uuid_ts)


def _leave_out(session: Session, users: Name, not_users: tuple[str, ...]) -> None:
    """Make no row of these; one that a load under other settings has made goes."""
    letters = {"upper": ascii_uppercase, "lower": ascii_lowercase, "blanks": _BLANKS}
    frame = pl.DataFrame({"user_id": not_users}, schema={"user_id": pl.String()})
    session.run("load/users/create_no_users")
    session.run("load/users/find_no_users", {"not_users": session.put(frame)}, **letters)
    session.run("load/users/delete_no_users", {"users": users})
    session.run("load/users/forget_no_users")


def _compute(session: Session, identifies: Name, columns: list[str], values: int) -> Quoted:
    latest = [name for name in columns if name != "id" and name not in _LATEST_ROW]
    names: dict[str, Name] = {
        "identifies": identifies,
        "latest_row": session.per_column("load/users/latest_row", _LATEST_ROW),
        "latest_values": session.per_column("load/users/latest_value", latest),
    }
    session.run("load/users/compute", names)
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
