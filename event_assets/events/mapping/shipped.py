"""Shipped mappings: one TOML file per producer in `presets/`, with the members by which `init` recognizes it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from event_assets.events.mapping.batches import Path
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.paths import MappingError, parse_paths

RECOGNIZE: Final = "recognize"
"""The table of a shipped mapping that is no part of the mapping itself."""

_PRESETS: Final = resources.files("event_assets.events.mapping") / "presets"


@dataclass(frozen=True)
class Recognition:
    """Members by which the events of a producer are recognized, each a choice of paths; a null counts as present.

    `members` are those of an event, `line` those of the line that contains it, `without` those that no event of the
    producer has. Without any, an event is of a mapping if it has values for its id, event, user and one of its clocks.
    """

    members: tuple[tuple[Path, ...], ...] = ()
    line: tuple[tuple[Path, ...], ...] = ()
    without: tuple[tuple[Path, ...], ...] = ()

    @property
    def size(self) -> int:
        """The number of members: of two mappings that recognize the same events, the one with more is right."""
        return len(self.members) + len(self.line)


def preset(name: str) -> Mapping:
    """Return a shipped mapping by its name. Raise MappingError for an unknown name."""
    known = preset_names()
    if name not in known:
        raise MappingError(f"mapping: there is no preset {name!r}; write {', '.join(known)} or a table of members")
    return Mapping.parse(preset_table(name))


def preset_names() -> list[str]:
    """Return the names of the shipped mappings, in order."""
    return sorted(file.name.removesuffix(".toml") for file in _PRESETS.iterdir() if file.name.endswith(".toml"))


def preset_table(name: str) -> dict[str, Any]:
    """Return a shipped mapping as a configuration writes it."""
    return {key: setting for key, setting in _read(name).items() if key != RECOGNIZE}


@cache
def recognition(name: str) -> Recognition:
    """Return the members by which the events of a shipped mapping are recognized."""
    table: MappingOf[str, Any] = _read(name).get(RECOGNIZE, {})
    return Recognition(**{side: tuple(parse_paths(side, path) for path in paths) for side, paths in table.items()})


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_PRESETS / f"{name}.toml").read_text(encoding="utf-8"))
