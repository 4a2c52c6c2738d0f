"""The first thing that the page of an hour shows, in sentences: what came, what was put right, what needs a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import dagster as dg

from event_assets.config.settings import HOUR_FORMAT, Settings
from event_assets.config.source import Source
from event_assets.defs.metadata import LONGEST, Metadata, escape
from event_assets.lake.hour_note import CLOCKS_UNREAD, ID_CONFLICTS, NO_IDS, Counts, HourNote, note_counts
from loaders.interface.words import counted

if TYPE_CHECKING:
    from event_assets.defs.assets import SourceKeys

WHY_TAG: Final = "tideline/why"
"""The tag of a run that a sensor has requested: what its partitions lack, in words."""
NAMED: Final = 3
"""Names, reasons, days or files in a sentence; more are a number."""
LONGEST_NAME: Final = 40
LONGEST_ADDRESS: Final = 200
"""Characters of an address outside of the UI; a longer one would take the room of what needs a person."""

_RIGHTED: Final = {
    "duplicates": ("duplicate was left out", "duplicates were left out"),
    "late": ("late event had happened in an earlier hour", "late events had happened in earlier hours"),
    "clocks_corrected": (
        "impossible clock was corrected to the time of receipt",
        "impossible clocks were corrected to the time of receipt",
    ),
    "sanitized": (
        "event was sanitized of characters that no text column holds",
        "events were sanitized of characters that no text column holds",
    ),
    "rescued": (
        "value was rescued, as it did not fit its column (`_rescued`)",
        "values were rescued, as they did not fit their columns (`_rescued`)",
    ),
    "updated": ("row was updated by a newer copy", "rows were updated by newer copies"),
    "deleted": ("row was deleted", "rows were deleted"),
    "excluded": ("event was excluded by the settings", "events were excluded by the settings"),
}
"""Counts of what needs nobody, in words: those of the command (tests/project/test_words.py)."""


@dataclass(frozen=True)
class HourFacts:
    """What is known of an hour: counts by the names of `loads`, and its note where the lake still has it."""

    counts: Mapping[str, int]
    note: HourNote | None = None
    why: str = ""
    """Why it was loaded; empty where nobody has asked for a reason."""
    restated: Sequence[str] = ()
    """Days that had been reported before and changed."""
    schema_changes: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = ()
    """What more there is to look at, with its address (`hour_links`)."""


@dataclass
class _Parts:
    """The sentences of a summary, each with the room that is left."""

    reserved: int
    """Characters that are kept for what comes last."""
    lines: list[str] = field(default_factory=list)

    def add(self, title: str, sentences: Sequence[str]) -> None:
        """Append the sentences that fit, and the number of the others."""
        text = f"**{title}** {'; '.join(sentences)}."
        while len(text) > LONGEST - self.reserved - sum(map(len, self.lines)) - 40 and len(sentences) > 1:
            sentences = sentences[:-1]
            text = f"**{title}** {'; '.join(sentences)}; and more below."
        self.lines.append(text)


def lead(facts: HourFacts, keys: SourceKeys, seconds: float) -> Metadata:
    """Return what the page of an hour begins with: the summary, and the numbers with their units."""
    return {"summary": summarize(facts, keys), "numbers": number_table(facts, seconds)}


def lead_of_note(settings: Settings, keys: SourceKeys, note: HourNote, seconds: float) -> Metadata:
    """Return what the page of an hour of `lake` begins with."""
    links = hour_links(settings, settings.sources[note.source], keys, note.archive_hour, note, page=keys.lake)
    return lead(HourFacts(note_counts(note), note, links=links), keys, seconds)


def summarize(facts: HourFacts, keys: SourceKeys) -> dg.MarkdownMetadataValue:
    """Return the summary of an hour, short enough to be shown at once."""
    parts = _Parts(len(_more(facts.links)))
    if facts.why:
        parts.add("Why:", [escape(facts.why)])
    parts.add("What came:", [_came(facts)])
    righted, person = list(_righted(facts)), list(_person(facts, keys))
    parts.add("Needs a person:", person or ["nothing"])
    if righted:
        parts.add("Put right:", righted)
    links, room = list(facts.links), LONGEST - len("\n\n".join([*parts.lines, ""]))
    while links and len(_more(links)) > room:
        links.remove(max(links, key=lambda link: len(link[1])))
    return dg.MetadataValue.md("\n\n".join(filter(None, [*parts.lines, _more(links)])))


def _more(links: Sequence[tuple[str, str]]) -> str:
    return f"**More:** {', '.join(f'[{text}]({address})' for text, address in links)}." if links else ""


def hour_links(
    settings: Settings, source: Source, keys: SourceKeys, hour: datetime, note: HourNote | None, *, page: dg.AssetKey
) -> list[tuple[str, str]]:
    """Return what the summary on the page of an hour of an asset links to, as texts and addresses.

    From `warehouse` that is the page of `lake`, which has the paths of the files, as a browser opens none from the UI;
    from there the tables. The archive is linked where it is on the web, the documentation where `dagster.docs` says so.
    """
    partition = f"?view=partitions&partition={hour:{HOUR_FORMAT}}"
    lake, warehouse = _page(keys.lake), _page(keys.warehouse)
    links = [("tables", warehouse + partition)] if page == keys.lake else [("files", lake + partition)]
    address = archive_address(source, note.files[0].file) if note and note.files else None
    if address is not None:
        links.append(("archive", address))
    links.append(("checks", f"{_page(page)}?view=checks"))
    if docs := settings.dagster.docs:
        counts = note.counts if note else Counts()
        about = "files" if counts.bad_files else "quarantine" if counts.quarantined else "dagster"
        links.append(("docs", docs.replace("{page}", about)))
    return links


def archive_address(source: Source, file: str) -> str | None:
    """Return the web page of the folder of an archive file, or of the file itself; None where nobody serves one."""
    parts = urlsplit(source.archive)
    folder, name = quote(parts.path.strip("/"), safe="/%"), quote(file)
    above = "/".join(part for part in (folder, name.rpartition("/")[0]) if part)
    host = quote(f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}", safe=":.-")
    address = None
    if parts.scheme in ("http", "https") and host:
        address = f"{parts.scheme}://{host}/{'/'.join(part for part in (folder, name) if part)}"
    elif parts.scheme == "s3" and host and not source.storage_options:  # those may name another service
        address = f"https://console.aws.amazon.com/s3/buckets/{host}?prefix={above}/"
    elif parts.scheme in ("gs", "gcs") and host:
        address = f"https://console.cloud.google.com/storage/browser/{host}/{above}"
    return address if address is not None and len(address) <= LONGEST_ADDRESS else None


def number_table(facts: HourFacts, seconds: float) -> dg.MarkdownMetadataValue:
    """Return the numbers that most people look for, with their units."""
    counts = facts.counts
    changed = (f"{counts[name]:,} {name}" for name in ("inserted", "updated", "deleted") if counts.get(name))
    quarantined = counts.get("quarantined", 0)
    rows = [
        ("read", f"{counted(counts.get('files', 0), 'file', 'files')}, {megabytes(counts.get('bytes', 0))}"),
        ("lines", f"{counts.get('lines', 0):,}"),
        ("events", f"{counts.get('events', 0):,}"),
        ("quarantined", f"{counted(quarantined, 'line', 'lines')} ({_share(counts)})" if quarantined else ""),
        ("rows", ", ".join(changed)),
        ("time", f"{seconds:,.1f} s" if seconds else ""),
    ]
    lines = (f"| {name} | {text} |" for name, text in rows if text)
    return dg.MetadataValue.md("\n".join(["| | |", "| --- | --- |", *lines]))


def megabytes(size: int) -> str:
    """Return bytes in the unit that people read: kB up to a tenth of a MB."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def _share(counts: Mapping[str, int]) -> str:
    lines = counts.get("lines", 0)
    return f"{counts.get('quarantined', 0) / lines:.1%}" if lines else "none read"


