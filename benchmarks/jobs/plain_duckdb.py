"""Plain DuckDB: the same tables from one `read_json` over all files, as a good hand-written job would make them.

Everything is known to be clean and to fit in memory: no hours, no quarantine, no rescue, no ledger, no second run.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from event_assets.tables.columns import HOME_TABLES, OURS, standard_columns
from event_assets.tables.names import event_table
from event_assets.tables.names import name as make_name

_ENVELOPE = {
    **dict.fromkeys(
        ("type", "event", "messageId", "anonymousId", "userId", "groupId", "previousId", "name"), "VARCHAR"
    ),
    **dict.fromkeys(("channel", "request_ip"), "VARCHAR"),
    **dict.fromkeys(("originalTimestamp", "sentAt", "timestamp", "receivedAt"), "TIMESTAMPTZ"),
    **dict.fromkeys(("context", "properties", "traits", "userProperties"), "JSON"),
}
_STANDARD = {
    "id": '"messageId"',
    "anonymous_id": "nullif(\"anonymousId\", '')",
    "user_id": "nullif(\"userId\", '')",
    "sent_at": '"sentAt"',
    "timestamp": '"timestamp"',
    "received_at": '"receivedAt"',
    "original_timestamp": '"originalTimestamp"',
    "channel": '"channel"',
    "context_ip": "coalesce(passed_ip, request_ip)",
    "context_request_ip": "request_ip",
    "context_passed_ip": "passed_ip",
    "event": "event_table",
    "event_text": '"event"',
    "name": '"name"',
    "group_id": '"groupId"',
    "previous_id": '"previousId"',
}
_OURS = {
    "event_date": "(\"timestamp\" AT TIME ZONE 'UTC')::DATE",
    "uuid_ts": "now()",
    "_archive_hour": "archive_hour",
    "_fingerprint": 'hash("messageId")',
    "_rescued": "NULL::VARCHAR",
}
_TYPES = {"VARCHAR": "VARCHAR", "BOOLEAN": "BOOLEAN", "UBIGINT": "BIGINT", "BIGINT": "BIGINT", "DOUBLE": "DOUBLE"}
_BLOCKS = {"identify": ("traits", "userProperties"), "group": ("traits",), "alias": ("traits",), "track": ()}


def run(archive: Path, work: Path) -> int:
    """Events in the home tables."""
    with duckdb.connect(str(work / "plain.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        connection.execute(f"SET temp_directory = '{work / 'spill'}'")
        _read_events(connection, archive)
        tables = _name_tables(connection)
        events = 0
        for event_type, home in HOME_TABLES.items():
            context = _flatten_context(connection, event_type)
            blocks = _BLOCKS.get(event_type, ("properties", "userProperties"))
            events += _write_table(connection, home, event_type, "true", context, blocks)
            for table in tables if event_type == "track" else ():
                where = f"event_table = '{table}'"
                _write_table(connection, table, event_type, where, context, ("properties", "userProperties"))
            connection.execute("DROP TABLE typed")
        connection.execute(
            "CREATE TABLE users AS SELECT * EXCLUDE (id, anonymous_id, user_id, channel), user_id AS id "
            "FROM identifies WHERE user_id IS NOT NULL "
            'QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY "timestamp" DESC) = 1'
        )
        connection.execute("DROP TABLE names; DROP TABLE raw")
    return events


def _read_events(connection: duckdb.DuckDBPyConnection, archive: Path) -> None:
    """One table of all events, the newest copy of each id; context and properties still JSON."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _ENVELOPE.items())
    connection.execute(
        f"""
        CREATE TEMP TABLE raw AS
        WITH lines AS (
            SELECT * EXCLUDE (filename),
                date_trunc('hour', to_timestamp(regexp_extract(filename, '(\\d+)\\.[^/]*$', 1)::BIGINT)) AS archive_hour
            FROM read_json('{archive}/rudder-logs/**/*.json.gz', format = 'newline_delimited', compression = 'gzip',
                columns = {{{columns}}}, filename = true)
        )
        SELECT * FROM lines
        QUALIFY row_number() OVER (PARTITION BY type, "messageId" ORDER BY "receivedAt" DESC) = 1
        """
    )


