"""Quarantined lines of the lake: all that a choice names, a row group at a time, and their groups by form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import polars as pl

from event_assets.config.settings import Settings, SettingsError
from event_assets.config.source import Source
from event_assets.events.line_forms import form_of, mask_detail
from event_assets.lake.hour_note import HourNote
from event_assets.lake.packs import find_extents
from event_assets.lake.reading.masked import MaskedLake
from event_assets.lake.reading.read import list_notes, read_groups
from event_assets.pipeline.quarantine.contract_lines import held_events, held_hours, text_of
from loaders.transform.contracts.findings import CONTRACT, describe

BAD_FILE: Final = "bad_file"
REASONS: Final = frozenset(
    {
        *(BAD_FILE, "line_too_long", "invalid_utf8", "invalid_json", "too_deep", "not_an_object", "unknown_type"),
        *("bad_envelope", "invalid_csv", "invalid_tsv", "snowplow_bad_row", CONTRACT),
    }
)
"""Every reason that a quarantined line may have."""
KEPT_GROUPS: Final = 10_000
"""Groups that are held; lines of further forms are counted by their reason alone."""


def check_reasons(names: Iterable[str]) -> frozenset[str]:
    """Return the reasons of a choice. Raises SettingsError for a text that is none."""
    if unknown := sorted(set(names) - REASONS):
        raise SettingsError(f"{unknown[0]!r} is no reason; use one of {', '.join(sorted(REASONS))}.")
    return frozenset(names)


@dataclass(frozen=True)
class LineChoice:
    """Which quarantined lines: of these reasons, or of any; of hours from `start` to `end`, both inclusive."""

    reasons: frozenset[str] = frozenset()
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class QuarantinedLine:
    """A line of the quarantine, or a whole file where `line` is None."""

    source: str
    archive_hour: datetime
    file: str
    line: int | None
    byte_offset: int | None
    reason: str
    detail: str
    raw: bytes | None
    bytes: int


@dataclass(frozen=True)
class LineGroup:
    """Lines of one reason and one form, and the first of them."""

    source: str
    reason: str
    detail: str
    form: str
    lines: int
    first_hour: datetime
    last_hour: datetime
    example: QuarantinedLine


def find_hours(settings: Settings, source: Source, choice: LineChoice) -> Iterator[HourNote]:
    """Yield the notes of hours that have quarantined lines of the choice; of the others no file is opened."""
    for note in list_notes(settings.lake, source.name, start=choice.start, end=choice.end):
        found = {*note.quarantined_by_reason, *([BAD_FILE] if note.counts.bad_files else [])}
        if found & choice.reasons if choice.reasons else found:
            yield note


def read_frames(settings: Settings, note: HourNote, choice: LineChoice) -> Iterator[pl.DataFrame]:
    """Yield the quarantined lines of an hour that the choice names, by file and line, as the lake has them.

    They are not masked: nothing of them may be shown. Raises DamagedHour.
    """
    yield from _choose(read_groups(settings.lake, find_extents(settings.lake, note, "quarantine")), choice)


def _choose(frames: Iterable[pl.DataFrame], choice: LineChoice) -> Iterator[pl.DataFrame]:
    for frame in frames:
        yield frame.filter(pl.col("reason").is_in(list(choice.reasons))) if choice.reasons else frame


def read_lines(settings: Settings, choice: LineChoice) -> Iterator[QuarantinedLine]:
    """Yield the quarantined lines of every source, by hour, file and line, masked; a row group is held at a time."""
    for source in settings.sources.values():
        masked = MaskedLake(settings.lake, source.name, source.masking)
        for note in find_hours(settings, source, choice):
            hour = note.archive_hour.astimezone(UTC)
            for frame in _choose(masked.read_lines(note), choice):
                for row in frame.iter_rows(named=True):
                    yield QuarantinedLine(source.name, hour, **row)
        if not choice.reasons or CONTRACT in choice.reasons:
            yield from _held_events(settings, source, choice)


def _held_events(settings: Settings, source: Source, choice: LineChoice) -> Iterator[QuarantinedLine]:
    """Yield the events that contracts keep out of the tables: of hours that have some by the ledger."""
    held = held_hours(settings, source)
    for note in list_notes(settings.lake, source.name, start=choice.start, end=choice.end) if held else ():
        hour = note.archive_hour.astimezone(UTC)
        for event in held_events(settings, source, note) if hour in held else ():
            file, line, raw = event.values["_file"], event.values["_line"], text_of(event)
            yield QuarantinedLine(source.name, hour, file, line, None, CONTRACT, describe(event), raw, len(raw))


def group_lines(settings: Settings, choice: LineChoice) -> list[LineGroup]:
    """Return the quarantined lines in groups of one reason and one form, the largest group first."""
    groups: dict[tuple[str, ...], LineGroup] = {}
    for line in read_lines(settings, choice):
        key = (line.source, line.reason, mask_detail(line.detail), form_of(line.raw))
        if key not in groups and len(groups) >= KEPT_GROUPS:
            key = (line.source, line.reason, "", "(other forms)")
        known = groups.get(key)
        if known is None:
            groups[key] = LineGroup(*key, 1, line.archive_hour, line.archive_hour, line)
        else:
            groups[key] = replace(known, lines=known.lines + 1, last_hour=line.archive_hour)
    return sorted(groups.values(), key=lambda group: (-group.lines, group.source, group.reason, group.form))
