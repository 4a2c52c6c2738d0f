"""Tracking plans of Segment and RudderStack as contracts, a JSON Schema per event.

Segment: the rules of the Public API (`{"data": {"rules": [{"type", "key", "jsonSchema"}]}}`), and the form before it
(`{"rules": {"events": [{"name", "rules"}], "identify", "group", "global"}}`). RudderStack: the events of the Data
Catalog API (`{"events": [{"name", "eventType", "identitySection", "rules"}]}`), with `rules` as a schema, or with their
`properties` as a list.

Covered by tests/pipeline/contracts/test_plans.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from loaders.transform.selection import TYPES

_DRAFT_7: Final = "http://json-schema.org/draft-07/schema#"
_COMMON: Final = "COMMON"
SECTIONS: Final = {"properties": ("properties",), "traits": ("traits",), "context.traits": ("context", "traits")}


@dataclass(frozen=True)
class PlannedEvent:
    """An event of a tracking plan: its schema is of the whole event."""

    type: str
    event: str | None
    schema: Mapping[str, Any]
    version: int = 1


@dataclass(frozen=True)
class VendorPlan:
    """The events of a tracking plan, and what of it was left out, with the reasons."""

    product: str
    events: tuple[PlannedEvent, ...]
    left_out: tuple[str, ...] = ()


def read_plan(document: object) -> VendorPlan | None:
    """Return the events of a tracking plan, or None for a document that is none that is known.

    Of several versions of an event the newest counts.
    """
    if isinstance(document, list):
        document = {"rules": document} if _has(document, "jsonSchema") else {"events": document}
    if not isinstance(document, Mapping):
        return None
    inner = document.get("data", document)
    if isinstance(inner, list):
        inner = {"events": inner}
    inner = inner.get("trackingPlan", inner) if isinstance(inner, Mapping) else {}
    rules, events = inner.get("rules"), inner.get("events")
    if isinstance(rules, list) and _has(rules, "jsonSchema"):
        return _newest("Segment", _read_rules(rules))
    if isinstance(rules, Mapping) and isinstance(rules.get("events"), list):
        if _has(rules["events"], "eventType"):
            return _newest("RudderStack", _read_events(rules["events"]))
        return _newest("Segment", _read_former_rules(rules))
    if isinstance(events, list) and (_has(events, "eventType") or _has(events, "rules")):
        return _newest("RudderStack", _read_events(events))
    if "eventType" in inner:
        return _newest("RudderStack", _read_events([inner]))
    return None


def _has(items: list[Any], member: str) -> bool:
    return any(isinstance(item, Mapping) and member in item for item in items)


def _newest(product: str, found: Iterator[PlannedEvent | str]) -> VendorPlan:
    events: dict[tuple[str, str | None], PlannedEvent] = {}
    left_out: list[str] = []
    common: list[Mapping[str, Any]] = []
    for item in found:
        if isinstance(item, str):
            left_out.append(item)
        elif item.type == _COMMON:
            common.append(item.schema)
        elif (known := events.get((item.type, item.event))) is None or known.version <= item.version:
            events[item.type, item.event] = item
    planned = [replace(event, schema=_join(event.schema, common)) for event in events.values()]
    if common and not planned:
        left_out.append("the rule of all events: there is no event that it could be joined with")
    return VendorPlan(product, tuple(planned), tuple(left_out))


def _join(schema: Mapping[str, Any], common: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {**schema, "allOf": [*schema.get("allOf", []), *common]} if common else schema


def _read_rules(rules: list[Any]) -> Iterator[PlannedEvent | str]:
    for number, rule in enumerate(rules):
        kind = str(rule.get("type", "")).upper() if isinstance(rule, Mapping) else ""
        schema = rule.get("jsonSchema") if isinstance(rule, Mapping) else None
        if not isinstance(schema, Mapping):
            yield f"rule {number}: it has no jsonSchema"
        elif kind == _COMMON:
            yield PlannedEvent(_COMMON, None, {name: value for name, value in schema.items() if name != "$schema"})
        else:
            yield plan_event(kind.lower(), rule.get("key"), schema, rule.get("version"), f"rule {number}")


def _read_former_rules(rules: Mapping[str, Any]) -> Iterator[PlannedEvent | str]:
    for number, event in enumerate(rules["events"]):
        schema = event.get("rules") if isinstance(event, Mapping) else None
        if isinstance(schema, Mapping):
            yield plan_event("track", event.get("name"), schema, event.get("version"), f"event {number}")
        else:
            yield f"event {number}: it has no rules"
    for kind in ("identify", "group"):
        if rules.get(kind):
            yield plan_event(kind, None, rules[kind], None, kind)
    shared = rules.get("global")
    if isinstance(shared, Mapping) and shared.get("properties"):
        yield PlannedEvent(_COMMON, None, {name: value for name, value in shared.items() if name != "$schema"})


def _read_events(events: list[Any]) -> Iterator[PlannedEvent | str]:
    for number, event in enumerate(events):
        if not isinstance(event, Mapping):
            yield f"event {number}: it is no object"
            continue
        section = SECTIONS.get(event.get("identitySection") or "properties", ("properties",))
        schema = event.get("rules")
        if not isinstance(schema, Mapping):
            schema = _schema_of_list(event, section)
        elif "properties" not in schema.get("properties", {}) and _names_values(schema):
            schema = wrap_section(schema, section)
        kind = str(event.get("eventType", "track")).lower()
        yield plan_event(kind, event.get("name"), schema, event.get("version"), f"event {number}")


def _names_values(schema: Mapping[str, Any]) -> bool:
    """Return whether a schema is of the properties alone: it names none of the event's own objects."""
    return not schema.get("properties", {}).keys() & {"properties", "traits", "context"}


