"""The rows that an event must have, column by column, and what must be rescued there (contract §5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from tests.independent.clocks import micros
from tests.independent.event import BLOCKS, Event, as_text
from tests.independent.json_text import Json, is_nothing, leaves
from tests.independent.junk import Kept
from tests.independent.names import RESERVED, column_of, event_of, former_event_of

HOMES = {
    "track": "tracks",
    "identify": "identifies",
    "page": "pages",
    "screen": "screens",
    "group": "groups",
    "alias": "aliases",
}
CLASHES = frozenset({*HOMES.values(), "users", "accounts"}) | RESERVED
NOTHING_KEPT = Kept()
COMMON = (
    *("id", "anonymous_id", "user_id", "sent_at", "timestamp", "received_at", "original_timestamp", "channel"),
    *("context_ip", "context_request_ip", "context_passed_ip"),
)
SPECIAL = {
    "track": ("event", "event_text"),
    "identify": (),
    "page": ("name",),
    "screen": ("name",),
    "group": ("group_id",),
    "alias": ("previous_id",),
}
OURS = ("event_date", "uuid_ts", "_archive_hour", "_fingerprint", "_rescued")
PLACES = {
    "track": ("properties", "userProperties"),
    "identify": ("traits", "userProperties"),
    "page": ("properties",),
    "screen": ("properties",),
    "group": ("traits",),
    "alias": ("traits",),
}
OWN_MEMBERS = {
    "event": ("track",),
    "name": ("page", "screen"),
    "groupId": ("group",),
    "previousId": ("alias",),
}
Path = tuple[str, ...]
DAWN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Row:
    """A row as it must be, before the types of its columns are known.

    `values` are the leaves that won their column; `rescued` must be rescued in this row; `either` must be rescued in
    this row or in the event's home row, where the contract can be read both ways.
    """

    table: str
    fixed: dict[str, object]
    values: dict[str, tuple[Path, Json]] = field(default_factory=dict)
    rescued: dict[Path, Json] = field(default_factory=dict)
    either: dict[Path, Json] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()


@lru_cache(maxsize=16)
def fixed_names(kind: str) -> frozenset[str]:
    """Standard columns and ours of every table that a type writes."""
    return frozenset((*COMMON, *SPECIAL[kind], *OURS))


def event_table(name: str | None, kept: Kept = NOTHING_KEPT) -> str:
    """The event's own table, empty where the name leaves none."""
    return _table(_event_value(name, kept))


def _table(value: str) -> str:
    return "_" + value if value in CLASHES else value


def _event_value(name: str | None, kept: Kept) -> str:
    former = former_event_of(name or "")
    return former if former and (_table(former), "*") in kept.names else event_of(name or "")


def rows_of(event: Event, kept: Kept = NOTHING_KEPT) -> list[Row]:
    """The home row, and for a track with a name the row of its event table."""
    table = event_table(event.texts.get("event"), kept) if event.type == "track" else ""
    fixed = _fixed_cells(event, kept)
    home = Row(HOMES[event.type], fixed, kept=kept.columns(HOMES[event.type]))
    _take_envelope(event, home, is_home=True)
    if event.type != "track":
        _take_blocks(event, home, dict(event.blocks))
        return [home]
    _take_context(event, home)
    for block in event.blocks.keys() - {"context"}:
        if not table or block not in PLACES["track"]:
            home.rescued.update(_paths(event, block))
    if not table:
        return [home]
    own = Row(table, fixed, kept=kept.columns(table))
    _take_envelope(event, own, is_home=False)
    _take_blocks(event, own, event.blocks)
    return [home, own]


def _paths(event: Event, block: str) -> dict[Path, Json]:
    return {(block, *path): value for path, value in leaves(event.blocks[block])}


