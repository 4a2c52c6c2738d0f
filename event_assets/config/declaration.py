"""Declarations of settings: name, kind, default and text, once each, on the dataclass that has the values.

The reader of the file, the reference in docs/configuration.md, the JSON Schema, `tideline config show` and the help of
flags all read these declarations.

Covered by tests/config/test_settings.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final, TypeVar

from event_assets.config.kinds import COUNT, Kind
from event_assets.config.parse import SettingsError, refuse_unknown

T = TypeVar("T")
D = TypeVar("D")

_DECLARED: Final = "setting"
_LINK: Final = re.compile(r"\[([^]]+)\]\([^)]+\)")


@dataclass(frozen=True)
class Declared:
    """The parts of a declaration beside the name and the default of its field."""

    kind: Kind[Any]
    text: str
    more: str
    unset: str
    variable: str | None
    secret: bool


@dataclass(frozen=True)
class Setting:
    """One setting of the configuration file."""

    name: str
    kind: Kind[Any]
    default: Any
    """The value of a setting that is not configured; None if there is none or if it depends on other values."""
    text: str
    """What the setting means, in Markdown: one or two sentences, which flags repeat."""
    more: str = ""
    """More of it, for the reference and editors."""
    unset: str = ""
    """What applies if a setting without a default is not configured."""
    variable: str | None = None
    """The environment variable that overrides the file."""
    secret: bool = False
    """Whether the value is never shown."""

    @property
    def description(self) -> str:
        """The whole text in Markdown."""
        return f"{self.text} {self.more}".strip()

    @property
    def help(self) -> str:
        """The text as a terminal shows it, for flags."""
        return plain(self.text)


def setting(
    kind: Kind[T],
    default: D,
    text: str,
    *,
    more: str = "",
    unset: str = "",
    variable: str | None = None,
    secret: bool = False,
) -> T | D:
    """Declare the setting that a dataclass field holds; see `Setting` for the parameters."""
    metadata = {_DECLARED: Declared(kind, text, more, unset, variable, secret)}
    options: Any = {"default_factory": default.copy} if isinstance(default, dict) else {"default": default}
    declared: Any = field(repr=not secret, metadata=metadata, **options)
    return declared  # type: ignore[no-any-return]  # a dataclass turns the field into its value


def declared(table: type) -> dict[str, Setting]:
    """Return the settings that a dataclass declares, by name, in order."""
    return {
        part.name: Setting(
            part.name,
            default=part.default_factory() if part.default_factory is not MISSING else part.default,
            **vars(part.metadata[_DECLARED]),
        )
        for part in fields(table)
        if _DECLARED in part.metadata
    }


def declared_counts(table: type, texts: Mapping[str, str]) -> dict[str, Setting]:
    """Return the settings of a dataclass of another room whose fields are whole numbers, with their texts."""
    return {part.name: Setting(part.name, COUNT, part.default, texts[part.name]) for part in fields(table)}


def read_values(settings: Mapping[str, Setting], table: Mapping[str, Any], *, above: str = "") -> dict[str, Any]:
    """Return the values of the settings that a TOML table has; `above` precedes their keys in messages."""
    return {name: found.kind.read(f"{above}{name}", table[name]) for name, found in settings.items() if name in table}


def read_table(settings: Mapping[str, Setting], configuration: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the values of a table of the configuration; raise SettingsError if it is no table or has unknown keys."""
    table = configuration.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{name} is a table: [{name}] with {', '.join(settings)}.")
    refuse_unknown(table, settings, f"[{name}]")
    return read_values(settings, table, above=f"{name}.")


def inline_schema(settings: Mapping[str, Setting]) -> dict[str, object]:
    """Return the JSON Schema of a table that is the value of a setting, with the texts as a terminal shows them."""
    members = {name: {**found.kind.json_schema(), "description": found.help} for name, found in settings.items()}
    return {"type": "object", "properties": members, "additionalProperties": False}


def plain(markdown: str) -> str:
    """Return the text without the marks of links and code."""
    return _LINK.sub(r"\1", markdown).replace("`", "")
