"""Typed settings: what the command's flags, the environment and one TOML file say, in that order of precedence."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from event_assets.archive.source import Source
from event_assets.events.mapping import Mapping as EnvelopeMapping
from event_assets.events.mapping import MappingError, preset
from event_assets.lake.location import Lake
from event_assets.tables.catalog import Budgets

HOUR_FORMAT: Final = "%Y-%m-%dT%H"
CONFIG_NAME: Final = "tideline.toml"
DEMO_CONFIG: Final = Path("demo") / CONFIG_NAME

_TOP_KEYS: Final = (
    "lake", "warehouse", "source", "sources", "budgets", "grace", "chunk_mib", "hours_per_run",
    "partitions_start", "partitions_end", "owners", "publish", "publish_every",
)  # fmt: skip
_SOURCE_KEYS: Final = (
    "archive", "layout", "framing", "schema", "mapping", "keep_members", "storage_options", "retain_days",
)  # fmt: skip
_LAKE_KEYS: Final = ("url", "storage_options")
_UNITS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class SettingsError(Exception):
    """The operator must change a flag, a variable or the configuration file; the message says which and to what."""


@dataclass(frozen=True)
class Flags:
    """What was said on the command line; it wins over the environment and the file."""

    archive: str | None = None
    layout: str | None = None
    lake: str | None = None
    warehouse: str | None = None
    config: str | None = None
    mapping: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Settings:
    """Everything an operator can choose. Secrets (storage options, passwords in URLs) never show in its repr."""

    sources: Mapping[str, Source] = field(repr=False)
    lake: Lake = field(repr=False)
    warehouse: str = field(repr=False)
    budgets: Budgets = Budgets()
    grace: timedelta = timedelta(minutes=10)
    """How long after its end an hour is taken by the schedule; what comes later is late."""
    chunk_bytes: int = 48 << 20
    hours_per_run: int = 240
    """Hours at most in one Dagster run, of a backfill or of the sensor for late files."""
    partitions_start: datetime | None = None
    partitions_end: datetime | None = None
    """First and last archive hour of the Dagster partitions; by default the archive's first, and no last."""
    owners: tuple[str, ...] = ("team:data",)
    publish: Path | None = None
    """Where a copy of a DuckDB warehouse is put for dashboards after loads, at most every `publish_every`."""
    publish_every: timedelta = timedelta(minutes=5)


def load_settings(
    environment: Mapping[str, str], flags: Flags | None = None, *, folder: Path | None = None, demo: bool = False
) -> Settings:
    """The settings by flags, environment (`TIDELINE_*`) and TOML file; raises `SettingsError`.

    The file is `--config`, `TIDELINE_CONFIG` or `tideline.toml` in `folder` (the current one). With `demo`, where
    nothing at all is set, it is the file that `tideline demo` leaves in `demo/`, or what that file would say.
    """
    folder = folder or Path.cwd()
    said = _with_environment(flags or Flags(), environment)
    document = _read_document(said, folder, demo=demo)
    _refuse_unknown(document, _TOP_KEYS, "the configuration file")
    return Settings(
        sources=_sources(document, said),
        lake=_lake(document.get("lake"), said.lake),
        warehouse=warehouse_url(said.warehouse or _text(document, "warehouse") or _missing("warehouse")),
        budgets=_budgets(document.get("budgets", {})),
        owners=tuple(_texts(document, "owners") or Settings.owners),
        partitions_start=_hour(document, "partitions_start"),
        partitions_end=_hour(document, "partitions_end"),
        grace=parse_duration(_text(document, "grace") or "10m"),
        chunk_bytes=_positive(document, "chunk_mib", 48) << 20,
        hours_per_run=_positive(document, "hours_per_run", Settings.hours_per_run),
        publish=Path(copy) if (copy := _text(document, "publish")) else None,
        publish_every=parse_duration(_text(document, "publish_every") or "5m"),
    )


