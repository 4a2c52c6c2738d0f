"""A small loader of another make: events become tables by RudderStack's documented warehouse rules, in plain Python.

It knows no rule of ours but the names, which both share (contract §5, §12).
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import duckdb
import psycopg

from tests.independent.names import event_of, name_of, whole_name_of
from tests.postgres import Database

HOMES: Final = {
    "track": "tracks",
    "identify": "identifies",
    "page": "pages",
    "screen": "screens",
    "group": "groups",
    "alias": "aliases",
}
STANDARD: Final = {
    **dict.fromkeys(("id", "anonymous_id", "user_id", "channel", "context_ip"), "text"),
    **dict.fromkeys(("context_request_ip", "context_passed_ip", "event", "event_text"), "text"),
    **dict.fromkeys(("sent_at", "timestamp", "received_at", "original_timestamp", "uuid_ts"), "datetime"),
}
WINDOW: Final = timedelta(days=7)
"""How long an id is remembered."""
SQL_TYPES: Final = {
    "text": "TEXT", "int": "BIGINT", "float": "DOUBLE PRECISION", "boolean": "BOOLEAN",
    "datetime": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
DATED: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(Z|z|[+-]\d\d:?\d\d)?", re.ASCII
)

Row = dict[str, Any]


@dataclass
class Vendor:
    """The tables so far: rows by table, and the type that the first value of each column has settled."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    types: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: dict[str, datetime] = field(default_factory=dict)
    random: random.Random = field(default_factory=lambda: random.Random(0))

    def load(self, hour: datetime, events: Iterable[Mapping[str, Any]]) -> None:
        """Take the events of an archive hour in the order of their arrival."""
        for event in events:
            kind = str(event.get("type", "")).lower()
            received = read_clock(event.get("receivedAt")) or hour + timedelta(minutes=1, seconds=7)
            if kind in HOMES and not self._is_repeated(event.get("messageId"), received):
                self._take(kind, event, hour, received)

    def _is_repeated(self, id: object, received: datetime) -> bool:
        if not isinstance(id, str) or not id.strip():
            return False
        known = self.seen.get(id)
        if known is not None and abs(received - known) <= WINDOW:
            return True
        self.seen[id] = received
        return False

    def _take(self, kind: str, event: Mapping[str, Any], hour: datetime, received: datetime) -> None:
        sent_id = event.get("messageId")
        context = event.get("context") or {}
        passed, request = context.get("ip"), event.get("request_ip")
        fixed: Row = {
            "id": sent_id if isinstance(sent_id, str) and sent_id.strip() else f"{self.random.getrandbits(128):032x}",
            "anonymous_id": event.get("anonymousId"),
            "user_id": event.get("userId"),
            "channel": event.get("channel"),
            "sent_at": read_clock(event.get("sentAt")),
            "original_timestamp": read_clock(event.get("originalTimestamp")),
            "received_at": received,
            "context_passed_ip": passed,
            "context_request_ip": request,
            "context_ip": passed or request,
            "uuid_ts": hour + timedelta(hours=1),
        }
        fixed["timestamp"] = read_clock(event.get("timestamp")) or _corrected(fixed, received)
        named = {
            column: value
            for path, value in leaves({key: value for key, value in context.items() if key != "ip"})
            if (column := name_of("_".join(("context", *path)))) and all(map(name_of, path))
        }
        block = event.get("traits" if kind in ("identify", "group", "alias") else "properties") or {}
        own: Row = {}
        for path, value in leaves(block):
            column = name_of("_".join(path)) if all(map(name_of, path)) else ""
            if column and column not in STANDARD and column not in own:  # the first of two colliding keys
                own[column] = value
        self._write(kind, event, fixed, named, own)

    def _write(self, kind: str, event: Mapping[str, Any], fixed: Row, named: Row, own: Row) -> None:
        if kind == "track":
            text = event.get("event") or ""
            fixed |= {"event": whole_name_of(text), "event_text": text or None}  # it is never cut
            self._insert("tracks", fixed, named)
            if event_of(text):
                table = name_of(text)
                self._insert(f"_{table}" if table in (*HOMES.values(), "users") else table, fixed, {**own, **named})
            return
        if kind in ("page", "screen"):
            fixed["name"] = event.get("name") or own.pop("name", None)
        if kind == "group":
            fixed["group_id"] = event.get("groupId")
        if kind == "alias":
            fixed["previous_id"] = event.get("previousId")
        self._insert(HOMES[kind], fixed, {**own, **named})

    def _insert(self, table: str, fixed: Row, free: Row) -> Row:
        types = self.types.setdefault(table, {})
        row = dict(fixed)
        for column in fixed:
            types.setdefault(column, STANDARD.get(column, "text"))
        for column, value in free.items():
            kind, converted = typed(value)
            settled = types.setdefault(column, kind)
            row[column] = converted if kind == settled else fit(converted, settled)
        self.tables.setdefault(table, []).append(row)
        return row

    def finished(self) -> dict[str, tuple[dict[str, str], list[Row]]]:
        """Every table: its columns with types, and its rows."""
        found = {table: (dict(self.types[table]), rows) for table, rows in self.tables.items()}
        users = self._users()
        if users:
            kinds = {"id": "text", **self.types.get("identifies", {})}
            columns = {column for user in users.values() for column in user}
            found["users"] = ({name: kinds[name] for name in kinds if name in columns}, list(users.values()))
        return found

    def _users(self) -> dict[str, Row]:
        """The newest value of each column by arrival."""
        users: dict[str, Row] = {}
        left = {"anonymous_id", "channel", "user_id", "id"}
        for row in sorted(self.tables.get("identifies", []), key=lambda row: row["received_at"]):
            if row["user_id"]:
                user = users.setdefault(row["user_id"], {"id": row["user_id"]})
                user |= {column: value for column, value in row.items() if value is not None and column not in left}
        return users


