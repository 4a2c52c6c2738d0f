"""Tracking plans of RudderStack as its command line keeps them: YAML files of plans, events, properties and types.

`version: rudder/v1` has the kinds `tracking-plan`, `events`, `properties` and `custom-types`, with references such as
`#property:total`; `rudder/v0.1` has `tp` for plans, and references such as `#/properties/shop/total`.

Covered by tests/pipeline/contracts/test_rudder_yaml.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from event_assets.pipeline.contracts.plans import SECTIONS, PlannedEvent, VendorPlan, plan_event, wrap_section

PLANS: Final = frozenset({"tp", "tracking-plan"})
KINDS: Final = PLANS | {"events", "properties", "custom-types", "categories"}
_LISTS: Final = {"events": "events", "properties": "properties", "custom-types": "types"}
_REFERENCE: Final = re.compile(r"#(?:/([a-z-]+)/[^/]+/|([a-z-]+):)(.+)")
_NAMED: Final = {"event": "events", "property": "properties", "custom-type": "custom-types"}
_OPEN: Final = ("additional_properties", "allow_unplanned")
_MOST: Final = 100_000
"""Properties of a plan, those of custom types counted where they are used."""
_CAMEL: Final = re.compile(r"_([a-z])")
_KEYWORDS: Final = frozenset(
    {
        *("enum", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum"),
        *("exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems"),
    }
)


class PlanError(ValueError):
    """A project that cannot be read as a whole; the message says why."""


def is_project(document: object) -> bool:
    """Return whether a document is one of a project of RudderStack's command line."""
    return (
        isinstance(document, Mapping)
        and str(document.get("version", "")).startswith("rudder/")
        and document.get("kind") in KINDS
        and isinstance(document.get("spec"), Mapping)
    )


def read_project(documents: Iterable[Mapping[str, Any]]) -> VendorPlan:
    """Return the events of all tracking plans among the documents. Raises PlanError."""
    project = _Project()
    plans: list[Mapping[str, Any]] = []
    for document in documents:
        kind, spec = document["kind"], document["spec"]
        if kind in PLANS:
            plans.append(spec)
        elif kind in _LISTS:
            for one in _mappings(spec.get(_LISTS[kind])):
                project.known[kind, str(one.get("id"))] = one
    events: dict[tuple[str, str | None], PlannedEvent] = {}
    left_out: list[str] = []
    for found in (found for plan in plans for found in _read_rules(project, plan)):
        if isinstance(found, str):
            left_out.append(found)
        elif events.setdefault((found.type, found.event), found) is not found:
            left_out.append(f"another rule of {found.event or found.type}")
    return VendorPlan("RudderStack", tuple(events.values()), tuple(left_out))


