"""Checks single events by the library, and describes their violations without a value of theirs.

Nothing is fetched: a reference to another document is refused when the schema is compiled. Patterns run on a linear
engine, and those that need more are refused.

Covered by tests/loaders/transform/contracts/test_exact.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from loaders.formats.json_values import Json, Number, read
from loaders.transform.contracts.contract import EventContract
from loaders.transform.contracts.decidable import UNDECIDED
from loaders.transform.placement import BLOCK_COLUMNS

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

OWN_BLOCKS: Final[Mapping[str, frozenset[str]]] = {
    "track": frozenset({"context", "properties"}),
    "page": frozenset({"context", "properties"}),
    "screen": frozenset({"context", "properties"}),
    "identify": frozenset({"context", "traits"}),
    "group": frozenset({"context", "traits"}),
    "alias": frozenset({"context"}),
}
"""Members that an event of a type always has: an empty object if none was sent."""
TEXTS: Final[Mapping[str, str]] = {
    "type": "type", "event": "event", "name": "name", "messageId": "id", "userId": "user_id",
    "anonymousId": "anonymous_id", "groupId": "group_id", "previousId": "previous_id", "channel": "channel",
}  # fmt: skip
"""Member of the event that is a text -> column of the lake."""
CLOCKS: Final[Mapping[str, str]] = {
    "timestamp": "timestamp", "receivedAt": "received_at", "sentAt": "sent_at",
    "originalTimestamp": "original_timestamp",
}  # fmt: skip
MOST_PROBLEMS: Final = 20
"""Problems of one event that are reported."""
_CUT: Final = 200
_PATTERN_BYTES: Final = 1 << 20
_LIMITS: Final[Mapping[str, str]] = {
    "minimum": "is less than {}", "maximum": "is more than {}", "exclusiveMinimum": "is not more than {}",
    "exclusiveMaximum": "is not less than {}", "minLength": "is shorter than {}", "maxLength": "is longer than {}",
    "minItems": "has fewer items than {}", "maxItems": "has more items than {}", "multipleOf": "is no multiple of {}",
    "pattern": "does not match {}", "const": "is not {}",
}  # fmt: skip


class SchemaError(Exception):
    """A schema that cannot be used: `pointer` is the position in it, keys from its root."""

    def __init__(self, problem: str, pointer: tuple[str | int, ...] = ()) -> None:
        """Store the problem and its position."""
        super().__init__(problem)
        self.problem = problem
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an event: the path from its root, array items as ``[]``, and a text without a value of it."""

    path: str
    problem: str


def require_valid(contract: EventContract) -> None:
    """Compile the schema of a contract. Raises SchemaError."""
    _validator(contract.text)


@lru_cache(maxsize=4_096)
def _validator(schema: str) -> Validator:
    import jsonschema_rs as library  # most commands check nothing

    document = msgspec.json.decode(schema)
    try:
        return library.validator_for(
            document,
            offline=True,
            validate_formats=False,
            pattern_options=library.RegexOptions(size_limit=_PATTERN_BYTES),
        )
    except library.ValidationError as error:
        raise SchemaError(_first_line(error.message), tuple(error.instance_path)) from None
    except (ValueError, library.ReferencingError) as error:
        raise SchemaError(_first_line(str(error))) from None


def _first_line(text: str) -> str:
    return text.splitlines()[0][:_CUT] if text else "it cannot be compiled"


def find_problems(contract: EventContract, row: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with a row of the lake, without repetitions; empty if the schema holds."""
    validator = _validator(contract.text)
    event = event_of(row, _used_members(contract.text))
    if validator.is_valid(event):
        return []
    found: dict[Problem, None] = {}
    for error in validator.iter_errors(event):
        found.update(dict.fromkeys(_problems(error)))
        if len(found) >= MOST_PROBLEMS:
            break
    return list(found)[:MOST_PROBLEMS] or [Problem("", "does not satisfy the schema")]


@lru_cache(maxsize=4_096)
def _used_members(schema: str) -> frozenset[str] | None:
    """Return the members of the event that decide a schema, or None for all."""
    document: object = msgspec.json.decode(schema)
    if not isinstance(document, dict) or document.keys() & {*UNDECIDED, "enum", "const", "additionalProperties"}:
        return None
    return frozenset(document.get("properties", {})) | frozenset(document.get("required", ()))


def event_of(row: Mapping[str, Any], used: frozenset[str] | None = None) -> dict[str, Any]:
    """Return the event of a row of the lake, or those of its members that are used."""
    event: dict[str, Any] = {
        member: row[column]
        for member, column in TEXTS.items()
        if row[column] is not None and (used is None or member in used)
    }
    for member, column in CLOCKS.items():
        if row[column] is not None and (used is None or member in used):
            event[member] = _instant(row[column])
    own = OWN_BLOCKS[row["type"]]
    for member, column in BLOCK_COLUMNS.items():
        if (row[column] is not None or member in own) and (used is None or member in used):
            event[member] = _read_object(row[column] or "{}")
    return event


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _read_object(text: str) -> Any:  # noqa: ANN401  any JSON value
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, ValueError):  # lone surrogates, or a number beyond float64
        return _plain(read(text))


def _plain(value: Json) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(value, dict):
        return {_storable(key): _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Number):
        return Decimal(str(value)) if set(value) & set(".eE") else int(value)
    return _storable(value) if isinstance(value, str) else value


def _storable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _problems(error: ValidationError) -> Iterator[Problem]:
    """Yield the problems of an error of the library: one for every member that is missing or not allowed."""
    kind, values = error.kind.name, error.kind.as_dict()
    if kind == "required":
        yield Problem(_path((*error.instance_path, str(values["property"]))), "is missing")
    elif kind in {"additionalProperties", "unevaluatedProperties"}:
        for name in values["unexpected"][:MOST_PROBLEMS]:
            yield Problem(_path((*error.instance_path, str(name))), "is not in the schema")
    else:
        yield Problem(_path(tuple(error.instance_path)), _describe(kind, values, error))


def _describe(kind: str, values: Mapping[str, Any], error: ValidationError) -> str:
    if kind == "type":
        return f"is {_kind_of(error.instance)}, not {' or '.join(sorted(map(str, _types(values))))}"
    if kind == "falseSchema":
        closed = error.schema_path[-1:] == ["additionalProperties"]
        return "has a member that is not in the schema" if closed else "is not allowed"
    if kind == "enum":
        return "is none of the listed values"
    if kind in _LIMITS:
        return _LIMITS[kind].format(_limit(values))[:_CUT]
    return f"does not satisfy {kind}"


def _types(values: Mapping[str, Any]) -> list[Any]:
    found = values.get("types", values.get("type", []))
    return found if isinstance(found, list) else [found]


def _limit(values: Mapping[str, Any]) -> object:
    return next(iter(values.values()), "")


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, str):
        return "a string"
    return "an integer" if isinstance(value, int) else "a number"


def _path(keys: tuple[str | int, ...]) -> str:
    """Return a path in the form `properties.products[].sku`, cut at 200 characters."""
    path = ""
    for key in keys:
        path += "[]" if isinstance(key, int) else f".{_storable(key)}" if path else _storable(key)
    return path[:_CUT]
