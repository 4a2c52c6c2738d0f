"""The state of a source: hours loaded and pending, files late and vanished, quarantined lines by reason.

Covered by tests/cli/test_app.py and tests/defs/test_several_sources.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from event_assets.archive.errors import ArchiveError
from event_assets.config.settings import HOUR_FORMAT, Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.discovery.survey import Survey, survey_source
from event_assets.health.contracts import violations_of
from event_assets.health.groups.forms import LineForm, count_forms
from event_assets.health.groups.libraries import count_duplicates
from event_assets.health.lateness import LateRows, late_rows
from event_assets.health.noticed import count_noticed
from event_assets.health.warnings import CountedHour, Warned, find_warnings
from event_assets.lake.failures import HourFailure, read_failures
from event_assets.lake.reading.read import read_note
from loaders.connection.session import Session
from loaders.queries.conflicts import reused_ids
from loaders.queries.quarantine import QuarantinedLine, lines_by_reason, reason_counts
from loaders.queries.tables import ExcludedEvents, events_without_table, excluded_events, table_sizes

EXAMPLES: Final = 2
SHOWN_EXCLUDED: Final = 20
READ_NOTES: Final = 24
"""Hours whose notes are read, and whose violations of contracts are reported."""
RAW_SHOWN: Final = 120


@dataclass(frozen=True)
class LateHour:
    """A loaded hour, and its files that have arrived or changed since."""

    archive_hour: datetime
    files: tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """Lines or files that are held in quarantine for one reason, with a few examples."""

    reason: str
    held: int
    capped: bool
    """Whether an hour has more of them than the warehouse holds; the lake holds all."""
    examples: tuple[QuarantinedLine, ...]


@dataclass(frozen=True)
class SourceStatus:
    """One source's archive, ledger and quarantine."""

    source: str
    schema: str
    layout: str = ""
    ignored_files: int = 0
    warnings: tuple[Warned, ...] = ()
    """What somebody should look at in loaded hours and in the listing."""
    loaded: tuple[datetime, ...] = ()
    pending: tuple[datetime, ...] = ()
    """Never loaded, or changed since."""
    failing: tuple[HourFailure, ...] = ()
    """Pending hours that could not be loaded: since when, how often, and why."""
    late: tuple[LateHour, ...] = ()
    vanished: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Archive hour -> files that were loaded and are no longer in the archive; they keep their rows."""
    totals: Mapping[str, int] = field(default_factory=dict)
    quarantine: tuple[Reason, ...] = ()
    quarantine_forms: tuple[LineForm, ...] = ()
    """The forms of the newest quarantined lines, those of the most lines first."""
    duplicates_by_library: Mapping[str, int] = field(default_factory=dict)
    """Library -> its copies among `duplicates` of the totals, the most first."""
    tables: Mapping[str, int] = field(default_factory=dict)
    late_rows: LateRows = field(default_factory=LateRows)
    excluded: tuple[ExcludedEvents, ...] = ()
    """Events that `include` and `exclude` leave out, by type and name, the most frequent first."""
    without_table: Mapping[str, str] = field(default_factory=dict)
    """Event tables that do not exist although there are events of their names, with what prevents each."""
    other_settings: tuple[datetime, ...] = ()
    """Hours that were loaded under another mapping, selection or `not_users` than the current one."""
    last_loaded_at: datetime | None = None
    """The end of the newest load."""
    error: str = ""
    """Why the archive cannot be listed, or empty."""


def source_statuses(settings: Settings) -> list[SourceStatus]:
    """Return the state of every source; of several, one whose archive cannot be listed has only its error."""
    statuses = []
    for source in settings.sources.values():
        try:
            statuses.append(source_status(settings, source))
        except (ArchiveError, OSError) as error:
            if len(settings.sources) == 1:
                raise
            statuses.append(SourceStatus(source.name, source.schema, error=str(error) or type(error).__name__))
    return statuses


def source_status(settings: Settings, source: Source) -> SourceStatus:
    """Return the state of a source. Raise `ArchiveError` or `Transient`."""
    survey = survey_source(settings, source)
    states = survey.states
    totals: Counter[str] = Counter()
    for state in states:
        totals.update(state.loaded.counts if state.loaded else {})
    with open_ledger(settings) as session:
        tables = {} if session is None else table_sizes(session, source.schema)
        reasons = () if session is None else tuple(_reasons(session, source.name))
        forms = () if session is None else count_forms(session, source.name)
        without_table = {} if session is None else events_without_table(session, source.schema)
        late = LateRows() if session is None else late_rows(session, source)
        excluded = [] if session is None else excluded_events(session, source.name)
        libraries = {} if session is None else count_duplicates(session, source.name, totals["duplicates"])
        hours = _counted_hours(settings, survey, session)
        newest = sorted(hour.archive_hour for hour in hours)[-READ_NOTES:]
        violations = () if session is None else violations_of(session, source.name, newest)
    return SourceStatus(
        source=source.name,
        schema=source.schema,
        layout=survey.source.layout_names,
        ignored_files=survey.ignored_files,
        warnings=(
            *find_warnings(source.name, hours, unfit_files=survey.unfit_files, unfit_keys=survey.unfit_keys),
            *violations,
        ),
        loaded=tuple(state.archive_hour for state in states if state.loaded),
        pending=tuple(state.archive_hour for state in states if state.pending),
        failing=_failing(settings, survey),
        late=tuple(LateHour(state.archive_hour, state.changed_files) for state in states if state.changed_files),
        vanished={
            f"{state.archive_hour:{HOUR_FORMAT}}": state.vanished_files for state in states if state.vanished_files
        },
        totals=dict(totals) | ({"excluded": sum(left_out.events for left_out in excluded)} if totals else {}),
        quarantine=reasons,
        quarantine_forms=forms,
        duplicates_by_library=libraries,
        tables=tables,
        last_loaded_at=max((state.loaded.finished_at for state in states if state.loaded), default=None),
        late_rows=late,
        excluded=tuple(excluded[:SHOWN_EXCLUDED]),
        without_table=without_table,
        other_settings=survey.loaded_by_other_settings(),
    )


def _failing(settings: Settings, survey: Survey) -> tuple[HourFailure, ...]:
    """Return the recorded failures of pending hours; a record that its load could not remove is left out."""
    pending = {state.archive_hour for state in survey.states if state.pending}
    failures = read_failures(settings.lake, survey.source.name)
    return tuple(failure for hour, failure in failures.items() if hour in pending)


def _counted_hours(settings: Settings, survey: Survey, session: Session | None) -> list[CountedHour]:
    """Return the loaded hours; only of the newest ones is the note read, and what is reused between hours."""
    loaded = {state.archive_hour: state.loaded.counts for state in survey.states if state.loaded}
    newest = sorted(loaded)[-READ_NOTES:]
    notes = {hour: read_note(settings.lake, survey.source.name, hour) for hour in newest}
    reused = {} if session is None else reused_ids(session, survey.source.name, newest)
    return [count_noticed(hour, counts, notes.get(hour), reused.get(hour, ())) for hour, counts in loaded.items()]


def _reasons(session: Session, source: str) -> list[Reason]:
    examples: dict[str, list[QuarantinedLine]] = {}
    for line in lines_by_reason(session, source, examples=EXAMPLES):
        examples.setdefault(line.reason, []).append(replace(line, raw=(line.raw or "")[:RAW_SHOWN]))
    return [
        Reason(count.reason, count.held, bool(count.capped), tuple(examples.get(count.reason, ())))
        for count in reason_counts(session, source)
    ]