def _name_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Which table each event name has; the tables."""
    found = connection.execute("SELECT DISTINCT event FROM raw WHERE type = 'track'").fetchall()
    tables = {event: event_table(make_name(event)) for (event,) in found}
    connection.execute("CREATE TEMP TABLE names (event VARCHAR, event_table VARCHAR)")
    connection.executemany("INSERT INTO names VALUES (?, ?)", list(tables.items()))
    return sorted(set(tables.values()))


def _flatten_context(connection: duckdb.DuckDBPyConnection, event_type: str) -> list[str]:
    """The events of one type as table `typed`, their context as columns; the names of these."""
    where = f"type = '{event_type}'"
    structure = _see_structure(connection, "context", f"raw WHERE {where}")
    columns = _name_leaves("context", structure, prefix=("context",))
    plan = json.dumps(_plan(structure))
    flat = ", ".join(f'{expression} AS "{name}"' for name, expression in columns.items())
    connection.execute(
        f"""
        CREATE TEMP TABLE typed AS
        SELECT * EXCLUDE (context, context_struct), context ->> 'ip' AS passed_ip, {flat}
        FROM (
            SELECT raw.*, event_table, json_transform(context, '{plan}') AS context_struct
            FROM raw LEFT JOIN names ON raw.event = names.event
            WHERE {where}
        )
        """
    )
    return [name for name in columns if name != "context_ip"]


def _write_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    event_type: str,
    where: str,
    context: list[str],
    blocks: tuple[str, ...],
) -> int:
    """One table: standard columns, context, and what the JSON of its rows brings, each with the type DuckDB sees."""
    columns = {name: _STANDARD[name] for name in standard_columns(event_type)}
    columns |= {name: f'"{name}"' for name in context}
    structs = ["*"]
    for block in blocks:
        structure = _see_structure(connection, block, f"typed WHERE {where}")
        if structure:
            structs.append(f'json_transform("{block}", \'{json.dumps(_plan(structure))}\') AS "{block}_struct"')
            columns = _name_leaves(block, structure) | columns
    columns |= {name: _OURS[name] for name in OURS}
    selected = ", ".join(f'{expression} AS "{name}"' for name, expression in columns.items())
    source = f"SELECT {', '.join(structs)} FROM typed WHERE {where}"
    connection.execute(f'CREATE TABLE "{table}" AS SELECT {selected} FROM ({source})')
    (rows,) = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone() or (0,)
    return int(rows)


def _see_structure(connection: duckdb.DuckDBPyConnection, block: str, rows: str) -> dict[str, object]:
    """Keys and types of a block over all these rows."""
    (text,) = connection.execute(f'SELECT json_group_structure("{block}") FROM {rows}').fetchone() or (None,)
    structure = json.loads(text) if text else None
    return structure if isinstance(structure, dict) else {}


def _name_leaves(block: str, structure: dict[str, object], prefix: tuple[str, ...] = ()) -> dict[str, str]:
    """Column -> where its value stands in the block's struct."""
    return {
        make_name("_".join((*prefix, *path))): ".".join(f'"{part}"' for part in (f"{block}_struct", *path))
        for path in _find_leaves(structure)
    }


def _plan(structure: dict[str, object]) -> dict[str, object]:
    """What `json_transform` is asked for: objects as structs, arrays as their text."""
    return {
        name: _plan(kind) if isinstance(kind, dict) else _TYPES.get(str(kind), "VARCHAR")
        for name, kind in structure.items()
    }


def _find_leaves(structure: dict[str, object]) -> Iterator[tuple[str, ...]]:
    for name, kind in structure.items():
        if isinstance(kind, dict):
            for path in _find_leaves(kind):
                yield (name, *path)
        else:
            yield (name,)
