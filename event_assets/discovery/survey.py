"""Questions to archive, ledger and tables: what is loaded, pending, quarantined. Each looks in briefly, read-only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, inspect, text

from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import ArchiveFile
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.discovery.pending import HourState, LoadedHour, compare_hours
from loaders.connection.session import Session
from sql import statement

COUNTS: Final = (
    "files", "bad_files", "ignored_files", "bytes", "lines", "events", "duplicates", "quarantined", "late",
    "clocks_corrected", "sanitized", "rescued", "staged", "inserted", "updated", "ignored", "deleted",
)  # fmt: skip
"""The counts of `loads`, in order."""

_FIRST: Final = datetime(1, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 30, tzinfo=UTC)
"""No archive hour lies beyond; a day inside what any zone can show."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """One SELECT of `sql/`, with its identifiers and values."""

    name: str
    values: Mapping[str, object]
    table: tuple[str, str] | None = None
    """Schema and name of the `{table}` it reads, where it has one."""


@dataclass(frozen=True)
class Survey:
    """A source seen from archive and ledger: its layout told (no longer `auto`), and its hours in order."""

    source: Source
    states: tuple[HourState, ...]
    ignored_files: int


@contextmanager
def reading(settings: Settings, *, wait: float | None = None) -> Iterator[Session | None]:
    """A read-only look into the warehouse; None where there is no ledger yet.

    Raises `Transient` when a load still holds it after `wait` seconds, by default as long as a load would wait.
    """
    with open_warehouse(settings).reading(wait=wait) as session:
        yield session if inspect(session.connection).has_table("loads", schema="tideline") else None


def ask(session: Session, question: Question) -> list[Row]:
    """The rows of a question; values are bound, a list of them as `IN`, and the table's name is quoted."""
    template = statement(question.name, session.dialect.name)
    if question.table is not None:
        template = template.replace("{table}", session.quote(question.table))
    lists: list[BindParameter[Any]] = [
        bindparam(name, expanding=True) for name, value in question.values.items() if isinstance(value, list)
    ]
    rows = session.connection.execute(text(template).bindparams(*lists), dict(question.values)).mappings()
    return [dict(row) for row in rows]


def table_names(session: Session, schema: str) -> list[str]:
    """The tables of a schema, in no order that means anything."""
    return list(inspect(session.connection).get_table_names(schema=schema))


def loaded_hours(
    session: Session, source: str, *, start: datetime | None = None, end: datetime | None = None, after: str = ""
) -> dict[datetime, LoadedHour]:
    """The newest load of every archive hour of a source from `start` to `end`, both inclusive; of those with a load id
    past `after` only."""
    values = {"source": source, "start": start or _FIRST, "end": end or _LAST, "after": after}
    files: dict[str, list[ArchiveFile]] = {}
    for row in ask(session, Question("queries/status/loaded_files", values)):
        files.setdefault(row["load_id"], []).append(ArchiveFile(row["file"], row["bytes"], row["etag"]))
    hours = (
        LoadedHour(
            archive_hour=as_utc(row["archive_hour"]),
            load_id=row["load_id"],
            manifest_hash=row["manifest_hash"],
            files=tuple(files.get(row["load_id"], ())),
            counts={name: row[name] for name in COUNTS},
            started_at=as_utc(row["started_at"]),
            finished_at=as_utc(row["finished_at"]),
            run_id=row["run_id"] or "",
            config_hash=row["config_hash"] or "",
        )
        for row in ask(session, Question("queries/status/loaded_hours", values))
    )
    return {hour.archive_hour: hour for hour in hours}


def survey_source(
    settings: Settings,
    source: Source,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    accept_removals: bool = False,
    wait: float | None = None,
) -> Survey:
    """Every archive hour from `start` to `end` (inclusive) that the archive or the ledger knows.

    `wait` is how many seconds a load may keep us from the ledger; then `Transient` is raised. Raises `ArchiveError`.
    """
    listing = list_hours(source, start=start, end=end)
    with reading(settings, wait=wait) as session:
        loaded = {} if session is None else loaded_hours(session, source.name, start=start, end=end)
    states = compare_hours(source.name, listing.hours, loaded, accept_removals=accept_removals)
    return Survey(listing.source, tuple(states), listing.ignored)


def table_sizes(session: Session, schema: str) -> dict[str, int]:
    """Rows of every table of a schema, the largest first."""
    sizes = {
        name: int(ask(session, Question("queries/status/count_rows", {}, (schema, name)))[0]["held"])
        for name in table_names(session, schema)
    }
    return dict(sorted(sizes.items(), key=lambda entry: (-entry[1], entry[0])))


def excluded_events(session: Session, source: str) -> list[Row]:
    """Events of loaded hours that `include` and `exclude` leave out, by type and name, the most first."""
    if not inspect(session.connection).has_table("excluded", schema="tideline"):
        return []
    return ask(session, Question("queries/status/excluded_events", {"source": source}))


def sample_rows(session: Session, schema: str, tables: Sequence[str], hour: datetime, rows: int) -> list[Row]:
    """A few rows that the hour brought to the first of the tables that has any."""
    existing = set(table_names(session, schema))
    for table in (table for table in tables if table in existing):
        found = ask(session, Question("queries/status/sample_rows", {"hour": hour, "rows": rows}, (schema, table)))
        if found:
            return [{"table": table, **row} for row in found]
    return []


def as_utc(value: datetime) -> datetime:
    """The instant in UTC; a warehouse without zones gives it bare."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