def _corrected(clocks: Row, received: datetime) -> datetime:
    sent, original = clocks["sent_at"], clocks["original_timestamp"]
    return received - (sent - original) if sent and original else received


def read_clock(value: object) -> datetime | None:
    """An instant as JavaScript reads it: to the millisecond, days that no month has are those of the next month."""
    match = DATED.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if not 1 <= int(month) <= 12 or not 1 <= int(day) <= 31 or int(hour or 0) > 23 or int(minute or 0) > 59:
        return None
    first = datetime(int(year), int(month), 1, int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC)
    found = first + timedelta(days=int(day) - 1, milliseconds=int(((fraction or "") + "000")[:3]))
    if zone and zone not in "Zz":
        away = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        found = found - away if zone[0] == "+" else found + away
    return found


def leaves(value: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Values with their paths; empty ones are none."""
    for key, member in value.items():
        if isinstance(member, dict):
            yield from leaves(member, (*path, key))
        elif member is not None and member not in ("", [], [""]):
            yield (*path, key), member


def typed(value: object) -> tuple[str, object]:
    """The type of a value, and the value in it: every number is a float64 first."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int | float):
        number = float(value)
        whole = number.is_integer() and abs(number) < 2**63
        return ("int", int(number)) if whole else ("float", number)
    if isinstance(value, list):
        return "text", stringify(value)
    found = read_clock(value)
    return ("datetime", found) if found else ("text", value)


def fit(value: object, settled: str) -> object:
    """A value of another type in a column: cut to an integer, written as a text, or left out."""
    if settled == "text":
        return stringify(value)
    if isinstance(value, bool):
        return None
    if settled == "int" and isinstance(value, float) and abs(value) < 2**63:
        return int(value)
    return float(value) if settled == "float" and isinstance(value, int) else None


def stringify(value: object) -> str:
    """A value as JavaScript writes it."""
    if isinstance(value, list):
        return json.dumps(_rounded(value), ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    if isinstance(value, bool):
        return str(value).lower()
    return str(_rounded(value))


def _rounded(value: object) -> object:
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(float(value)) if float(value).is_integer() and abs(value) < 1e21 else float(value)
    return value


def store(tables: Mapping[str, tuple[Mapping[str, str], Sequence[Row]]], schema: str, where: Database | str) -> None:
    """Write the tables into a schema of a PostgreSQL database, or of a DuckDB file."""
    statements: list[tuple[str, list[tuple[object, ...]]]] = [(f"CREATE SCHEMA {quoted(schema)}", [])]
    mark = "%s" if isinstance(where, Database) else "?"
    for table, (columns, rows) in tables.items():
        listed = ", ".join(f"{quoted(column)} {SQL_TYPES[kind]}" for column, kind in columns.items())
        target = f"{quoted(schema)}.{quoted(table)}"
        statements.append((f"CREATE TABLE {target} ({listed})", []))
        marks = ", ".join(mark for _ in columns)
        values = [tuple(row.get(column) for column in columns) for row in rows]
        statements.append((f"INSERT INTO {target} VALUES ({marks})", values) if values else ("SELECT 1", []))
    if isinstance(where, Database):
        with where.connect() as connection, connection.cursor() as cursor:
            _run_postgresql(cursor, statements)
        return
    with duckdb.connect(where) as file:
        file.execute("SET TimeZone = 'UTC'")
        for statement, values in statements:
            file.executemany(statement, values) if values else file.execute(statement)


def _run_postgresql(
    cursor: psycopg.Cursor[Any], statements: Sequence[tuple[str, Sequence[tuple[object, ...]]]]
) -> None:
    for statement, values in statements:
        if values:
            cursor.executemany(statement.encode(), values)
        else:
            cursor.execute(statement.encode())


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'
