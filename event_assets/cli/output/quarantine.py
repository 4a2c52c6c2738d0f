"""What `tideline quarantine` prints; a quarantined line may hold anything, and reaches no terminal as it is.

Covered by tests/cli/governance/test_quarantine.py.
"""

from __future__ import annotations

import dataclasses
import sys
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from event_assets.cli.output.printing import cells, counted, format_hour, new_table, print_json, result_console

if TYPE_CHECKING:
    from event_assets.pipeline.quarantine.lines import LineGroup, QuarantinedLine
    from event_assets.pipeline.quarantine.replay import Replayed

SHOWN_BYTES: Final = 2_000
"""Bytes of a line that are shown on a terminal."""
DOCUMENT_BYTES: Final = 1 << 20
"""Bytes of a line in a JSON document."""


def print_groups(groups: Sequence[LineGroup], *, limit: int, as_json: bool) -> None:
    """Print the largest groups, and how many more there are."""
    shown = groups[:limit]
    if as_json:
        print_json({"groups": [_group_document(group) for group in shown], "more": len(groups) - len(shown)})
        return
    if not groups:
        result_console().print("No quarantined line.")
        return
    table = new_table("Quarantined lines", "lines>", "reason", "form", "from", "to", "for example")
    for group in shown:
        form = f"{group.detail}  {group.form}".strip()
        hours = format_hour(group.first_hour), format_hour(group.last_hour)
        table.add_row(*cells(group.lines, group.reason, escape_text(form), *hours, _position(group.example)))
    result_console().print(table)
    if len(groups) > len(shown):
        result_console().print(f"{len(groups) - len(shown)} more groups: use --limit")


def print_lines(lines: Iterable[QuarantinedLine], *, as_json: bool) -> None:
    """Print lines with where they are and why they are quarantined."""
    if as_json:
        print_json({"lines": [_line_document(line) for line in lines]})
        return
    none = True
    for line in lines:
        none = False
        head = f"{format_hour(line.archive_hour)} {_position(line)} {line.reason}: {line.detail}"
        sys.stdout.write(f"{escape_text(head)}\n")
        if line.raw is not None:
            sys.stdout.write(f"  {escape_line(line.raw)}\n")
    if none:
        sys.stdout.write("No quarantined line.\n")


def print_replayed(results: Sequence[Replayed], *, dry_run: bool, as_json: bool) -> None:
    """Print the hours whose lines were read again, or with `dry_run` would be written."""
    if as_json:
        hours = [dataclasses.asdict(result) for result in results]
        print_json({"dry_run": dry_run, "hours": [{**hour, "way": hour["way"] or None} for hour in hours]})
        return
    tried, readable = (sum(getattr(result, name) for result in results) for name in ("tried", "readable"))
    changed = sum(result.changed for result in results)
    did = "to be written" if dry_run else "written"
    result_console().print(
        f"{counted(tried, 'line')} of {counted(len(results), 'hour')} read again, "
        f"{counted(readable, 'is an event', 'are events')} now; {counted(changed, 'hour')} {did}."
    )


def describe_replayed(result: Replayed, *, dry_run: bool) -> str:
    """Return the log line of an hour."""
    hour = format_hour(result.archive_hour)
    if result.error is not None:
        return f"tideline: {result.source} {hour} failed: {result.error}"
    counts = f"tried={result.tried} readable={result.readable} quarantined={result.quarantined} from={result.way}"
    return f"{result.source} {hour} {'would be ' if dry_run else ''}replayed {counts}"


def escape_line(raw: bytes) -> str:
    r"""Return the head of a line with everything escaped that is no printable character: `\x1b`, `\xff`, `\u202e`."""
    text = raw[:SHOWN_BYTES].decode(errors="backslashreplace")
    return escape_text(text) + (f" ... ({len(raw)} bytes)" if len(raw) > SHOWN_BYTES else "")


def escape_text(text: str) -> str:
    """Return a text without line ends, control characters and marks of direction: they are escaped."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def _position(line: QuarantinedLine) -> str:
    return escape_text(line.file if line.line is None else f"{line.file}:{line.line}")


def _group_document(group: LineGroup) -> dict[str, Any]:
    members = {name: getattr(group, name) for name in ("source", "reason", "detail", "form", "lines")}
    hours = {"first_hour": format_hour(group.first_hour), "last_hour": format_hour(group.last_hour)}
    return {**members, **hours, "example": _line_document(group.example)}


def _line_document(line: QuarantinedLine) -> dict[str, Any]:
    """Return a line for JSON: `raw` is its text, or None where it is no UTF-8 and `raw_base64` has its bytes."""
    members = {name: getattr(line, name) for name in ("source", "file", "line", "byte_offset", "reason", "detail")}
    raw = line.raw[:DOCUMENT_BYTES] if line.raw is not None else None
    try:
        content: dict[str, Any] = {"raw": raw if raw is None else raw.decode()}
    except UnicodeDecodeError:
        content = {"raw": None, "raw_base64": b64encode(raw or b"").decode()}
    return {**members, "archive_hour": format_hour(line.archive_hour), "bytes": line.bytes, **content}
