"""The settings of a source: the tables [source] and [sources.NAME].

Covered by tests/config/test_settings.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from event_assets.archive.source import ARRIVALS, FRAMINGS, is_zone
from event_assets.config.declaration import declared, setting
from event_assets.config.governance.contracts import MODE
from event_assets.config.governance.masking import MASKS
from event_assets.config.governance.selection import RULE
from event_assets.config.kinds import COUNT, DURATION, OPTIONS, TEXT, TEXTS, Kind, choice, suggesting
from event_assets.config.parse import SettingsError
from event_assets.events.ids import NOT_IDS
from event_assets.events.mapping.mapping import MEMBERS, READS
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping
from event_assets.events.mapping.paths import MappingError
from event_assets.events.mapping.shipped import preset, preset_names
from event_assets.events.masking.rules import MaskRule
from loaders.interface.errors import WarehouseError
from loaders.transform.catalog import Declaration
from loaders.transform.selection import Rule

DEFAULT_SCHEMA: Final = "events"
DEFAULT_ROLLUPS_SCHEMA: Final = "rollups"
NAME_PATTERN: Final = r"[A-Za-z][A-Za-z0-9_]*"
"""The names that a source may have."""


def _layout_names() -> Sequence[str]:
    from event_assets.archive.listing.layouts import LAYOUTS  # only editors and `init` need the names

    return ("auto", *LAYOUTS)


def _read_mapping(key: str, value: object) -> EnvelopeMapping | None:
    try:
        if isinstance(value, str):
            return preset(value)
        if isinstance(value, dict):
            return EnvelopeMapping.parse(value) if value else None
    except MappingError as error:
        raise SettingsError(str(error)) from None
    raise SettingsError(f"{key} is a table of members, or the name of a shipped mapping in quotes.")


def _mapping_schema() -> Mapping[str, object]:
    """Return the names of the shipped mappings, or a table whose members are paths, choices, constants or values."""
    table_of_any = {"type": "object", "additionalProperties": True}
    path = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, table_of_any]}
    members: dict[str, object] = {name: {**path, "description": f"The path of {name}."} for name in MEMBERS}
    members["id"] = {
        "type": "array",
        "items": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "minItems": 2,
        "description": "The paths of the members that make an event's id together.",
    }
    members["parse"] = {
        "type": "array",
        "items": path,
        "description": "Paths of members whose text is JSON, or bytes of it in base64: they are read as such.",
    }
    members["each"] = {**path, "description": "The path of the events of a line, such as `batch` or `a.b[].c`."}
    members["inherit"] = {
        "type": "object",
        "additionalProperties": path,
        "description": "Members that events inherit from their line, with their paths.",
    }
    members["retry_changes"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Inherited members that a retry changes: they take no part in the id of an event without one.",
    }
    members["pairs"] = {
        "type": "array",
        "items": path,
        "description": "Paths of arrays of `{key, value}` that stand for objects.",
    }
    members["skip"] = {
        "type": "object",
        "required": ["path", "values"],
        "properties": {"path": path, "values": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
        "additionalProperties": False,
        "description": "Lines without an event: the path of a member, and its texts that mark one.",
    }
    members["reads"] = {"enum": list(READS), "description": "The form of events that are not JSON objects."}
    table = {"type": "object", "properties": members, "additionalProperties": False}
    return {"anyOf": [{"enum": preset_names()}, table]}


MAPPING: Final = Kind[EnvelopeMapping | None]("text or table", _read_mapping, _mapping_schema)
FRAMING: Final = Kind("text", TEXT.read, {"enum": list(FRAMINGS)})
"""`ArchiveSource` refuses other texts, wherever its framing is from."""


def _read_zone(key: str, value: object) -> str:
    if not is_zone(name := TEXT.read(key, value)):
        raise SettingsError(f'{key} is {name!r}, which is no time zone; write an IANA name such as "Asia/Tokyo".')
    return name


def _read_columns(key: str, value: object) -> Declaration:
    names = TEXTS.read(key, [value] if isinstance(value, str) else value)
    from loaders.catalog.declared import read_declaration  # only a source that declares columns needs it

    try:
        return read_declaration(names)
    except WarehouseError as error:
        raise SettingsError(f"{key}: {error}.") from None


COLUMNS: Final = Kind(
    "text or list of texts",
    _read_columns,
    {"anyOf": [TEXT.schema, TEXTS.json_schema()]},
    lambda declaration: list(declaration.names),
)


ZONE: Final = Kind("text", _read_zone, TEXT.schema)


@dataclass(frozen=True)
class SourceTable:
    """The table of one source, after flags and environment variables."""

    archive: str | None = setting(
        TEXT, None, "Folder or fsspec URL of the raw files.", unset="required", variable="TIDELINE_ARCHIVE"
    )
    layout: str | tuple[str, ...] = setting(
        suggesting(_layout_names),
        "auto",
        "How keys give the archive hour: `auto`, the name of a layout, or a template such as "
        "`{year}/{month}/{day}/{hour}/*.gz`; `{member:context.app}` in it is a part of a key that its events take.",
        more="Or a list of names and templates, of which the first that fits a key counts. See [layouts](layouts.md).",
        variable="TIDELINE_LAYOUT",
    )
    time_zone: str | None = setting(
        ZONE,
        None,
        "The time zone of dates and hours in keys, by its IANA name: `Asia/Tokyo`.",
        more="See [time zones](layouts.md#time-zones).",
        unset="UTC",
    )
    arrival: str = setting(
        choice(*ARRIVALS),
        "day",
        "What gives the archive hour of keys without an hour: `day`, for the first hour of their day, or `modified`, "
        "for the hour in which the file was last written.",
        more="See [archives by the day](layouts.md#archives-by-the-day).",
    )
    framing: str | None = setting(
        FRAMING,
        None,
        "How a file separates its values: `lines`, `concatenated`, `array`, `csv` or `tsv`.",
        unset="the layout's",
    )
    mapping: EnvelopeMapping | None = setting(
        MAPPING,
        None,
        "The name of a shipped mapping of a foreign envelope, such as `gharchive`.",
        more="Or a table of members: see [foreign envelopes](layouts.md#foreign-envelopes), "
        "[batches](layouts.md#batches) and [shipped mappings](layouts.md#shipped-mappings).",
        unset="the layout's",
    )
    keep_members: tuple[str, ...] = setting(TEXTS, (), "Members beside the envelope that become columns.")
    not_ids: tuple[str, ...] = setting(
        TEXTS,
        NOT_IDS,
        "Texts that are no `messageId`, in any case.",
        more="The event gets [the id of its bytes](junk.md#ids-that-are-no-ids).",
    )
    schema: str = setting(TEXT, DEFAULT_SCHEMA, "Warehouse schema of the event tables.")
    rollups_schema: str | None = setting(
        TEXT,
        None,
        "Warehouse schema of the rollups.",
        more="If it is not set, `rollups_NAME` for one of several sources.",
        unset=f'`"{DEFAULT_ROLLUPS_SCHEMA}"`',
    )
    retain_days: int | None = setting(
        COUNT,
        None,
        "Days of event time before today (UTC) that stay in the event tables.",
        more="[Older days are dropped](late.md#old-days) after loads and by `tideline retain`, except from "
        "`identifies`.",
        unset="all days",
    )
    fresh_within: timedelta | None = setting(
        DURATION,
        None,
        "How old the last load may be before the home tables, `warehouse` and the rollups show as stale in Dagster.",
        unset="they never do",
    )
    include: Rule = setting(
        RULE,
        Rule(),
        "The only [events that are loaded](junk.md#events-that-are-not-loaded).",
        more="By `types`, `events`, `user_ids`, and `path` with `values`, or several `paths`.",
        unset="all events",
    )
    exclude: Rule = setting(
        RULE,
        Rule(),
        "[Events that are not loaded](junk.md#events-that-are-not-loaded); the lake keeps them.",
        more="By the same criteria, and `bots = true`.",
        unset="none",
    )
    not_users: tuple[str, ...] = setting(
        TEXTS,
        (),
        'User ids that [get no row in `users`](junk.md#ids-that-are-no-users), such as `"null"`.',
    )
    columns: Declaration = setting(
        COLUMNS,
        Declaration(),
        "[Columns that exist before events have them](tables.md#declared-columns): names of shipped files (`segment`, "
        "`rudderstack`) and paths of your own.",
        unset="none",
    )
    mask: tuple[MaskRule, ...] = setting(
        MASKS,
        (),
        "Values that are [masked](masking.md): `path`, `how` and `at` in a table `[[source.mask]]` each.",
        unset="none",
    )
    contract_mode: str = setting(
        MODE,
        "evolve",
        "What becomes of events that violate their [contract](contracts.md): `evolve` checks nothing, `report` counts "
        "them, `freeze` also adds no table and no column by itself, `quarantine` keeps them out of the tables.",
        more="A contract may have a mode of its own.",
    )
    storage_options: Mapping[str, object] = setting(
        OPTIONS,
        {},
        "Options for the storage's fsspec package: endpoint, credentials, profile.",
        secret=True,
    )


SOURCE: Final = declared(SourceTable)
