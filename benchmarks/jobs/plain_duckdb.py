"""Plain DuckDB: the same tables and columns in SQL, as a good hand-written job would make them (benchmarks/sql/).

It knows the tables and columns beforehand and reads each file once, with every type given. Two rows of one id cost a
look at the ids alone. No quarantine, no rescue, no ledger, no second run: what does not fit is NULL, or gone.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.jobs.done import Done, size_of
from benchmarks.jobs.rows import count_rows
from benchmarks.plan import BLOCKS, Nested, Plan, Planned, nest, read_plan, type_of
from loaders.transform.names import event_table
from loaders.transform.names import name as make_name
from loaders.transform.standard_columns import HOME_TABLES, OURS, standard_columns

SQL: Final = Path(__file__).parents[1] / "sql"
_ENVELOPE: Final = {
    **dict.fromkeys(
        ("type", "event", "messageId", "anonymousId", "userId", "groupId", "previousId", "name"), "VARCHAR"
    ),
    **dict.fromkeys(("channel", "request_ip"), "VARCHAR"),
    **dict.fromkeys(("originalTimestamp", "sentAt", "timestamp", "receivedAt"), "TIMESTAMPTZ"),
    **dict.fromkeys(BLOCKS, "JSON"),
}
_HAPPENED: Final = 'coalesce("timestamp", "receivedAt" - ("sentAt" - "originalTimestamp"), "receivedAt")'
_STANDARD: Final = {
    "id": '"messageId"',
    "anonymous_id": "nullif(\"anonymousId\", '')",
    "user_id": "nullif(\"userId\", '')",
    "sent_at": '"sentAt"',
    "timestamp": _HAPPENED,
    "received_at": '"receivedAt"',
    "original_timestamp": '"originalTimestamp"',
    "channel": "channel",
    "context_ip": "coalesce(context.ip, request_ip)",
    "context_request_ip": "request_ip",
    "context_passed_ip": "context.ip",
    "event_text": "event",
    "name": "name",
    "group_id": '"groupId"',
    "previous_id": '"previousId"',
}
_OURS: Final = {
    "event_date": f"({_HAPPENED} AT TIME ZONE 'UTC')::DATE",
    "uuid_ts": "now()",
    "_archive_hour": "archive_hour",
    "_fingerprint": 'hash("messageId")',
    "_rescued": "NULL::VARCHAR",
}


def run(archive: Path, work: Path) -> Done:
    """Lines are not counted by DuckDB: those it read are all that are JSON."""
    plan = read_plan(archive)
    file = work / "plain.duckdb"
    with duckdb.connect(str(file), config={"threads": len(os.sched_getaffinity(0))}) as connection:
        connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        connection.execute(f"SET temp_directory = {_text(work / 'spill')}")
        connection.execute(_read_sql("read", files=_files(archive), columns=_columns(plan)))
        connection.execute(_read_sql("deduplicate"))
        events = _name_events(connection)
        connection.execute("BEGIN")
        for table, columns in plan.items():
            connection.execute(_table(table, columns, events))
        connection.execute(_read_sql("users", columns=_latest(plan["identifies"])))
        connection.execute("COMMIT; DROP TABLE raw")
    rows = count_rows(file, "main")
    return Done(int(json.loads((archive / "archive.json").read_text())["events"]), rows, size_of(file))


def _files(archive: Path) -> str:
    return _text(archive / "rudder-logs" / "**" / "*.json.gz")


def _columns(plan: Plan) -> str:
    """The envelope, and the context of all tables as one struct."""
    context = nest([column for columns in plan.values() for column in columns], "context") | {"ip": "VARCHAR"}
    members = {**_ENVELOPE, "context": _struct(context)}
    return "{" + ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in members.items()) + "}"


def _struct(nested: Nested) -> str:
    members = (f"{_name(key)} {_struct(kind) if isinstance(kind, dict) else kind}" for key, kind in nested.items())
    return f"STRUCT({', '.join(members)})"


def _name_events(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Event table -> the names of its events."""
    names: dict[str, list[str]] = {}
    for (event,) in connection.execute("SELECT DISTINCT event FROM raw WHERE type = 'track'").fetchall():
        names.setdefault(event_table(make_name(event or "")), []).append(event)
    return names


def _table(table: str, columns: list[Planned], events: dict[str, list[str]]) -> str:
    kind = type_of(table)
    home = table in HOME_TABLES.values()
    named = {**_STANDARD, "event": _case(events) if home else _text(table)}
    expressions = {name: named[name] for name in standard_columns(kind)}
    structs = ""
    for block in BLOCKS:
        if nested := nest(columns, block):
            structs += f", json_transform({_name(block)}, {_text(json.dumps(nested))}) AS {_name(block + '_struct')}"
    for column in columns:
        block = column.path[0] if column.path[0] == "context" else f"{column.path[0]}_struct"
        expressions.setdefault(column.name, ".".join(map(_name, (block, *column.path[1:]))))
    expressions |= {name: _OURS[name] for name in OURS}
    rows = f"type = {_text(kind)}" + (
        "" if home else f" AND event IN ({', '.join(map(_text, events.get(table, ()))) or 'NULL'})"
    )
    selected = ", ".join(f"{expression} AS {_name(name)}" for name, expression in expressions.items())
    return _read_sql("table", table=_name(table), columns=selected, structs=structs, rows=rows)


def _case(events: dict[str, list[str]]) -> str:
    """Event name -> table, by a look into a map."""
    pairs = [(event, table) for table, names in events.items() for event in names]
    keys, values = ", ".join(_text(event) for event, _ in pairs), ", ".join(_text(table) for _, table in pairs)
    return f"MAP([{keys}], [{values}])[event]"


def _latest(columns: list[Planned]) -> str:
    clocks = ["received_at", "sent_at", "timestamp", "original_timestamp", "context_ip", "context_request_ip"]
    names = [*clocks, "context_passed_ip", *(column.name for column in columns)]
    return ", ".join(f'arg_max({_name(name)}, "timestamp") AS {_name(name)}' for name in dict.fromkeys(names))


def _read_sql(statement: str, **values: str) -> str:
    text = (SQL / f"{statement}.sql").read_text()
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
