"""Snowplow's enriched events: lines of 131 columns as events of the envelope (ADR 0011)."""

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
"""Member of the envelope -> the columns it is taken from: the first that is filled."""

_PROPERTIES: Final = {"struct": "se_", "page_ping": "pp_", "transaction": "tr_", "transaction_item": "ti_"}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SCHEMA: Final = re.compile(r'"iglu:([^/"\\]+)/([^/"\\]+)/[^/"\\]+/([0-9]+)(?:-[0-9]+)*"')


def read_enriched(line: bytes) -> bytes | Refusal:
    """The event of a line as JSON text of the envelope; refused where it has not as many columns as there are."""
    try:
        columns = line.decode().split("\t")
    except UnicodeDecodeError as error:
        return Refusal("invalid_utf8", f"{error.reason} at byte {error.start}")
    if not FEWEST <= len(columns) <= len(FIELDS):
        return Refusal("invalid_tsv", f"{len(columns)} columns, not {len(FIELDS)}")
    filled = zip(FIELDS[: len(columns)], columns, strict=True)
    return write_event({name: write_value(name, write_text(text)) for name, text in filled if text})


def write_value(column: str, sent: str) -> str:
    """A column's value, sent as a text (JSON text), as JSON text of its kind; a text that is none of it stays one."""
    inner = sent[1:-1]
    if column in NUMBERS and _NUMBER.fullmatch(inner):
        return inner
    if column in FLAGS and inner in ("0", "1"):
        return "true" if inner == "1" else "false"
    return sent


def write_event(columns: Mapping[str, str]) -> bytes:
    """The event of filled columns (JSON texts) in our envelope: what has no place there is in `context`."""
    left = dict(columns)
    event: dict[str, str] = {}
    for member, places in _ENVELOPE.items():
        place = next((place for place in places if place in left), None)
        if place is not None:
            event[member] = left.pop(place)
    kind = left.get("event", '""')
    if kind == '"page_view"':
        event["type"] = '"page"'
    elif kind != '""':
        event |= {"type": '"track"', **_read_track(kind, left)}
    event["context"] = join_members(left | _take_entities(left))
    return join_members(event).encode()


def _read_track(kind: str, left: dict[str, str]) -> dict[str, str]:
    """Name and properties of a track; they are taken out of `left`."""
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
    """Entities by the name of their schema: the one there is, or an array of several; taken out of `left`."""
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
    """Name and data of self-describing JSON; the name is vendor, name and model of its schema, as loaders have it."""
    members = members_of(text) or {}
    schema = _SCHEMA.fullmatch(members.get("schema", ""))
    if schema is None or "data" not in members:
        return None
    vendor, name, model = schema.groups()
    snake = re.sub(r"([^A-Z_])([A-Z])", r"\1_\2", name)
    return re.sub(r"[.-]", "_", f"{vendor}_{snake}_{model}").lower(), members["data"]
