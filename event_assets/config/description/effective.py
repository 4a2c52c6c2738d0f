"""The effective settings: the value of each, and where it is from.

Covered by tests/cli/test_config.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from event_assets.archive.storage.error_advice import hide_secrets
from event_assets.config.declaration import Setting, plain
from event_assets.config.description.toml_lines import find_lines, line_of
from event_assets.config.layers import TABLES, TOP_LEVEL, Key, Layers
from event_assets.config.parse import redacted
from event_assets.config.settings import Settings
from event_assets.config.source_table import SOURCE
from event_assets.config.top_table import LOCATION, LOCATION_TABLE

HIDDEN: Final = "***"


@dataclass(frozen=True)
class Effective:
    """A setting with its value, secrets hidden, and its origin."""

    key: str
    value: object
    """As TOML has it; None if nothing is configured and there is no default value."""
    unset: str
    """What applies then."""
    origin: str
    """`flag`, `environment`, `file` or `default`."""
    name: str | None
    """The flag, the variable or the file."""
    line: int | None = None
    """The line of the file."""


def effective_settings(layers: Layers, settings: Settings) -> Sequence[Effective]:
    """Return every setting of layers that have been checked, in the order of the reference."""
    return list(_Finder(layers, settings).find())


class _Finder:
    """Finds values and origins; `computed` has the values that follow from others."""

    def __init__(self, layers: Layers, settings: Settings) -> None:
        self.layers = layers
        self.lines = find_lines(layers.file.text)
        memory = settings.memory
        self.computed: dict[Key, object] = {
            ("chunk_mib",): memory.chunk_bytes >> 20,
            ("processes",): memory.processes,
        }
        for name, source in settings.sources.items():
            self.computed[layers.source_key(name, "rollups_schema")] = source.rollups_schema

    def find(self) -> Iterator[Effective]:
        top = self.layers.top
        for name, setting in TOP_LEVEL.items():
            yield from self._effective((name,), setting, top)
        for source, values in self.layers.sources.items():
            for name, setting in SOURCE.items():
                yield from self._effective(self.layers.source_key(source, name), setting, values)
        for table, settings in TABLES.items():
            for name, setting in settings.items():
                yield from self._effective((table, name), setting, top.get(table, {}))

    def _effective(self, key: Key, setting: Setting, table: Mapping[str, Any]) -> Iterator[Effective]:
        value = table.get(setting.name)
        if setting.name not in table:
            yield self._default(key, setting)
        elif setting.kind is LOCATION and isinstance(value, Mapping):
            for name in value:
                yield self._configured((*key, name), value[name], LOCATION_TABLE[name])
        else:
            yield self._configured(key, value, setting)

    def _default(self, key: Key, setting: Setting) -> Effective:
        value = self.computed.get(key, None if setting.unset else setting.kind.write(setting.default))
        return Effective(".".join(key), value, plain(setting.unset) if value is None else "", "default", None)

    def _configured(self, key: Key, value: object, setting: Setting) -> Effective:
        path, shown = ".".join(key), hide(value, setting)
        override = self.layers.overrides.get(key[:-1] if key[-1] == "url" else key)
        if override:
            return Effective(path, shown, "", "flag" if override.startswith("--") else "environment", override)
        return Effective(path, shown, "", "file", self.layers.file.name, line_of(self.lines, key))


def hide(value: object, setting: Setting) -> object:
    """Return the value without its secrets.

    Of options every value is hidden, of a webhook the address, of other texts what URLs have of passwords and keys.
    """
    if setting.name == "storage_options" and isinstance(value, Mapping):
        return dict.fromkeys(value, HIDDEN)
    if setting.name == "webhook" and isinstance(value, str):
        return HIDDEN
    if setting.name == "warehouse":
        return redacted(str(value))
    return _hide_in_texts(value)


def _hide_in_texts(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _hide_in_texts(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_hide_in_texts(item) for item in value]
    return hide_secrets(redacted(value)) if isinstance(value, str) else value
