"""The shipped rollups computed in plain Python from the rows of the home tables (contract §8), beside no SQL of
ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

GAP = timedelta(minutes=30)
TYPES = {
    "tracks": "track",
    "identifies": "identify",
    "pages": "page",
    "screens": "screen",
    "groups": "group",
    "aliases": "alias",
}

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Seen:
    """What rollups need of an event."""

    type: str
    event: str | None
    user_id: str | None
    anonymous_id: str | None
    at: datetime

    @property
    def day(self) -> date:
        return self.at.astimezone(UTC).date()

    @property
    def user(self) -> str | None:
        return self.anonymous_id if self.user_id is None else self.user_id


def events_of(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Seen]:
    """The rows of all home tables."""
    return [
        Seen(kind, row.get("event"), row["user_id"], row["anonymous_id"], row["timestamp"])
        for table, kind in TYPES.items()
        for row in tables.get(table, ())
    ]


def events_daily(events: Iterable[Seen]) -> dict[Key, Key]:
    """(date, type, event) -> (events, users)."""
    groups: dict[Key, list[Seen]] = defaultdict(list)
    for each in events:
        groups[each.day, each.type, each.event].append(each)
    return {key: (len(group), len({each.user for each in group} - {None})) for key, group in groups.items()}


def active_users_daily(events: Iterable[Seen]) -> dict[Key, Key]:
    """(date,) -> (users, anonymous)."""
    groups: dict[date, list[Seen]] = defaultdict(list)
    for each in events:
        groups[each.day].append(each)
    return {
        (day,): (
            len({each.user for each in group} - {None}),
            len({each.anonymous_id for each in group if each.user_id is None} - {None}),
        )
        for day, group in groups.items()
    }


def sessions(events: Iterable[Seen]) -> dict[Key, Key]:
    """(date, user, started_at) -> (ended_at, events)."""
    times: dict[tuple[date, str], list[datetime]] = defaultdict(list)
    for each in events:
        if each.user is not None:
            times[each.day, each.user].append(each.at)
    found: dict[Key, Key] = {}
    for (day, user), instants in times.items():
        for session in _cut(sorted(instants)):
            found[day, user, session[0]] = (session[-1], len(session))
    return found


def _cut(instants: Sequence[datetime]) -> list[list[datetime]]:
    parts: list[list[datetime]] = []
    for at in instants:
        if parts and at - parts[-1][-1] <= GAP:
            parts[-1].append(at)
        else:
            parts.append([at])
    return parts
