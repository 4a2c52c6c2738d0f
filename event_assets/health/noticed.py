"""Events of an hour with something that somebody should look at: counted, with a few of them (contract §9).

Covered by tests/defs/checks/test_noticed.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from event_assets.anomalies.findings import Finding
from event_assets.config.settings import HOUR_FORMAT
from event_assets.health.warnings import CountedHour, is_worth_a_warning
from event_assets.lake.hour_note import CLOCKS_UNREAD, ID_CONFLICTS, NO_IDS, HourNote, NoticedSample
from loaders.formats.printable import printable
from loaders.interface.result import ReusedId


def unread_clocks(notes: Iterable[HourNote | None]) -> list[Finding]:
    """Return a finding for each clock that one event in a hundred, or more, has in no readable form."""
    return [
        Finding(
            note.archive_hour,
            name.removeprefix(CLOCKS_UNREAD),
            f"{events:,} of {note.counts.events:,} events have a value that is no clock: it is in _rescued"
            f"{_example_of(note, name)}",
        )
        for note in notes
        if note is not None
        for name, events in note.noticed.items()
        if name.startswith(CLOCKS_UNREAD) and is_worth_a_warning(events, note.counts.events)
    ]


ODD_IDS: Final = {
    NO_IDS: "have a placeholder as id",
    ID_CONFLICTS: "have the id of an event with another name or user, or more than a day apart, and are left out",
}


def odd_ids(notes: Iterable[HourNote | None]) -> list[Finding]:
    """Return a finding for each hour in which one event in a hundred, or more, has a placeholder or a reused id."""
    return [
        Finding(
            note.archive_hour,
            "messageId",
            f"{events:,} of {note.counts.events:,} events {what}{_example_of(note, name)}",
        )
        for note in notes
        if note is not None
        for name, what in ODD_IDS.items()
        if is_worth_a_warning(events := note.noticed.get(name, 0), note.counts.events)
    ]


def reused_between_hours(
    notes: Iterable[HourNote | None], reused: Mapping[datetime, Sequence[ReusedId]]
) -> list[Finding]:
    """Return a finding for each hour of which one event in a hundred, or more, has the id of another hour's event."""
    return [
        Finding(
            note.archive_hour,
            "messageId",
            f"{found[0].conflicts:,} of {note.counts.events:,} events have the id of an event of another hour with "
            f"another name or user, or more than a day apart: one of both is left out"
            f"{_for_example([describe_reused(one) for one in found])}",
        )
        for note in notes
        if note is not None and (found := reused.get(note.archive_hour, ()))
        if is_worth_a_warning(found[0].conflicts, note.counts.events)
    ]


def count_noticed(
    archive_hour: datetime, counts: Mapping[str, int], note: HourNote | None, reused: Sequence[ReusedId]
) -> CountedHour:
    """Return what is noticed of a loaded hour: by its note, and between its events and those of other hours."""
    noticed = dict(note.noticed) if note else {}
    if reused:
        noticed[ID_CONFLICTS] = noticed.get(ID_CONFLICTS, 0) + reused[0].conflicts
    return CountedHour(archive_hour, counts, noticed, find_examples(note.samples if note else (), reused))


def find_examples(samples: Iterable[NoticedSample], reused: Iterable[ReusedId] = ()) -> dict[str, list[str]]:
    """Return a line for each of the events, by the name of what is counted."""
    examples: dict[str, list[str]] = {}
    for sample in samples:
        where = printable(f"{sample.file}:{sample.line}")
        examples.setdefault(sample.name, []).append(f"{where} {describe_sample(sample)}")
    for row in reused:
        examples.setdefault(ID_CONFLICTS, []).append(describe_reused(row))
    return examples


def describe_sample(sample: NoticedSample) -> str:
    """Return what is odd about an event, without control characters."""
    if sample.name == ID_CONFLICTS:
        other = f"{sample.other_file}:{sample.other_line}"
        return printable(f"has the id {sample.id} of {other}, and another {', '.join(sample.differs)}")
    member = "messageId" if sample.name == NO_IDS else sample.name.removeprefix(CLOCKS_UNREAD)
    return printable(f"has {member} {sample.value}")


def describe_reused(reused: ReusedId) -> str:
    """Return in what an event differs from the one of its id in another hour."""
    other = f"{reused.other_archive_hour:{HOUR_FORMAT}}"
    return printable(f"{reused.type} {reused.id} is in {other} with another {reused.differs}")


def _example_of(note: HourNote, name: str) -> str:
    return _for_example(find_examples(note.samples).get(name, ()))


def _for_example(examples: Collection[str]) -> str:
    return f", for example {next(iter(examples))}" if examples else ""
