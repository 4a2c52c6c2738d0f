"""One row per user: each column the latest that any identify of that user has brought (SPEC §5)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from event_assets.tables.catalog import Catalog
from loaders.evolve import IDENTIFIES, USERS, user_columns
from loaders.layout import Layout
from loaders.session import Name, Quoted, Session

_LATEST_ROW: Final = ("received_at", "sent_at", "timestamp", "original_timestamp")

# What Unicode calls white space (the property White_Space).
_BLANKS: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def recompute_users(
    session: Session, schema: str, layout: Layout, catalog: Catalog, *, values: int, uuid_ts: datetime
) -> None:
    """Make the rows of touched users anew over all their identifies; a row that would not change is left alone.

    `values` is how many values a row may have; past them the columns first seen win (SPEC §5). `layout` and `catalog`
    are those after the load.
    """
    if USERS not in layout:
        return
    users, identifies = (schema, USERS), (schema, IDENTIFIES)
    session.run("users/touch_written", {"identifies": identifies}, uuid_ts=uuid_ts)
    session.run("users/create_user_ids")
    session.run("users/find", blanks=_BLANKS)
    columns = [name for name in user_columns(catalog) if name != "uuid_ts" and name in layout[USERS]]
    anew = _compute(session, identifies, columns, values)
    names: dict[str, Name] = {
        "users": users,
        "users_anew": anew,
        "columns": session.columns(columns),
        "columns_anew": session.columns(columns, of="a"),
        "columns_standing": session.columns(columns, of="u"),
    }
    session.run("users/changed", names)
    session.run("users/delete", names)
    session.run("users/insert", names, uuid_ts=uuid_ts)


def _compute(session: Session, identifies: Name, columns: list[str], values: int) -> Quoted:
    latest = [name for name in columns if name != "id" and name not in _LATEST_ROW]
    names: dict[str, Name] = {
        "identifies": identifies,
        "latest_row": session.each("users/latest_row", _LATEST_ROW),
        "latest_values": session.each("users/latest_value", latest),
    }
    session.run("users/compute", names)
    if len(columns) < values:  # uuid_ts is the last value of a row
        return session.quote("load_users")
    fit: dict[str, Name] = {
        "columns": session.columns(columns),
        "has_values": session.each("users/has_value", columns),
        "past_last": Quoted(str(len(columns) + 1)),
        "fitting": session.each("users/fits", columns),
        "values": Quoted(str(values - 1)),
    }
    session.run("users/fit", fit)
    return session.quote("load_fitting_users")
