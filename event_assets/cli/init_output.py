"""What `tideline init` prints: what an archive is, or what was seen in it and how to say what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from event_assets.archive.inspection.inspect import Inspection, Verdict
from event_assets.archive.inspection.locate import ArchiveRoot
from event_assets.archive.inspection.recognize_envelope import OWN
from event_assets.archive.inspection.sniff import PARQUET
from event_assets.archive.inspection.volume import Bucket, Lateness, Volume
from event_assets.cli.output import cells, new_table
from event_assets.config.parse import HOUR_FORMAT
from event_assets.config.settings import redacted

KNOWN: Final = (Verdict.FOUND, Verdict.NO_ENVELOPE)
"""What can be written down, if only for the operator to complete."""

_BARS: Final = "▁▂▃▄▅▆▇█"
_SHOWN_GAPS: Final = 5
_SHOWN_STREAMS: Final = 8
_WIDTHS: Final = {1: "hour", 24: "day", 7 * 24: "week"}
_DELAYS: Final = {1: "1 h", 24: "1 d", 7 * 24: "7 d", 30 * 24: "30 d"}


def inspection_table(found: Inspection) -> Table:
    """What was found, a row a fact."""
    table = new_table(f"Archive {redacted(found.archive)}", "", "", header=False)
    for name, fact, style in _facts(found):
        table.add_row(name, *[Text(cell.plain, style) for cell in cells(fact)])
    return table


def seen_table(found: Inspection) -> Table:
    """What was seen where the archive could not be told: keys, and how files begin."""
    table = new_table(f"Seen in {redacted(found.archive)}", "", "", header=False)
    if found.seen.keys:
        table.add_row(*cells("keys", "\n".join(found.seen.keys)))
    for key, raw, kind in found.seen.contents:
        table.add_row(*cells(kind, f"{key}\n{_show_bytes(raw)}"))
    return table


def explain_verdict(found: Inspection) -> str:
    """Why nothing was written, and what to say, in one line."""
    where = redacted(found.archive)
    kinds = ", ".join(dict.fromkeys(kind for _, _, kind in found.seen.contents)) or "nothing that can be read"
    return {
        Verdict.EMPTY: f"No data files were found in {where}. Check the prefix.",
        Verdict.SEVERAL: f"There are several archives below {where}. Choose one: {_choices(where, found.roots)}.",
        Verdict.NO_LAYOUT: (
            f"The keys in {where} do not tell the hour in which a file arrived (the files are: {kinds}), so it is not "
            "recognised as an archive of events. If it is one, say how its keys tell the hour: "
            "--layout '{year}/{month}/{day}/{hour}/*'."
        ),
        Verdict.NO_EVENTS: (
            f"The keys in {where} tell the hour, but the files have no events that can be read (they are: {kinds}), so "
            f"it is not recognised as an archive of events. If it is one, {_advice(kinds)}."
        ),
        Verdict.NO_ENVELOPE: (
            f"The JSON objects in {where} are events of no envelope that is known. Name a shipped mapping with "
            "--mapping, or write one: the document above has the members that were seen and guesses for it."
        ),
        Verdict.FOUND: "",
    }[found.verdict]


def _advice(kinds: str) -> str:
    if PARQUET in kinds:
        return "raise --mib: a Parquet file is read whole, and a quarter of that must hold one"
    return "say how values stand in a file: --framing lines, concatenated, array or tsv"


def inspection_document(found: Inspection, document: str | None, written: str | None) -> dict[str, Any]:
    """The result of `tideline init --json`."""
    known = found.verdict in KNOWN
    return {
        "archive": redacted(found.archive),
        "verdict": found.verdict.name.lower(),
        "message": explain_verdict(found) or None,
        "layout": found.root.layout.name if found.root and known else None,
        "template": _shown_template(found) if known else None,
        "framing": found.framing if known else None,
        "compressions": dict(found.compressions),
        "mapping": found.envelope.name if found.envelope else None,
        "sources": [{"name": each.name, "files": each.files, "bytes": each.bytes} for each in found.streams],
        "places": [place.prefix for place in found.roots],
        "volume": _volume_document(found) if known else None,
        "lateness": _lateness_document(found.lateness) if found.lateness else None,
        "bad_lines": found.bad_lines,
        "bad_files": found.bad_files,
        "ignored_files": found.ignored,
        "looked_at": {"requests": found.requests, "files": found.read_files, "bytes": found.read_bytes},
        "seen": {
            "keys": list(found.seen.keys),
            "contents": [
                {"key": key, "begins": _show_bytes(raw), "kind": kind} for key, raw, kind in found.seen.contents
            ],
        },
        "document": document,
        "written": written,
    }


def draw_volume(buckets: Sequence[Bucket]) -> str:
    """A bar per stretch of time by its bytes; a blank where it has no file."""
    most = max(bucket.bytes for bucket in buckets) or 1
    return "".join(_BARS[bucket.bytes * (len(_BARS) - 1) // most] if bucket.files else " " for bucket in buckets)


def format_bytes(size: int) -> str:
    """A size in the unit that leaves at most four digits before the point."""
    amount, unit = float(size), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:,.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"


def _show_bytes(raw: bytes) -> str:
    """The beginning of a content: as text if it is one, else the first bytes in hex."""
    text = raw.decode("utf-8", errors="ignore").replace("\t", " ").replace("\r", "")
    printable = sum(each.isprintable() or each == "\n" for each in text)
    return text.strip() if printable >= 0.9 * len(raw.decode("utf-8", errors="replace")) else raw[:16].hex(" ")


def _facts(found: Inspection) -> Iterator[tuple[str, object, str]]:
    """Name, fact and style of each row."""
    if found.root is not None:
        yield "layout", found.root.layout.name, "green"
        if _shown_template(found) != found.root.layout.name:
            yield "keys", _shown_template(found), ""
    if found.compressions:
        yield "compression", _parts(found.compressions), ""
        yield "framing", found.framing, ""
    if found.envelope is not None:
        yield "envelope", _envelope(found.envelope.name), "green" if found.envelope.name else "yellow"
    if found.streams:
        shown = "\n".join(f"{each.name}: {each.files:,} files" for each in found.streams[:_SHOWN_STREAMS])
        more = len(found.streams) - _SHOWN_STREAMS
        yield "sources", shown + (f"\n... {more} more" if more > 0 else ""), ""
    if found.volume is not None:
        yield from _volume_facts(found, found.volume)
    if found.lateness is not None:
        yield "late events", _late(found.lateness), "yellow" if found.lateness.late else ""
    if found.bad_lines or found.bad_files:
        yield "for the quarantine", f"{found.bad_lines:,} lines and {found.bad_files:,} files of those read", "yellow"
    if found.ignored:
        yield "ignored", f"{found.ignored:,} files beside the data, whose keys do not fit the layout", ""
    read = f"{found.read_files:,} files opened, {format_bytes(found.read_bytes)} read"
    yield "looked at", f"{found.requests:,} listing requests, {read}", "dim"


def _volume_facts(found: Inspection, volume: Volume) -> Iterator[tuple[str, object, str]]:
    about = "about " if volume.estimated else ""
    span = f"{volume.first:{HOUR_FORMAT}} to {volume.last:{HOUR_FORMAT}}"
    yield "hours", f"{span}, {about if volume.gaps is None else ''}{volume.hours:,} with files", ""
    yield "files", f"{about}{volume.files:,}, {about}{format_bytes(volume.bytes)} as stored", ""
    if found.lateness is not None:
        yield "events", f"about {found.events:,}, about {found.events / volume.hours:,.0f} an hour", ""
    width = volume.buckets[0].hours
    name = _WIDTHS.get(width, f"{width} hours" if width < 24 else f"{width // 24} days")
    yield f"bytes by {name}", draw_volume(volume.buckets), "cyan"
    yield "gaps", _gaps(volume), "yellow" if volume.missing or volume.gaps is None else ""


def _gaps(volume: Volume) -> str:
    if volume.gaps is None:
        return "not known: not every folder was listed; raise --requests"
    if not volume.gaps:
        return "none"
    longest = sorted(volume.gaps, key=lambda gap: gap.hours, reverse=True)[:_SHOWN_GAPS]
    shown = [_span(gap.first, gap.last, gap.hours) for gap in sorted(longest, key=lambda gap: gap.first)]
    more = len(volume.gaps) - len(shown)
    rest = [f"... {more:,} shorter ones"] if more else []
    return "\n".join([f"{volume.missing:,} hours without a file", *shown, *rest])


def _span(first: datetime, last: datetime, hours: int) -> str:
    if hours == 1:
        return f"{first:{HOUR_FORMAT}}"
    return f"{first:{HOUR_FORMAT}} to {last:{HOUR_FORMAT}} ({hours:,} h)"


def _late(lateness: Lateness) -> str:
    if not lateness.late:
        return f"none of {lateness.events:,} that were read"
    later = [f"{share:.2%} by more than {_DELAYS[hours]}" for hours, share in lateness.later_than.items() if share]
    longest = f"at most {lateness.longest // 24} d {lateness.longest % 24} h"
    return f"{lateness.late:.2%} of {lateness.events:,} that were read\n" + "\n".join([*later, longest])


def _envelope(name: str | None) -> str:
    if name is None:
        return "not known"
    return "RudderStack's and Segment's, read as it is" if name == OWN else f"mapping {name}"


def _shown_template(found: Inspection) -> str:
    return found.template.replace("{about_prefix}", "*").replace("{about_", "{")


def _parts(counts: Mapping[str, int]) -> str:
    if len(counts) == 1:
        return next(iter(counts))
    total = sum(counts.values())
    return ", ".join(f"{name} ({count} of {total} files)" for name, count in counts.items())


def _choices(where: str, places: Sequence[ArchiveRoot]) -> str:
    return ", ".join(f"{where.rstrip('/')}/{place.prefix} ({place.layout.name})" for place in places[:_SHOWN_STREAMS])


def _volume_document(found: Inspection) -> dict[str, Any] | None:
    volume = found.volume
    if volume is None:
        return None
    gaps = [{"first": gap.first, "last": gap.last, "hours": gap.hours} for gap in volume.gaps or ()]
    return {
        "first": volume.first,
        "last": volume.last,
        "hours": volume.hours,
        "files": volume.files,
        "bytes": volume.bytes,
        "events": found.events,
        "events_per_hour": round(found.events / volume.hours),
        "estimated": volume.estimated,
        "missing_hours": volume.missing,
        "gaps": None if volume.gaps is None else gaps,
    }


def _lateness_document(lateness: Lateness) -> dict[str, Any]:
    return {
        "events": lateness.events,
        "late": lateness.late,
        "later_than_hours": {str(hours): share for hours, share in lateness.later_than.items()},
        "longest_hours": lateness.longest,
    }