def _came(facts: HourFacts) -> str:
    counts = facts.counts
    if not counts.get("files"):
        return "no file"
    text = (
        f"{counted(counts['files'], 'file', 'files')} ({megabytes(counts.get('bytes', 0))}) with "
        f"{counted(counts.get('lines', 0), 'line', 'lines')}: {counted(counts.get('events', 0), 'event', 'events')}"
    )
    names = facts.note.events_by_name if facts.note else {}
    ranked = sorted(names.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = ", ".join(f"{_name(name)} {number:,}" for name, number in ranked[:NAMED])
    more = f" and {len(ranked) - NAMED:,} other names" if len(ranked) > NAMED else ""
    return f"{text}, {shown}{more}" if shown else text


def _righted(facts: HourFacts) -> Iterator[str]:
    if facts.restated:
        days = ", ".join(facts.restated[-NAMED:])
        yield f"{counted(len(facts.restated), 'day', 'days')} that had been reported changed: {days}"
    for name, (one, many) in _RIGHTED.items():
        if number := facts.counts.get(name, 0):
            yield f"{counted(number, one, many)}"
    if facts.schema_changes:
        yield counted(len(facts.schema_changes), "change of tables and columns", "changes of tables and columns")


def _person(facts: HourFacts, keys: SourceKeys) -> Iterator[str]:
    counts, note = facts.counts, facts.note
    if counts.get("bad_files"):
        bad = [file for file in note.files if file.bad] if note else []
        named = ", ".join(
            f"{_name(file.file.rpartition('/')[2])} ({_name(file.reason or 'unreadable')})" for file in bad[:1]
        )
        files = counted(counts["bad_files"], "bad file", "bad files")
        yield f"{files}, left out whole: {named} {_check(keys.lake, 'no_bad_file')}"
    if counts.get("quarantined"):
        reasons = sorted((note.quarantined_by_reason if note else {}).items(), key=lambda entry: -entry[1])
        named = ", ".join(f"{number:,} {_name(reason)}" for reason, number in reasons[:NAMED])
        lines = counted(counts["quarantined"], "line is quarantined", "lines are quarantined")
        yield f"{lines}: {named} {_check(keys.warehouse, 'quarantine_rate')}"
    noticed = note.noticed if note else {}
    clocks = sum(number for name, number in noticed.items() if name.startswith(CLOCKS_UNREAD))
    for number, one, many, check in (
        (clocks, "clock could not be read", "clocks could not be read", "clocks_are_read"),
        (noticed.get(NO_IDS, 0), "event has a placeholder as id", "events have a placeholder as id", "ids_are_ids"),
        (noticed.get(ID_CONFLICTS, 0), "event reuses an id", "events reuse ids", "ids_are_ids"),
    ):
        if number:
            yield f"{counted(number, one, many)} {_check(keys.lake, check)}"


def _check(asset: dg.AssetKey, check: str) -> str:
    return f"([{check.replace('_', ' ')}]({_page(asset)}?view=checks&checkDetail={check}))"


def _page(asset: dg.AssetKey) -> str:
    return f"/assets/{quote('/'.join(asset.path))}"


def _name(text: str) -> str:
    short = text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 3] + "..."
    return escape(short)
