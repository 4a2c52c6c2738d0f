"""The rules of masking of a source, as tables of the file: `[[source.mask]]` (contract §13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from event_assets.config.declaration import declared, inline_schema, read_values, setting
from event_assets.config.kinds import Kind, choice, suggesting
from event_assets.config.parse import SettingsError, refuse_unknown
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping
from event_assets.events.masking.rules import (
    ATS,
    HOWS,
    NO_MASKING,
    Masking,
    MaskingError,
    MaskRule,
    matches,
    read_masking_key,
)

EXAMPLE: Final = '{ path = "context.ip", how = "truncate" }'
_PATHS: Final = suggesting(lambda: ("context.ip", "request_ip", "properties.email", "traits.email", "userId"))


@dataclass(frozen=True)
class _MaskTable:
    """The members of a table of `mask`."""

    path: str | tuple[str, ...] = setting(
        _PATHS, "", "The path of a value, or several: keys with dots, `*` for any text of a key, `**` for any keys."
    )
    how: str = setting(choice(*HOWS), "", f"What becomes of it: {', '.join(f'`{how}`' for how in HOWS)}.")
    at: str = setting(choice(*ATS), "load", "`load`: the lake keeps what was sent; `lake`: it never reaches the lake.")


_MASK: Final = declared(_MaskTable)


def _read_rules(key: str, value: object) -> tuple[MaskRule, ...]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise SettingsError(f"{key} is a list of tables: {key} = [{EXAMPLE}], or [[source.{key}]] for each.")
    return tuple(rule for table in value for rule in _read_table(key, table))


def _read_table(key: str, table: Mapping[str, object]) -> Iterable[MaskRule]:
    refuse_unknown(table, _MASK, key)
    for name in ("path", "how"):
        if name not in table:
            raise SettingsError(f"A table of {key} has no {name}: write {key} = [{EXAMPLE}].")
    values = read_values(_MASK, table, above=f"{key}.")
    paths = values.pop("path")
    return [MaskRule(path.strip(), **values) for path in ([paths] if isinstance(paths, str) else paths)]


def _schema() -> Mapping[str, object]:
    return {"type": "array", "items": {**inline_schema(_MASK), "required": ["path", "how"]}}


MASKS: Final = Kind("list of tables", _read_rules, _schema, lambda rules: [asdict(rule) for rule in rules])


def make_masking(
    rules: tuple[MaskRule, ...], key: str | None, *, kept: tuple[str, ...], mapping: EnvelopeMapping | None
) -> Masking:
    """Return the masking of a source with the key of the environment. Raises SettingsError for a rule of no use."""
    if not rules:
        return NO_MASKING
    try:
        for rule in rules:
            rule.check(kept)
            _refuse_ids(rule, mapping)
        return Masking(rules, read_masking_key(key) if any(rule.how == "hash" for rule in rules) else None)
    except MaskingError as error:
        raise SettingsError(str(error)) from None


def _refuse_ids(rule: MaskRule, mapping: EnvelopeMapping | None) -> None:
    """Raise MaskingError where the id of an event would show the value: it is made of the member."""
    for path in (mapping.id_of if mapping else None) or ():
        if matches(rule.parts[-1], path[-1]):
            raise MaskingError(
                f"mask path {rule.path!r}: the mapping makes the id of an event of {'.'.join(path)!r}, and the id would"
                " show it: make it of other members."
            )
