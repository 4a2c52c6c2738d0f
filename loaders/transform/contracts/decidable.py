"""What columns can decide of a JSON Schema: kinds, required members, ranges, texts, and members that are not allowed.

Covered by tests/loaders/transform/contracts/test_proof.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import polars as pl

Kind = str
"""``string``, ``number``, ``integer``, ``boolean``, ``object`` or ``array``."""

KINDS: Final = frozenset({"string", "number", "integer", "boolean", "object", "array"})
NUMERIC: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
TEXTUAL: Final = frozenset({"minLength", "maxLength", "pattern"})
LENGTHS: Final = frozenset({"minItems", "maxItems"})
UNDECIDED: Final = frozenset(
    {
        *("$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"),
        *("dependentSchemas", "dependentRequired", "dependencies", "prefixItems", "additionalItems", "contains"),
        *("minContains", "maxContains", "uniqueItems", "patternProperties", "propertyNames", "minProperties"),
        *("maxProperties", "unevaluatedItems", "unevaluatedProperties", "multipleOf"),
    }
)
"""Keywords that columns do not decide. What is in no list allows and forbids nothing: `title`, `format`, `labels`."""
APPLICABLE: Final[Mapping[str, frozenset[str]]] = {
    "string": TEXTUAL, "number": NUMERIC, "integer": NUMERIC, "array": LENGTHS,
}  # fmt: skip
STRUCTURAL: Final = frozenset({"type", "properties", "required", "additionalProperties", "items", "enum", "const"})
_VALUES: Final = NUMERIC | TEXTUAL | LENGTHS
_EXACT: Final = 1 << 53


class Undecidable(Exception):
    """Columns cannot decide a schema: its events are checked one by one."""


@dataclass(frozen=True)
class Members:
    """What an object has to be: the checks of its members, those that it must have, and whether others may be there."""

    checks: Mapping[str, Check] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    closed: bool = False

    @cached_property
    def infers(self) -> bool:
        """Whether members without a kind have to be read: those of closed objects, and required ones."""
        untyped = any(name not in self.checks or not self.checks[name].readable for name in self.required)
        return self.closed or untyped or any(check.infers for check in self.checks.values())

    @cached_property
    def has_arrays(self) -> bool:
        """Whether a member, at any depth, is an array."""
        return any(check.has_arrays for check in self.checks.values())

    @cached_property
    def null_refusing(self) -> frozenset[str]:
        """The names of members, at any depth, that may not be null."""
        own = {name for name, check in self.checks.items() if check.kind and not check.nullable}
        below = [check.members.null_refusing for check in self.checks.values() if check.members]
        return frozenset(own).union(*below)


@dataclass(frozen=True)
class Check:
    """What a value has to be; without a kind it may be anything."""

    kind: Kind | None = None
    nullable: bool = False
    rules: Mapping[str, Any] = field(default_factory=dict)
    members: Members | None = None
    items: Check | None = None

    @property
    def readable(self) -> bool:
        """Whether its kind alone gives the column's type."""
        return self.kind is not None and (self.kind != "array" or self._reads_items)

    @property
    def _reads_items(self) -> bool:
        return self.items is not None and self.items.readable

    @property
    def infers(self) -> bool:
        """Whether it has to be read without knowing the column's type."""
        if self.kind == "array":
            return not self._reads_items or (self.items is not None and self.items.infers)
        return self.members is not None and self.members.infers

    @property
    def has_arrays(self) -> bool:
        """Whether it is or has an array."""
        return self.kind == "array" or (self.members is not None and self.members.has_arrays)


def read_members(schema: Mapping[str, Any]) -> Members:
    """Return what columns check of an object's schema. Raises Undecidable."""
    extra = schema.get("additionalProperties", True)
    if not isinstance(extra, bool) and extra != {}:
        raise Undecidable
    members = schema.get("properties", {})
    return Members(
        {name: read_check(member) for name, member in members.items()},
        frozenset(schema.get("required", ())),
        closed=extra is False,
    )


def read_check(schema: Any) -> Check:  # noqa: ANN401  any JSON value
    """Return what columns check of a value's schema. Raises Undecidable."""
    if schema is True:
        return Check()
    if not isinstance(schema, Mapping):
        raise Undecidable
    if schema.keys() & UNDECIDED:
        raise Undecidable
    used = {name: value for name, value in schema.items() if name in STRUCTURAL | _VALUES}
    if not used:
        return Check()
    kind, nullable = _read_kind(used)
    rules = _read_rules(kind, used)
    nullable = nullable and None in used.get("enum", [None]) and "const" not in used
    if kind == "object":
        return Check(kind, nullable, rules, read_members(used))
    if used.keys() & {"properties", "required", "additionalProperties"}:
        raise Undecidable
    if kind == "array":
        return Check(kind, nullable, rules, items=read_check(used["items"]) if "items" in used else None)
    if "items" in used:
        raise Undecidable
    return Check(kind, nullable, rules)


def _read_kind(used: Mapping[str, Any]) -> tuple[Kind, bool]:
    types = used.get("type")
    if types is None:
        return _kind_of_values(used), False
    names = {types} if isinstance(types, str) else set(types)
    kinds = names - {"null"}
    if len(kinds) != 1 or not kinds <= KINDS:
        raise Undecidable
    return kinds.pop(), "null" in names


def _kind_of_values(used: Mapping[str, Any]) -> Kind:
    values = _listed(used)
    if values and all(isinstance(value, str) for value in values):
        return "string"
    raise Undecidable


def _listed(used: Mapping[str, Any]) -> list[Any] | None:
    """Return the only values that a value may be, or None if none are listed."""
    if "enum" in used and "const" in used:
        raise Undecidable
    values: list[Any] | None = used.get("enum", [used["const"]] if "const" in used else None)
    return values


def _read_rules(kind: Kind, used: Mapping[str, Any]) -> dict[str, Any]:
    rules = {name: used[name] for name in used.keys() & _VALUES}
    if rules.keys() - APPLICABLE.get(kind, frozenset()):
        raise Undecidable  # it is no rule for this kind, which is more to explain than it is worth
    if any(isinstance(rules.get(name), bool) or abs(rules.get(name, 0)) >= _EXACT for name in NUMERIC):
        raise Undecidable
    values = _listed(used)
    if values is not None:
        rules["enum"] = _read_values(kind, values)
    if "pattern" in rules:
        _require_pattern(rules["pattern"])
    return rules


def _read_values(kind: Kind, values: list[Any]) -> list[Any]:
    """Return the values of the kind; others of the list can be no value of it, but for null."""
    if kind == "string":
        return [value for value in values if isinstance(value, str)]
    if kind in {"integer", "number"}:
        numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
        if any(abs(number) >= _EXACT for number in numbers):
            raise Undecidable
        return [float(number) for number in numbers]
    raise Undecidable


def _require_pattern(pattern: str) -> None:
    """Raise Undecidable for a pattern that polars does not know; of those it knows, ASCII texts match alike."""
    try:
        pl.Series([""], dtype=pl.String()).str.contains(pattern)
    except pl.exceptions.PolarsError:
        raise Undecidable from None
