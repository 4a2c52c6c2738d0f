"""`tideline status --prometheus`: the state of every source in the text format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from event_assets.health.status import SourceStatus

Sample = tuple[Mapping[str, str], float]

HELP: Final[Mapping[str, str]] = {
    "tideline_up": "1 if the archive of a source can be listed, else 0",
    "tideline_hours_loaded": "Archive hours that are loaded",
    "tideline_hours_pending": "Archive hours with files that the warehouse does not have",
    "tideline_hours_failing": "Pending hours whose newest attempt to load failed",
    "tideline_hours_other_settings": "Hours that were loaded under other settings than the current ones",
    "tideline_files_late": "Files that arrived or were rewritten after their hour was loaded, not loaded yet",
    "tideline_files_vanished": "Loaded files that are no longer in the archive",
    "tideline_files_ignored": "Files of the archive that fit no layout",
    "tideline_newest_hour_timestamp_seconds": "Start of the newest archive hour that is loaded",
    "tideline_last_load_timestamp_seconds": "When the newest load ended",
    "tideline_count": "The counts of the newest loads of all hours, by the column of tideline.loads",
    "tideline_quarantined": "Lines and files held in tideline.quarantine, by reason",
    "tideline_table_rows": "Rows of a table",
}
"""Metric -> its help text; all are gauges, because an hour that is loaded again may lower a number."""


def prometheus_text(sources: Sequence[SourceStatus]) -> str:
    """Return all samples, grouped by metric, in the text exposition format 0.0.4."""
    lines: list[str] = []
    for name, text in HELP.items():
        samples = [sample for source in sources for sample in _samples(name, source)]
        if samples:
            lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
            lines += [f"{name}{_labels(labels)} {value:.17g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _samples(name: str, source: SourceStatus) -> Iterator[Sample]:
    own = {"source": source.source}
    if name == "tideline_up":
        yield own, float(not source.error)
    elif not source.error:
        yield from (({**own, **labels}, value) for labels, value in _values(name, source))


def _values(name: str, source: SourceStatus) -> Iterable[Sample]:
    newest = max(source.loaded, default=None)
    last = source.last_loaded_at
    by_label: dict[str, list[Sample]] = {
        "tideline_count": [({"count": name}, total) for name, total in source.totals.items()],
        "tideline_quarantined": [({"reason": reason.reason}, reason.held) for reason in source.quarantine],
        "tideline_table_rows": [
            ({"schema": source.schema, "table": table}, rows) for table, rows in source.tables.items()
        ],
    }
    numbers = {
        "tideline_hours_loaded": len(source.loaded),
        "tideline_hours_pending": len(source.pending),
        "tideline_hours_failing": len(source.failing),
        "tideline_hours_other_settings": len(source.other_settings),
        "tideline_files_late": sum(len(hour.files) for hour in source.late),
        "tideline_files_vanished": sum(map(len, source.vanished.values())),
        "tideline_files_ignored": source.ignored_files,
        "tideline_newest_hour_timestamp_seconds": None if newest is None else newest.timestamp(),
        "tideline_last_load_timestamp_seconds": None if last is None else last.timestamp(),
    }
    value = numbers.get(name)
    return by_label.get(name, []) if value is None else [({}, value)]


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items()) + "}"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
