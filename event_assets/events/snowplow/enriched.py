"""Snowplow enriched events: lines of 131 columns as events of the envelope (ADR 0011)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from event_assets.events.envelope import Refusal, write_text
from event_assets.events.json.members import elements_of, join_members, members_of, unwrap_text
from event_assets.events.snowplow.fields import FEWEST, FIELDS, FLAGS, NUMBERS

_ENVELOPE: Final = {
    "messageId": ("event_id",),
    "userId": ("user_id",),
    "anonymousId": ("domain_userid", "network_userid"),
    "receivedAt": ("collector_tstamp",),
    "originalTimestamp": ("dvce_created_tstamp",),
    "sentAt": ("dvce_sent_tstamp",),
    "timestamp": ("true_tstamp", "derived_tstamp"),
    "request_ip": ("user_ipaddress",),
    "channel": ("platform",),
}
"""Member of the envelope -> its columns: the first that is filled."""

_PROPERTIES: Final = {"struct": "se_", "page_ping": "pp_", "transaction": "tr_", "transaction_item": "ti_"}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SCHEMA: Final = re.compile(r'"iglu:([^/"\\]+)/([^/"\\]+)/[^/"\\]+/([0-9]+)(?:-[0-9]+)*"')


def read_enriched(line: bytes) -> bytes | Refusal:
    """Return the event of a line as JSON text of the envelope, or a refusal for a wrong number of columns."""
    try:
        columns = line.decode().split("\t")
    except UnicodeDecodeError as error:
        return Refusal("invalid_utf8", f"{error.reason} at byte {error.start}")
    if not FEWEST <= len(columns) <= len(FIELDS):
        return Refusal("invalid_tsv", f"{len(columns)} columns, not {len(FIELDS)}")
    filled = zip(FIELDS[: len(columns)], columns, strict=True)
    return write_event({name: write_value(name, write_text(text)) for name, text in filled if text})


def write_value(column: str, sent: str) -> str:
    """Return a column's JSON string as JSON of the column's kind, unchanged if it is not of that kind."""
    inner = sent[1:-1]
    if column in NUMBERS and _NUMBER.fullmatch(inner):
        return inner
    if column in FLAGS and inner in ("0", "1"):
        return "true" if inner == "1" else "false"
    return sent


def write_event(columns: Mapping[str, str]) -> bytes:
    """Return the event of filled columns (JSON texts) in our envelope; columns without a member are in `context`."""
    left = dict(columns)
    event: dict[str, str] = {}
    for member, columns_of_member in _ENVELOPE.items():
        column = next((column for column in columns_of_member if column in left), None)
        if column is not None:
            event[member] = left.pop(column)
    kind = left.get("event", '""')
    if kind == '"page_view"':
        event["type"] = '"page"'
    elif kind != '""':
        event |= {"type": '"track"', **_read_track(kind, left)}
    event["context"] = join_members(left | _take_entities(left))
    return join_members(event).encode()


def _read_track(kind: str, left: dict[str, str]) -> dict[str, str]:
    """Return name and properties of a track, and remove them from `left`."""
    prefix = _PROPERTIES.get(kind[1:-1])
    if prefix is not None:
        names = [name for name in left if name.startswith(prefix)]
        return {"event": kind, "properties": join_members({name: left.pop(name) for name in names})}
    described = _read_described((members_of(unwrap_text(left.get("unstruct_event", ""))) or {}).get("data", ""))
    if described is None:
        return {"event": left.get("event_name", kind)}
    del left["unstruct_event"]
    name, data = described
    return {"event": write_text(name), "properties": data}


def _take_entities(left: dict[str, str]) -> dict[str, str]:
    """Return entities by schema name, a single one or an array of several, and remove them from `left`."""
    found: dict[str, list[str]] = {}
    for column in ("contexts", "derived_contexts"):
        wrapped = (members_of(unwrap_text(left.get(column, ""))) or {}).get("data", "")
        described = [_read_described(entity) for entity in elements_of(wrapped) or [""]]
        if None in described:
            continue
        del left[column]
        for name, data in filter(None, described):
            found.setdefault(name, []).append(data)
    return {name: data[0] if len(data) == 1 else f"[{','.join(data)}]" for name, data in found.items()}


def _read_described(text: str) -> tuple[str, str] | None:
    """Return name and data of self-describing JSON, or None.

    The name is vendor, name and model of its schema, as in Snowplow's loaders.
    """
    members = members_of(text) or {}
    schema = _SCHEMA.fullmatch(members.get("schema", ""))
    if schema is None or "data" not in members:
        return None
    vendor, name, model = schema.groups()
    snake = re.sub(r"([^A-Z_])([A-Z])", r"\1_\2", name)
    return re.sub(r"[.-]", "_", f"{vendor}_{snake}_{model}").lower(), members["data"]
