"""The settings `include` and `exclude` of a source: events by type, name, user, the values at paths, and bots.

Covered by tests/config/governance/test_selection.py.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from event_assets.config.declaration import declared, inline_schema, read_values, setting
from event_assets.config.kinds import SWITCH, TEXTS, Kind
from event_assets.config.parse import SettingsError, refuse_unknown
from event_assets.events.envelope import CLOCKS
from event_assets.events.mapping.paths import MappingError, parse_path
from loaders.transform.placement import BLOCK_COLUMNS, Path
from loaders.transform.rules.path_values import TEXT_COLUMNS, PathValues, Value
from loaders.transform.selection import TYPES, Rule, Selection

_EXAMPLE: Final = '{path = "context.app.env", values = ["staging"]}'


def _read_path(key: str, value: object) -> Path:
    try:
        path = parse_path(key, value)
    except MappingError:
        raise SettingsError(
            f'{key} is {value!r}, which is no path: write {key} = "context.app.env", or a list where names have dots.'
        ) from None
    first = path[0]
    if first == "type":
        raise SettingsError(f'{key} is "type": use types = ["screen"] instead of a path.')
    if first in CLOCKS:
        raise SettingsError(f"{key} is {first!r}, a clock, whose values are no texts: retain_days drops old events.")
    if first in TEXT_COLUMNS and len(path) > 1:
        raise SettingsError(f"{key} is {value!r}, but {first} is a text without members: write {key} = {first!r}.")
    if first in BLOCK_COLUMNS and len(path) == 1:
        raise SettingsError(f'{key} is {value!r}, a whole object: name a member, such as {key} = "{first}.env".')
    return path


def _read_path_values(key: str, value: object) -> tuple[Value, ...]:
    if not isinstance(value, list) or not value or not all(map(_is_value, value)):
        raise SettingsError(
            f'{key} must be a list of one or more texts, numbers, true or false: {key} = ["staging", "test-*"].'
        )
    return tuple(value)


def _is_value(value: object) -> bool:
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _read_paths(key: str, value: object) -> tuple[PathValues, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise SettingsError(f"{key} must be a list of tables of path and values: {key} = [{_EXAMPLE}].")
    return tuple(_read_pair(f"{key}[{number}]", item) for number, item in enumerate(value))


def _read_pair(key: str, table: Mapping[str, object]) -> PathValues:
    refuse_unknown(table, _PAIR, key)
    if table.keys() != _PAIR.keys():
        raise SettingsError(f"{key} has only one of path and values, which belong together: {_EXAMPLE}.")
    return PathValues(**read_values(_PAIR, table, above=f"{key}."))


_PATH: Final = Kind(
    "text or list of texts",
    _read_path,
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
)
_VALUES: Final = Kind(
    "list of texts, numbers, true or false",
    _read_path_values,
    {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1},
)


@dataclass(frozen=True)
class _PairTable:
    """A path and its values."""

    path: Path | None = setting(_PATH, None, "A path from the event's root, such as `context.app.env`.")
    values: tuple[Value, ...] = setting(
        _VALUES, (), "The values at the path that match, in which texts may have `*` and `?`."
    )


_PAIR: Final = declared(_PairTable)


def _pairs_schema() -> Mapping[str, object]:
    return {"type": "array", "items": {**inline_schema(_PAIR), "required": list(_PAIR)}, "minItems": 1}


@dataclass(frozen=True)
class _RuleTable(_PairTable):
    """The members of `include` and `exclude`."""

    types: tuple[str, ...] = setting(
        Kind("list of texts", TEXTS.read, {"type": "array", "items": {"enum": list(TYPES)}}),
        (),
        f"Types of events: {', '.join(f'`{name}`' for name in TYPES)}.",
    )
    events: tuple[str, ...] = setting(
        TEXTS, (), "Names of track events, in which `*` is any text and `?` any character."
    )
    user_ids: tuple[str, ...] = setting(TEXTS, (), "User ids, in which `*` is any text and `?` any character.")
    paths: tuple[PathValues, ...] = setting(
        Kind("list of tables", _read_paths, _pairs_schema), (), "Several paths with their values."
    )
    bots: bool = setting(SWITCH, False, "Whether events match whose user agent is a bot's; only in `exclude`.")
    not_bots: tuple[str, ...] = setting(
        TEXTS, (), "User agents that are no bots', in which `*` is any text and `?` any character."
    )


_RULE: Final = declared(_RuleTable)


def _read_rule(key: str, value: object) -> Rule:
    if not isinstance(value, dict) or not value.keys() & _RULE.keys():
        raise SettingsError(
            f"{key} is a table of types and events, user_ids, path and values, paths or bots: "
            f'{key} = {{types = ["screen"], events = ["debug*"]}}.'
        )
    refuse_unknown(value, _RULE, key)
    found = read_values(_RULE, value, above=f"{key}.")
    for name in found.get("types", ()):
        if name not in TYPES:
            raise SettingsError(f"{key}.types names {name!r}, which is no type of event: use {', '.join(TYPES)}.")
    if found.get("not_bots") and not found.get("bots"):
        raise SettingsError(f'{key}.not_bots needs bots: {key} = {{bots = true, not_bots = ["okhttp/*"]}}.')
    alone = {name: found.pop(name) for name in _PAIR if name in found}
    if alone:
        pair = _read_pair(key, {name: value[name] for name in alone})
        found["paths"] = (pair, *found.get("paths", ()))
    return Rule(**found)


RULE: Final = Kind("table of criteria", _read_rule, lambda: {**inline_schema(_RULE), "minProperties": 1}, asdict)


def read_selection(include: Rule, exclude: Rule, *, source: str, kept: Collection[str]) -> Selection:
    """Return the selection of a source that keeps these members; raise SettingsError for one that cannot match."""
    if include.bots:
        raise SettingsError(f"include of source {source!r} cannot have bots: write exclude = {{bots = true}}.")
    for name, rule in (("include", include), ("exclude", exclude)):
        for pair in rule.paths:
            if pair.path[0] not in {*BLOCK_COLUMNS, *TEXT_COLUMNS, *kept}:
                raise SettingsError(
                    f"{name} of source {source!r} has the path {'.'.join(pair.path)!r}, which is below none of "
                    f"{', '.join(BLOCK_COLUMNS)}: correct it, or keep the member with keep_members = "
                    f"[{pair.path[0]!r}]."
                )
    return Selection(include, exclude)