def _fixed_cells(event: Event, kept: Kept) -> dict[str, object]:
    texts, times = event.texts, event.clocks
    cells: dict[str, object] = {
        "id": event.id,
        "sent_at": times.sent_at,
        "original_timestamp": times.original_timestamp,
        "received_at": times.received_at,
        "timestamp": times.timestamp,
        "event_date": (DAWN + timedelta(microseconds=times.timestamp)).date().isoformat(),
        "_archive_hour": micros(event.hour),
        "_fingerprint": event.fingerprint,
        "context_request_ip": texts.get("request_ip"),
        "context_passed_ip": _passed_ip(event),
    }
    cells["context_ip"] = cells["context_passed_ip"] or cells["context_request_ip"]
    for column in ("anonymous_id", "user_id", "channel"):
        cells[column] = texts.get(column)
    if event.type == "track":
        value = _event_value(texts.get("event"), kept)
        cells["event"] = ("_" + value if kept.events and value in RESERVED else value) or None
        cells["event_text"] = texts.get("event")
    elif event.type in ("page", "screen"):
        cells["name"] = texts.get("name") or _fed_name(event)
    for column in SPECIAL[event.type]:
        cells.setdefault(column, texts.get(column))
    return cells


def _passed_ip(event: Event) -> str | None:
    address = event.blocks.get("context", {}).get("ip")
    return None if isinstance(address, (dict, list)) or is_nothing(address) else as_text(address)


def _fed_name(event: Event) -> str | None:
    name = event.blocks.get("properties", {}).get("name")
    return None if isinstance(name, (dict, list)) or is_nothing(name) else as_text(name)


def _take_envelope(event: Event, row: Row, *, is_home: bool) -> None:
    """Add values that the envelope cannot hold: to every row with the column, those without one to the home row."""
    for member, value in event.rescued.items():
        found = {(member, *path): leaf for path, leaf in leaves(value)}
        if event.type == "track" and member in ("context", *PLACES["track"]):
            row.either.update(found)
        elif is_home or member not in (*OWN_MEMBERS, *BLOCKS):
            row.rescued.update(found)
    for member, types in OWN_MEMBERS.items():
        if is_home and event.type not in types and not is_nothing(event.sent.get(member)):
            row.rescued.update({(member, *path): leaf for path, leaf in leaves(event.sent[member])})


def _take_context(event: Event, row: Row) -> None:
    for path, value in leaves(event.blocks.get("context", {})):
        if path == ("ip",) and not isinstance(value, list):
            continue
        column = column_of("context_", path, row.kept)
        if not column:
            (row.either if event.type == "track" else row.rescued)["context", *path] = value
        elif column in fixed_names(event.type):
            row.rescued["context", *path] = value
        else:
            _place(row, column, ("context", *path), value)


def _take_blocks(event: Event, row: Row, blocks: dict[str, dict[str, Json]]) -> None:
    """Later values win a column from earlier ones, so the weakest block comes first and context last."""
    places = PLACES[event.type]
    for block in (*reversed(places), *sorted(blocks.keys() - {*places, "context"})):
        for path, value in leaves(blocks.get(block, {})):
            if block not in places:
                if row.table == HOMES[event.type]:
                    row.rescued[block, *path] = value
            elif not _feeds_name(event, block, path, value):
                _take_value(event, row, (block, *path), value)
    _take_context(event, row)


def _feeds_name(event: Event, block: str, path: Path, value: Json) -> bool:
    page = event.type in ("page", "screen") and (block, path) == ("properties", ("name",))
    return page and "name" not in event.texts and not isinstance(value, list)


def _take_value(event: Event, row: Row, path: Path, value: Json) -> None:
    column = column_of("", path[1:], row.kept)
    if not column:
        (row.either if event.type == "track" else row.rescued)[path] = value
        return
    _place(row, "_" + column if column in fixed_names(event.type) else column, path, value)


def _place(row: Row, column: str, path: Path, value: Json) -> None:
    beaten = row.values.pop(column, None)
    if beaten is not None:
        row.rescued[beaten[0]] = beaten[1]
    row.values[column] = (path, value)
