"""What `tideline init` prints: the facts of an archive, or samples of it and the option that describes it.

Covered by tests/cli/test_init.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from event_assets.archive.inspection.recognize_envelope import OWN, RENAMED, WRAPPED
from event_assets.archive.inspection.result import Verdict
from event_assets.cli.output.inspection.preview import describe_preview, preview_document, preview_table
from event_assets.cli.output.inspection.verdict import describe_agreement, explain_verdict
from event_assets.cli.output.printing import cells, counted, format_hour, new_table, print_json, result_console
from event_assets.config.parse import redacted
from event_assets.config.settings import CONFIG_NAME

if TYPE_CHECKING:
    from event_assets.archive.inspection.clocks import Agreement
    from event_assets.archive.inspection.result import Inspection
    from event_assets.archive.inspection.volume import Bucket, Lateness, Volume

KNOWN: Final = (Verdict.FOUND, Verdict.NO_ENVELOPE)
"""Verdicts for which a configuration can be written, if only for the operator to complete."""

_BARS: Final = "▁▂▃▄▅▆▇█"
_ENVELOPE_STYLES: Final = {None: "yellow", RENAMED: "yellow"}
_SHOWN_GAPS: Final = 5
_SHOWN_STREAMS: Final = 8
_SHOWN_FORMS: Final = 5
_WIDTHS: Final = {1: "hour", 24: "day", 7 * 24: "week"}
_DELAYS: Final = {1: "1 h", 24: "1 d", 7 * 24: "7 d", 30 * 24: "30 d"}


def print_inspection(
    found: Inspection, document: str | None, written: str | None, *, already: bool, as_json: bool
) -> None:
    """Print the facts of the archive and the next commands, or the configuration if it was not written.

    `already`: the file had these settings before, and was left as it is.
    """
    if as_json:
        print_json({**_inspection_document(found, document, written), "already": already})
        return
    console = result_console()
    if found.verdict in KNOWN:
        console.print(_facts_table(found))
        if found.preview is not None and found.preview.rows:
            console.print(preview_table(found.preview))
    if found.verdict is not Verdict.FOUND and (found.seen.keys or found.seen.contents):
        console.print(_samples_table(found))
    if document is not None and written is None:
        shown = Syntax(document, "toml", theme="ansi_dark") if console.is_terminal else Text(document)
        console.print(shown, soft_wrap=True)
    if written is not None:
        flags = "" if written == CONFIG_NAME else f" --config {shlex.quote(written)}"
        did = f"{written} has these settings already." if already else f"Wrote {written}."
        console.print(f"{did} Next:", markup=False, soft_wrap=True)
        console.print(f"  tideline load{flags} --dry-run    list the pending hours", markup=False, soft_wrap=True)
        console.print(f"  tideline load{flags}", markup=False, soft_wrap=True)


def _facts_table(found: Inspection) -> Table:
    table = new_table(f"Archive {redacted(found.archive)}", "", "", header=False)
    for name, fact, style in _facts(found):
        table.add_row(name, *[Text(cell.plain, style) for cell in cells(fact)])
    return table


def _samples_table(found: Inspection) -> Table:
    """Return example keys and the beginnings of files, for an archive that was not recognised."""
    table = new_table(f"Seen in {redacted(found.archive)}", "", "", header=False)
    if found.seen.keys:
        table.add_row(*cells("keys", "\n".join(found.seen.keys)))
    for key, raw, kind in found.seen.contents:
        table.add_row(*cells(kind, f"{key}\n{_show_bytes(raw)}"))
    return table


def _inspection_document(found: Inspection, document: str | None, written: str | None) -> dict[str, Any]:
    known = found.verdict in KNOWN
    return {
        "archive": redacted(found.archive),
        "verdict": found.verdict.name.lower(),
        "message": explain_verdict(found) or None,
        "layout": found.root.layout.name if found.root and known else None,
        "time_zone": found.zones[0] if found.zones else None,
        "template": _shown_template(found) if known else None,
        "framing": found.framing if known else None,
        "compressions": dict(found.compressions),
        "mapping": found.envelope.name if found.envelope else None,
        "sources": [{"name": stream.name, "files": stream.files, "bytes": stream.bytes} for stream in found.streams],
        "places": [root.prefix for root in found.roots],
        "volume": _volume_document(found) if known else None,
        "forms": [
            {"shape": form.shape, "share": form.share, "files": form.files, "examples": list(form.examples)}
            for form in found.forms
        ],
        "unfit": [form.shape for form in found.unfit],
        "clocks": _agreement_document(found.agreement) if found.agreement else None,
        "preview": preview_document(found.preview) if found.preview else None,
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
    """Return a bar per stretch of time by its bytes, and a blank for one without a file."""
    most = max(bucket.bytes for bucket in buckets) or 1
    return "".join(_BARS[bucket.bytes * (len(_BARS) - 1) // most] if bucket.files else " " for bucket in buckets)


def format_bytes(size: int) -> str:
    """Return a size in the unit that leaves at most four digits before the point."""
    amount, unit = float(size), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:,.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"


def _show_bytes(raw: bytes) -> str:
    """Return the beginning of a file: as text if it is text, else the first bytes in hex."""
    text = raw.decode("utf-8", errors="ignore").replace("\t", " ").replace("\r", "")
    printable = sum(character.isprintable() or character == "\n" for character in text)
    return text.strip() if printable >= 0.9 * len(raw.decode("utf-8", errors="replace")) else raw[:16].hex(" ")


def _facts(found: Inspection) -> Iterator[tuple[str, object, str]]:
    """Yield name, fact and style of every row."""
    if found.root is not None:
        parts = found.root.layout.parts or (found.root.layout,)
        yield "layout", "\n".join(str(part.name) for part in parts), "green"
        if len(parts) == 1 and _shown_template(found) != found.root.layout.name:
            yield "keys", _shown_template(found), ""
    if found.zones:
        others = f" (or {', '.join(found.zones[1:])})" if found.zones[1:] else ""
        yield "time zone", found.zones[0] + others, "yellow"
    if found.unfit:
        forms = [f"{form.share:.1%}: {counted(form.files, 'file')} like {form.examples[0]}" for form in found.unfit]
        yield "not in this layout", "\n".join(forms[:_SHOWN_FORMS]), "yellow"
    if found.agreement is not None:
        yield "clocks", describe_agreement(found.agreement), "" if found.agreement.agrees else "yellow"
    if found.compressions:
        yield "compression", _shares(found.compressions), ""
        yield "framing", found.framing, ""
    if found.envelope is not None:
        yield "envelope", _envelope(found.envelope.name), _ENVELOPE_STYLES.get(found.envelope.name, "green")
    if found.preview is not None:
        name = "as rows" if found.envelope is not None and found.envelope.name else "with the guesses"
        yield name, describe_preview(found.preview), ""
    if found.streams:
        shown = "\n".join(
            f"{stream.name}: {counted(stream.files, 'file')}" for stream in found.streams[:_SHOWN_STREAMS]
        )
        more = len(found.streams) - _SHOWN_STREAMS
        yield "sources", shown + (f"\n... {more} more" if more > 0 else ""), ""
    if found.volume is not None:
        yield from _volume_facts(found, found.volume)
    if found.lateness is not None:
        yield "late events", _late(found.lateness), "yellow" if found.lateness.late else ""
    if found.bad_lines or found.bad_files:
        yield (
            "for the quarantine",
            f"{counted(found.bad_lines, 'line')} and {counted(found.bad_files, 'file')} of those read",
            "yellow",
        )
    if found.ignored:
        yield (
            "ignored",
            f"{counted(found.ignored, 'file')} beside the data that fit no layout",
            "",
        )
    read = f"{counted(found.read_files, 'file')} opened, {format_bytes(found.read_bytes)} read"
    yield "looked at", f"{counted(found.requests, 'listing request')}, {read}", "dim"


def _volume_facts(found: Inspection, volume: Volume) -> Iterator[tuple[str, object, str]]:
    about = "about " if volume.estimated else ""
    span = f"{format_hour(volume.first)} to {format_hour(volume.last)}"
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
        return "unknown: not every folder was listed; raise --requests"
    if not volume.gaps:
        return "none"
    longest = sorted(volume.gaps, key=lambda gap: gap.hours, reverse=True)[:_SHOWN_GAPS]
    shown = [_span(gap.first, gap.last, gap.hours) for gap in sorted(longest, key=lambda gap: gap.first)]
    more = len(volume.gaps) - len(shown)
    rest = [f"... {more:,} shorter ones"] if more else []
    return "\n".join([f"{counted(volume.missing or 0, 'hour')} without a file", *shown, *rest])


def _span(first: datetime, last: datetime, hours: int) -> str:
    if hours == 1:
        return format_hour(first)
    return f"{format_hour(first)} to {format_hour(last)} ({hours:,} h)"


def _late(lateness: Lateness) -> str:
    if not lateness.late:
        return f"none of {lateness.events:,} that were read"
    later = [f"{share:.2%} by more than {_DELAYS[hours]}" for hours, share in lateness.later_than.items() if share]
    longest = f"at most {lateness.longest // 24} d {lateness.longest % 24} h"
    return f"{lateness.late:.2%} of {lateness.events:,} that were read\n" + "\n".join([*later, longest])


def _envelope(name: str | None) -> str:
    if name is None:
        return "unknown"
    if name == WRAPPED:
        return "RudderStack's and Segment's, inside the lines of a transport: see each in the file"
    if name == RENAMED:
        return "RudderStack's and Segment's under other names: check [source.mapping] in the file"
    return "RudderStack's and Segment's, read as it is" if name == OWN else f"mapping {name}"


def _shown_template(found: Inspection) -> str:
    return found.template.replace("{about_prefix}", "*").replace("{about_", "{")


def _shares(counts: Mapping[str, int]) -> str:
    if len(counts) == 1:
        return next(iter(counts))
    total = sum(counts.values())
    return ", ".join(f"{name} ({count} of {total} files)" for name, count in counts.items())


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


def _agreement_document(agreement: Agreement) -> dict[str, Any]:
    key, read, clock = agreement.example
    return {
        "agree": agreement.agrees,
        "compared": agreement.witness,
        "events": agreement.events,
        "files": agreement.files,
        "within_a_day": agreement.near,
        "within_an_hour": agreement.in_hour,
        "newer": agreement.newer,
        "hours_ahead": agreement.offset,
        "hours_in_file": agreement.hours_in_file,
        "example": {"key": key, "read": read, "clock": clock},
    }
