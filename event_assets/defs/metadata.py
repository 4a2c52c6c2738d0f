"""The metadata of an hour in the UI: counts by the names of `loads`, schema changes, sample rows, events by name.

Covered by tests/defs/checks/test_results.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from event_assets.config.settings import HOUR_FORMAT, redacted
from event_assets.discovery.pending import LoadedHour
from event_assets.health.noticed import describe_sample
from event_assets.lake.hour_note import HourNote, note_counts
from event_assets.lake.paths import note_path
from event_assets.lake.store import Lake
from loaders.interface.counts import LOAD_COUNTS
from loaders.interface.result import ReusedId
from loaders.interface.words import counted
from loaders.load.load import LoadResult
from loaders.queries.lateness import RecentHour, RestatedDay
from loaders.queries.tables import SampleRow

Metadata = dict[str, Any]
SHOWN = 50
"""Entries listed at most; the rest is one number."""
LONGEST = 990
"""Characters that the UI shows at once; longer Markdown is behind a click."""
WIDEST_NAME = 35
"""Characters of a name in a table: a page does not break names, and one that is wider cuts the summary."""
_MOVED = ("table", "inserted", "updated", "ignored", "deleted")


def lake_metadata(lake: Lake, note: HourNote, *, written: bool, seconds: float = 0.0) -> Metadata:
    """Return the metadata of an hour in the lake."""
    metadata: Metadata = {
        **note_counts(note),
        "dagster/partition_row_count": note.counts.distinct,
        "written": written,
        "manifest_hash": note.manifest_hash,
        "config_hash": note.config_hash,
        "events_by_name": counts_table(("event", "events"), note.events_by_name),
        "quarantined_by_reason": counts_table(("reason", "lines"), note.quarantined_by_reason),
        "duplicates_by_library": counts_table(("library", "duplicates"), note.duplicates_by_library),
        "members_not_stored": counts_table(("member", "events"), note.members),
        "noticed": counts_table(("what", "events"), note.noticed),
        "noticed_events": dg.MetadataValue.md(_noticed(note)),
        "archive_files": dg.MetadataValue.md(_files(note)),
        "lake_files": list(note.parquet),
        "lake_note": dg.MetadataValue.path(_url(lake, note_path(note.source, note.archive_hour))),
        "quarantine_files": [_url(lake, path) for path in note.quarantine],
        **({"seconds": round(seconds, 2)} if seconds else {}),
    }
    return without_empty(metadata)


def load_metadata(
    result: LoadResult, note: HourNote, sample: Sequence[SampleRow], restated: Sequence[RestatedDay], seconds: float
) -> Metadata:
    """Return the metadata of an hour in the warehouse, with every count of its row in `loads`.

    The seconds of a load are divided among the hours that shared it, so that they add up.
    """
    spent = {step: round(seconds / result.hours, 3) for step, seconds in result.seconds.items()}
    moved = [
        (table, *map(_count, (rows.inserted, rows.updated, rows.ignored, rows.deleted)))
        for table, rows in result.tables.items()
    ]
    metadata: Metadata = {
        **{name: result.counts[name] for name in LOAD_COUNTS},
        "excluded": result.excluded,
        "loaded": result.loaded,
        "load_id": result.load_id,
        "schema_changes": dg.MetadataValue.md("\n".join(f"* {change}" for change in result.schema_changes) or "none"),
        "schema_changes_count": len(result.schema_changes),
        "rows_by_table": dg.MetadataValue.md(markdown_table(_MOVED, moved)),
        "sample_rows": dg.MetadataValue.md(rows_table(sample)),
        "events_by_name": counts_table(("event", "events"), note.events_by_name),
        "restated_days": dg.MetadataValue.md(rows_table(restated[:SHOWN])),
        "touched_days": ", ".join(f"{day:%Y-%m-%d}" for day in result.touched),
        "seconds": round(seconds, 2),
        "duplicates_by_library": counts_table(("library", "duplicates"), note.duplicates_by_library),
        "quarantined_by_reason": counts_table(("reason", "lines"), note.quarantined_by_reason),
        **{f"seconds_{step}": seconds for step, seconds in spent.items()},
        "seconds_by_step": dg.MetadataValue.json(spent),
        **({"hours_of_load": result.hours} if result.hours > 1 else {}),
    }
    return without_empty(metadata)


def without_empty(metadata: Metadata) -> Metadata:
    """Return the metadata without texts, lists and tables that have nothing to show."""
    shown = {name: value.value if isinstance(value, dg.MetadataValue) else value for name, value in metadata.items()}
    return {name: value for name, value in metadata.items() if shown[name] not in ("", "none", [], {})}


def reported_metadata(load: LoadedHour) -> Metadata:
    """Return the metadata of an hour that the command has loaded, from its row in `loads`."""
    load_row = {"load_id": load.load_id, "loaded_at": load.finished_at.isoformat(), "loaded_by": "tideline load"}
    return {**load.counts, **load_row, "seconds": round(load_seconds(load), 2)}


def load_seconds(load: LoadedHour) -> float:
    """Return how long a load took, or 0 if that was not recorded."""
    return (load.finished_at - load.started_at).total_seconds() if load.started_at else 0.0


def counts_table(header: tuple[str, str], counts: Mapping[str, int]) -> dg.MarkdownMetadataValue:
    """Return counts by name as a Markdown table, most frequent first."""
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = [(fitting(name), f"{number:,}") for name, number in ranked[:SHOWN]]
    if len(ranked) > SHOWN:
        shown.append((f"{len(ranked) - SHOWN} more", f"{sum(number for _, number in ranked[SHOWN:]):,}"))
    return dg.MetadataValue.md(markdown_table(header, shown))


def rows_table(rows: Sequence[SampleRow | RestatedDay | RecentHour]) -> str:
    """Return rows as a Markdown table, with long values cut."""
    if not rows:
        return "none"
    names = tuple(field.name for field in fields(rows[0]))
    return markdown_table(names, [[_short(getattr(row, name)) for name in names] for row in rows])


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table. Cells are escaped, so that event names cannot break out of theirs."""
    if not rows:
        return "none"
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(escape(cell) for cell in line) + " |" for line in lines)


