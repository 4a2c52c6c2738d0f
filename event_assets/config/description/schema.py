"""The JSON Schema (2020-12) of tideline.toml, for editors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from event_assets.config.declaration import Setting, plain
from event_assets.config.layers import TABLES, TOP_LEVEL
from event_assets.config.source_table import NAME_PATTERN, SOURCE

SCHEMA_NAME: Final = "tideline.schema.json"
SCHEMA_LINE: Final = f"#:schema ./{SCHEMA_NAME}\n"
"""The first line of a configuration file, by which editors find the schema beside it."""

_TEXTS: Final = {
    "source": "The source of events. For several sources, use tables [sources.NAME].",
    "sources": "The sources of events, by name.",
    "dagster": "How Dagster runs steps.",
    "alerts": "Where alerts about failed runs and checks are posted to.",
    "budgets": "Upper bounds on what events add to the warehouse. Values past them are rescued, never dropped.",
    "checks": "Thresholds from which the checks warn.",
}


def json_schema() -> dict[str, Any]:
    """Return the schema. It describes a file by itself, so that it requires no setting that a flag may give."""
    source = {"$ref": "#/$defs/source"}
    sources = {
        "type": "object",
        "description": _TEXTS["sources"],
        "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
        "additionalProperties": source,
    }
    properties = {name: _property(setting) for name, setting in TOP_LEVEL.items()}
    properties |= {"source": source, "sources": sources}
    properties |= {name: _table(settings, _TEXTS[name]) for name, settings in TABLES.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tideline.toml",
        "description": "The configuration of Tideline.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "not": {"required": ["source", "sources"]},
        "$defs": {"source": _table(SOURCE, _TEXTS["source"])},
    }


def schema_text() -> str:
    """Return the schema as the text of a file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _table(settings: Mapping[str, Setting], text: str) -> dict[str, Any]:
    properties = {name: _property(setting) for name, setting in settings.items()}
    return {"type": "object", "description": text, "properties": properties, "additionalProperties": False}


def _property(setting: Setting) -> dict[str, Any]:
    described = {**setting.kind.json_schema(), "description": plain(setting.description)}
    return described if setting.unset else {**described, "default": setting.kind.write(setting.default)}