def wrap_section(schema: Mapping[str, Any], section: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the schema of an event whose object at a path has this schema."""
    for member in reversed(section):
        schema = {"type": "object", "properties": {member: schema}, "required": [member]}
    return schema


def _schema_of_list(event: Mapping[str, Any], section: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the schema of an event whose properties are a list of names: which must be there, which may."""
    return wrap_section(_object_of(event), section)


def _object_of(node: Mapping[str, Any]) -> dict[str, Any]:
    listed = [one for one in node.get("properties") or [] if isinstance(one, Mapping) and one.get("name")]
    return {
        "type": "object",
        "properties": {str(one["name"]): _value_of(one) for one in listed},
        "required": [str(one["name"]) for one in listed if one.get("required")],
        "additionalProperties": bool(node.get("additionalProperties", True)),
    }


def _value_of(one: Mapping[str, Any]) -> dict[str, Any]:
    if one.get("properties"):
        return _object_of(one)
    kinds = [kind.strip() for kind in str(one.get("type") or "").split(",") if kind.strip()]
    config = one.get("config") or one.get("propConfig") or {}
    more = {name: value for name, value in config.items() if name in _CONFIG}
    return {**({"type": kinds if len(kinds) > 1 else kinds[0]} if kinds else {}), **more}


_CONFIG: Final = frozenset(
    {"enum", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
)


def plan_event(kind: str, name: object, schema: Mapping[str, Any], version: object, where: str) -> PlannedEvent | str:
    """Return an event of a plan, or why it is none that has a contract."""
    if kind not in TYPES:
        return f"{where}: {kind!r} is no type of event"
    if kind == "track" and (not isinstance(name, str) or not name):
        return f"{where}: a track without a name"
    whole = {**({} if "$schema" in schema else {"$schema": _DRAFT_7}), **schema}
    if whole.get("additionalProperties") is False:
        whole["additionalProperties"] = True  # it closes the event itself, which has members of the transport
    number = version if isinstance(version, int) else 1
    return PlannedEvent(kind, str(name) if kind == "track" else None, whole, number)
