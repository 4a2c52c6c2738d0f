"""What `tideline plan` prints. Covered by tests/cli/governance/test_plan.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any, Final

from rich.filesize import decimal

from event_assets.cli.output.printing import (
    advise_reload,
    cells,
    counted,
    format_hour,
    new_table,
    print_json,
    print_message,
    result_console,
)

if TYPE_CHECKING:
    from event_assets.pipeline.plan.estimates import Estimate
    from event_assets.pipeline.plan.plan import SourceWork

SHOWN: Final = 24
"""Hours that the table has."""
_MINUTE: Final = 60
_HOUR: Final = 3600


def print_work(works: Sequence[SourceWork], *, as_json: bool) -> None:
    """Print the work of every source: its hours, and what they are likely to take."""
    if as_json:
        print_json({"sources": [_document(work) for work in works]})
        return
    for work in works:
        if work.error:
            print_message(f"tideline: {work.source}: the archive cannot be listed: {work.error}")
        elif not work.hours:
            result_console().print(f"{work.source}: nothing to load.", markup=False)
        else:
            _print_hours(work)
            _print_totals(work)
        if work.other_settings:
            print_message(f"tideline: {advise_reload(work.source, work.other_settings)}")


def _print_hours(work: SourceWork) -> None:
    title = f"{work.source}: {counted(len(work.hours), 'hour')} to load"
    table = new_table(title, "hour", "why", "files>", "bytes>", "of them new>", "events>")
    for hour in work.hours[:SHOWN]:
        new, events = decimal(hour.new_bytes), _text(hour.events, _count)
        when = format_hour(hour.archive_hour)
        table.add_row(*cells(when, hour.why, hour.files, decimal(hour.bytes), new, events))
    if len(work.hours) > SHOWN:
        table.add_row(*cells("...", f"and {len(work.hours) - SHOWN} more", "", "", "", ""))
    result_console().print(table)


def _print_totals(work: SourceWork) -> None:
    table = new_table(f"{work.source}: expected", "what", "expected>", "range>", "by")
    for row in _totals(work):
        table.add_row(*cells(*row))
    result_console().print(table)
    for note in work.notes:
        result_console().print(f"Note: {note}.", markup=False)


def _totals(work: SourceWork) -> Iterator[tuple[str, str, str, str]]:
    yield "files", _count(sum(hour.files for hour in work.hours)), "", "the listing"
    yield "bytes to read", decimal(sum(hour.bytes for hour in work.hours)), "", "the listing"
    for label, name, show, by in (
        ("events", "events", _count, work.events_by),
        ("time", "seconds", _duration, "the newest loads"),
        ("growth of the lake", "lake_bytes", _size, "the newest hours of the lake"),
        ("growth of the warehouse", "warehouse_bytes", _size, "its size now"),
        ("temporary disk", "scratch_bytes", _size, "sampled files"),
    ):
        estimate: Estimate | None = getattr(work, name)
        by = work.unknown.get(name, by)
        if estimate is None:
            yield label, "not known", "", by
        else:
            yield label, show(estimate.expected), f"{show(estimate.low)} to {show(estimate.high)}", by
    yield "memory, at most", _size(work.memory_bytes), "", "memory_mib"


def _text(estimate: Estimate | None, show: Callable[[float], str]) -> str:
    return "not known" if estimate is None else show(estimate.expected)


def _count(number: float) -> str:
    return f"{round(number):,}"


def _size(number: float) -> str:
    return decimal(round(number))


def _duration(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"{seconds:.1f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.1f} h"


def _document(work: SourceWork) -> dict[str, Any]:
    hours = [asdict(_rounded(hour)) for hour in work.hours]
    found = asdict(replace(_rounded(work), hours=()))
    sums: Mapping[str, int] = {
        name: sum(hour[name] for hour in hours) for name in ("files", "bytes", "new_files", "new_bytes")
    }
    return {**found, **sums, "hours": hours}


def _rounded(part: Any) -> Any:  # noqa: ANN401  an hour or a source, returned as what it is
    """Return an hour or a source with its estimates rounded: a tenth of a second, a whole event or byte."""
    rounded = {}
    for name in (one.name for one in fields(part)):
        value = getattr(part, name)
        if hasattr(value, "expected"):
            digits = 1 if name == "seconds" else None
            rounded[name] = replace(
                value, **{one.name: round(getattr(value, one.name), digits) for one in fields(value)}
            )
    return replace(part, **rounded)