def example_list(examples: Sequence[Sequence[str]]) -> str:
    """Return a Markdown list of examples, each of some lines: a page wraps it where a table of paths would be cut."""
    if not examples:
        return "none"
    return "\n".join("* " + "  \n  ".join(escape(line) for line in lines if line) for lines in examples)


def hour_link(asset: dg.AssetKey, hour: datetime) -> str:
    """Return a Markdown link to the partition of an hour in the UI."""
    key = f"{hour:{HOUR_FORMAT}}"
    return f"[{key}](/assets/{'/'.join(asset.path)}?view=partitions&partition={key})"


def _url(lake: Lake, path: str) -> str:
    return redacted(f"{lake.url.rstrip('/')}/{path}")


def _files(note: HourNote) -> str:
    rows = [
        (
            file.file,
            f"{file.bytes:,}",
            f"{file.lines:,}",
            _bad(file.reason) if file.bad else "vanished" if file.vanished else "",
        )
        for file in note.files[:SHOWN]
    ]
    return markdown_table(("file", "bytes", "lines", "state"), rows)


def _noticed(note: HourNote) -> str:
    """Return a few of the events that are counted as noticed."""
    return example_list([(f"{one.file}:{one.line}", describe_sample(one)) for one in note.samples])


def reused_table(reused: Sequence[ReusedId]) -> dg.MarkdownMetadataValue:
    """Return a few events of an hour that have the id of an event of another hour, and how many there are."""
    rows = [(one.type, one.id, f"{one.other_archive_hour:{HOUR_FORMAT}}", one.differs) for one in reused]
    table = markdown_table(("type", "id", "also in", "differs in"), rows)
    return dg.MetadataValue.md(f"{counted(reused[0].conflicts, 'event')}, for example\n\n{table}" if reused else table)


def _bad(reason: str | None) -> str:
    return f"left out whole: {reason}" if reason else "left out whole"


def _count(number: int) -> str:
    """Return a number for a table in which most are 0."""
    return f"{number:,}" if number else ""


def _short(value: object) -> str:
    """Return a value for a table that fits a page: UTC times to the second, shares in percent, long texts cut."""
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        return f"{utc:%Y-%m-%d %H:%M}" if utc.second == utc.microsecond == 0 else f"{utc:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:.1%}"
    text = "" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def fitting(name: str) -> str:
    """Return a name that fits beside its number: a long one without its middle, since names that meet end apart."""
    half = (WIDEST_NAME - 3) // 2
    return name if len(name) <= WIDEST_NAME else f"{name[:half]}...{name[-half:]}"


def escape(value: object) -> str:
    """Return a value as the text of a Markdown cell or line, with special characters escaped."""
    text = "".join(character if character.isprintable() else " " for character in str(value))
    for special in "\\|`*_<>[]":
        text = text.replace(special, "\\" + special)
    return text