def parse_hour(text: str) -> datetime:
    """An archive hour from its text form, e.g. `2026-01-31T07` (UTC); raises `SettingsError`."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}", text):
            raise ValueError  # noqa: TRY301  strptime would also take one-digit parts
        return datetime.strptime(text, HOUR_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise SettingsError(f"{text!r} is not an archive hour; write it like 2026-01-31T07 (UTC).") from None


def parse_duration(text: str) -> timedelta:
    """A length of time such as `90s`, `10m`, `2h` or `1d`; raises `SettingsError`."""
    match = re.fullmatch(r"(\d{1,6})\s*(s|m|min|h|d)", text.strip())
    if match is None:
        raise SettingsError(f"{text!r} is not a length of time; write it like '90s', '10m' or '2h'.")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def warehouse_url(text: str) -> str:
    """A SQLAlchemy URL; a plain path is taken for a DuckDB file."""
    return text if "://" in text else f"duckdb:///{text}"


def redacted(text: str) -> str:
    """The text with every password or key inside a URL hidden, for messages and metadata."""
    text = re.sub(r"(://[^/@\s:]*):[^/@\s]*@", r"\1:***@", text)
    return re.sub(r"(?i)([?&;][^=&\s]*(?:password|secret|token|key|sig)[^=&\s]*)=[^&\s]*", r"\1=***", text)


def _with_environment(flags: Flags, environment: Mapping[str, str]) -> Flags:
    """The flags, and where one is not given the environment variable of its name."""
    named = ("archive", "layout", "lake", "warehouse", "config")
    from_environment = {name: environment.get(f"TIDELINE_{name.upper()}") or None for name in named}
    given = {each.name: getattr(flags, each.name) for each in fields(flags)}
    return Flags(**{name: value or from_environment.get(name) for name, value in given.items()})


def _read_document(said: Flags, folder: Path, *, demo: bool) -> dict[str, Any]:
    if said.config is not None:
        path = folder / said.config
        if not path.is_file():
            raise SettingsError(f"There is no configuration file {said.config}; check --config or TIDELINE_CONFIG.")
        return _parse_document(path)
    if (folder / CONFIG_NAME).is_file():
        return _parse_document(folder / CONFIG_NAME)
    if demo and not (said.archive or said.lake or said.warehouse):
        path = folder / DEMO_CONFIG
        return _parse_document(path) if path.is_file() else tomllib.loads(demo_document(DEMO_CONFIG.parent))
    return {}


def _parse_document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None


def demo_document(folder: Path, *, start: datetime | None = None, end: datetime | None = None) -> str:
    """The configuration file of the demo in `folder`: its archive, lake and warehouse, and the hours it holds."""
    hours = [f'partitions_{name} = "{hour:{HOUR_FORMAT}}"' for name, hour in (("start", start), ("end", end)) if hour]
    paths = {name: json.dumps(str(folder / name)) for name in ("archive", "lake", "warehouse.duckdb")}
    top = [f"lake = {paths['lake']}", f"warehouse = {paths['warehouse.duckdb']}", *hours]
    return "\n".join([*top, "", "[source]", f"archive = {paths['archive']}", 'layout = "rudderstack"', ""])


def _sources(document: Mapping[str, Any], said: Flags) -> dict[str, Source]:
    if "source" in document and "sources" in document:
        raise SettingsError("Use either one [source] table or [sources.NAME] tables, not both.")
    tables = document.get("sources") or {"default": document.get("source", {})}
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise SettingsError("Every source is a table: [source], or [sources.NAME] where there are several.")
    if said.source is not None:
        if said.source not in tables:
            raise SettingsError(f"There is no source {said.source!r}; the configuration has {', '.join(tables)}.")
        tables = {said.source: tables[said.source]}
    if len(tables) > 1 and (said.archive or said.layout or said.mapping):
        raise SettingsError(
            f"An archive, layout or mapping was given for one source, but the configuration has {', '.join(tables)}: "
            "choose one with --source, or unset TIDELINE_ARCHIVE and TIDELINE_LAYOUT."
        )
    sources = {name: _source(name, table, said) for name, table in tables.items()}
    _refuse_shared_schemas(sources)
    return sources


def _source(name: str, table: Mapping[str, Any], said: Flags) -> Source:
    _refuse_unknown(table, _SOURCE_KEYS, f"source {name!r}")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise SettingsError(f"A source's name has letters, digits and _ and starts with a letter: {name!r} does not.")
    return Source(
        archive=said.archive or _text(table, "archive") or _missing("archive"),
        name=name,
        layout=said.layout or _text(table, "layout") or "auto",
        framing=_text(table, "framing"),
        schema=_text(table, "schema") or "events",
        mapping=_mapping(said.mapping or table.get("mapping")),
        keep_members=tuple(_texts(table, "keep_members")),
        storage_options=_table(table, "storage_options"),
        retain_days=_positive(table, "retain_days", 1) if "retain_days" in table else None,
    )


def _refuse_shared_schemas(sources: Mapping[str, Source]) -> None:
    owners: dict[str, str] = {}
    for name, source in sources.items():
        other = owners.setdefault(source.schema, name)
        if other != name:
            raise SettingsError(
                f"Sources {other!r} and {name!r} both write schema {source.schema!r}; give each a schema of its own."
            )


def _mapping(value: object) -> EnvelopeMapping | None:
    try:
        if isinstance(value, str):
            return preset(value)
        if value is None or isinstance(value, dict):
            return EnvelopeMapping.parse(value) if value else None
    except MappingError as error:
        raise SettingsError(str(error)) from None
    raise SettingsError("mapping is a table of members, or the name of a shipped mapping in quotes.")


def _lake(value: object, said: str | None) -> Lake:
    table = {"url": value} if isinstance(value, str) else value if value is not None else {}
    if not isinstance(table, dict):
        raise SettingsError("lake is a URL or path in quotes, or a table with url and storage_options.")
    _refuse_unknown(table, _LAKE_KEYS, "[lake]")
    return Lake(url=said or _text(table, "url") or _missing("lake"), storage_options=_table(table, "storage_options"))


def _budgets(value: object) -> Budgets:
    if not isinstance(value, dict):
        raise SettingsError("budgets is a table: [budgets] with columns, tables, values.")
    names = tuple(each.name for each in fields(Budgets))
    _refuse_unknown(value, names, "[budgets]")
    return Budgets(**{name: _positive(value, name, getattr(Budgets(), name)) for name in names})


def _missing(name: str) -> str:
    raise SettingsError(
        f"No {name} is set: give --{name}, set TIDELINE_{name.upper()}, or write {name} = ... into {CONFIG_NAME}."
    )


def _refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it may have {', '.join(known)}."
            raise SettingsError(f"Unknown setting {key!r} in {where}: {hint}")


def _text(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise SettingsError(f"{key} must be a text in quotes.")
    return value


def _texts(table: Mapping[str, Any], key: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise SettingsError(f'{key} must be a list of texts, like ["a", "b"].')
    return value


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, object]:
    value = table.get(key, _NOTHING)
    if not isinstance(value, Mapping):
        raise SettingsError(f"{key} must be a table of options for fsspec.")
    return value


def _positive(table: Mapping[str, Any], key: str, default: int) -> int:
    value = table.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SettingsError(f"{key} must be a whole number of at least 1.")
    return value


def _hour(table: Mapping[str, Any], key: str) -> datetime | None:
    value = table.get(key)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if value is not None and not isinstance(value, str):
        raise SettingsError(f'{key} must be an archive hour such as "2026-01-31T07".')
    return None if value is None else parse_hour(value)