@dataclass
class _Project:
    """What has an id, by kind and id."""

    known: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    placed: int = 0

    def find(self, reference: object) -> Mapping[str, Any]:
        """Return what a reference is of. Raises KeyError with the reference."""
        found = _REFERENCE.fullmatch(str(reference))
        if found is None:
            raise KeyError(str(reference))
        kind = found[1] or _NAMED.get(found[2], "")
        try:
            return self.known[kind, found[3]]
        except KeyError:
            raise KeyError(str(reference)) from None

    def object_of(self, node: Mapping[str, Any], *, closed: bool, inside: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return the schema of an object with the properties that a node lists."""
        properties, required = self._listed(node.get("properties"), inside)
        conditions: list[dict[str, Any]] = []
        for variant in _mappings(node.get("variants")):
            conditions += self._conditions(variant, properties, inside)
        schema: dict[str, Any] = {"type": "object", "properties": properties, "required": required}
        schema |= {"allOf": conditions} if conditions else {}
        return {**schema, "additionalProperties": not closed}

    def _listed(self, listed: object, inside: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
        properties: dict[str, Any] = {}
        required: list[str] = []
        for one in _mappings(listed):
            self.placed += 1
            if self.placed > _MOST:
                raise PlanError(f"it has more than {_MOST:,} properties")
            reference = one.get("property", one.get("$ref"))
            found = self.find(reference)
            name = str(found.get("name"))
            properties[name] = self._value_of(found, one, inside)
            required += [name] if one.get("required") is True else []
        return properties, required

    def _conditions(
        self, variant: Mapping[str, Any], properties: dict[str, Any], inside: tuple[str, ...]
    ) -> Iterator[dict[str, Any]]:
        """Yield what holds for each case of a variant; its properties are allowed in every case."""
        name = str(self.find(variant.get("discriminator")).get("name"))
        cases = list(_mappings(variant.get("cases")))
        default = variant.get("default")
        default = default.get("properties") if isinstance(default, Mapping) else default
        matched = [value for case in cases for value in case.get("match") or ()]
        for values, listed, negated in (
            *((case.get("match") or [], case.get("properties"), False) for case in cases),
            (matched, default, True),
        ):
            some, required = self._listed(listed, inside)
            for key in some:
                properties.setdefault(key, {})
            holds = {"properties": some, "required": required}
            matches = {"properties": {name: {"enum": list(values)}}, "required": [name]}
            yield {"if": {"not": matches} if negated else matches, "then": holds}

    def _value_of(self, found: Mapping[str, Any], use: Mapping[str, Any], inside: tuple[str, ...]) -> dict[str, Any]:
        """Return the schema of a property where a rule or a type uses it."""
        types = found.get("types") or found.get("type")
        custom = self._custom(types, inside)
        if custom is not None:
            return custom
        kinds = _kinds(types)
        schema: dict[str, Any] = {"type": kinds if len(kinds) > 1 else kinds[0]} if kinds else {}
        config = found.get("config") or found.get("propConfig") or {}
        schema |= _keywords(config)
        items = found.get("item_types") or found.get("item_type") or config.get("itemTypes") or config.get("item_types")
        if items and "array" in kinds:
            schema["items"] = self._items(items, inside)
        if use.get("properties"):
            given = use.get("additional_properties", use.get("additionalProperties"))
            nested = self.object_of(use, closed=given is False, inside=inside)
            within = {key: value for key, value in nested.items() if key != "type"}
            schema |= {"items": nested} if "array" in kinds else within
        return schema

    def _items(self, items: object, inside: tuple[str, ...]) -> dict[str, Any]:
        listed = items if isinstance(items, list) else [items]
        custom = self._custom(listed[0], inside) if len(listed) == 1 else None
        kinds = _kinds(listed)
        return custom if custom is not None else {"type": kinds if len(kinds) > 1 else kinds[0]}

    def _custom(self, types: object, inside: tuple[str, ...]) -> dict[str, Any] | None:
        """Return the schema of a custom type; None for types of JSON."""
        if not isinstance(types, str) or not types.startswith("#"):
            return None
        if types in inside:
            raise PlanError(f"the type {types} is inside of itself")
        found, within = self.find(types), (*inside, types)
        schema = self._value_of(found, {}, within)
        if found.get("properties") or found.get("variants"):
            schema |= self.object_of(found, closed=False, inside=within)
        return schema


def _read_rules(project: _Project, plan: Mapping[str, Any]) -> Iterator[PlannedEvent | str]:
    for number, rule in enumerate(_mappings(plan.get("rules"))):
        where = f"rule {rule.get('id', number)} of {plan.get('id')}"
        if rule.get("event") is None:
            yield f"{where}: it includes rules of other plans, which are read where they are"
            continue
        event = rule["event"] if isinstance(rule["event"], Mapping) else {"$ref": rule["event"], **rule}
        is_open = any(node.get(name) is True for node in (event, rule) for name in _OPEN)
        try:
            found = project.find(event.get("$ref"))
            schema = project.object_of(rule, closed=not is_open)
        except KeyError as error:
            yield f"{where}: {error.args[0]} is not there; give the folder that has all files of the project"
            continue
        kind = str(found.get("event_type", "track")).lower()
        section = event.get("identity_section") or ("traits" if kind in {"identify", "group"} else "properties")
        whole = wrap_section(schema, SECTIONS.get(str(section), ("properties",)))
        yield plan_event(kind, found.get("name"), whole, None, where)


def _mappings(listed: object) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in listed if isinstance(one, Mapping)) if isinstance(listed, list) else ()


def _kinds(types: object) -> list[str]:
    listed = types if isinstance(types, list) else str(types or "").split(",")
    return [kind for one in listed if (kind := str(one).strip())]


def _keywords(config: object) -> dict[str, Any]:
    """Return the keywords of JSON Schema; `min_length` is `minLength`."""
    if not isinstance(config, Mapping):
        return {}
    named = {_CAMEL.sub(lambda found: found[1].upper(), str(name)): value for name, value in config.items()}
    return {name: value for name, value in named.items() if name in _KEYWORDS}
