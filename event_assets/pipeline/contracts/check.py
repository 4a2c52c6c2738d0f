"""The check of contracts over the lake, before anything is switched on: nothing is written but the file of examples.

A row group of the lake is held at a time, and a bounded number of kinds of violations and names.

Covered by tests/cli/governance/test_contract.py.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Final

import polars as pl

from event_assets.config.settings import HOUR_FORMAT, Settings, SettingsError
from event_assets.config.source import Source
from event_assets.lake.errors import DamagedHour
from event_assets.lake.reading.masked import MaskedLake
from event_assets.lake.reading.read import list_hours, read_note
from loaders.transform.contracts.check import Violating
from loaders.transform.contracts.contract import EventContract
from loaders.transform.contracts.exact import event_of
from loaders.transform.contracts.findings import ContractFindings, ViolationKind, kinds_of

EXAMPLES: Final = 3
"""Events of a kind of violation that are written into the file of examples."""
MOST_KINDS: Final = 10_000
MOST_NAMES: Final = 1_000
"""Names of events without a contract that are counted apart."""

OnProgress = Callable[[int, int], None]
"""Takes how many hours are done, of how many."""


@dataclass(frozen=True)
class ContractChoice:
    """What is checked: hours from `start` to `end`, both inclusive, and with `events` only tracks of these names."""

    start: datetime | None = None
    end: datetime | None = None
    events: frozenset[str] = frozenset()


@dataclass
class ContractReport:
    """The check of one source."""

    source: str
    contracts: int
    hours: int = 0
    findings: ContractFindings = field(default_factory=lambda: ContractFindings(most_kinds=MOST_KINDS))
    uncovered: Counter[str] = field(default_factory=Counter)
    """Names of tracks without a contract -> events."""
    failed: list[tuple[datetime, str]] = field(default_factory=list)
    """Hours that could not be read, with the reasons."""

    @property
    def checked(self) -> int:
        """Events that a contract is about."""
        return self.findings.checked.total()

    @property
    def violating(self) -> int:
        """Events that violate their contract."""
        return self.findings.violating.total()


def check_contracts(
    settings: Settings,
    choice: ContractChoice,
    *,
    examples: Path | None = None,
    on_progress: OnProgress = lambda *_: None,
) -> list[ContractReport]:
    """Check the lake's events of every source against its contracts, whatever their mode is.

    A damaged hour is reported and the next one is begun. Raises SettingsError where there is no contract to check.
    """
    sources = [(source, _contracts_of(source, choice)) for source in settings.sources.values()]
    if not any(contracts for _, contracts in sources):
        where = f"the folder {str(settings.contracts)!r}" if settings.contracts else "no folder of contracts"
        raise SettingsError(
            f"There is no contract to check ({where}): write one, or `tideline contract import` a tracking plan."
        )
    hours = {
        source.name: list_hours(settings.lake, source.name, start=choice.start, end=choice.end) for source, _ in sources
    }
    done, total = 0, sum(map(len, hours.values()))
    reports = []
    with examples.open("w", encoding="utf-8") if examples is not None else nullcontext() as file:
        for source, contracts in sources:
            check = _Check(settings, source, contracts, file, ContractReport(source.name, len(contracts)))
            for hour in hours[source.name]:
                check.add(hour)
                done += 1
                on_progress(done, total)
            reports.append(check.report)
    return reports


def _contracts_of(source: Source, choice: ContractChoice) -> tuple[EventContract, ...]:
    events = source.contracts.events
    if unknown := choice.events - {contract.event for contract in events}:
        raise SettingsError(f"There is no contract for the event {sorted(unknown)[0]!r} of source {source.name!r}.")
    return tuple(contract for contract in events if not choice.events or contract.event in choice.events)


@dataclass
class _Check:
    settings: Settings
    source: Source
    contracts: Sequence[EventContract]
    file: IO[str] | None
    report: ContractReport
    written: Counter[ViolationKind] = field(default_factory=Counter)

    @cached_property
    def _masked(self) -> MaskedLake:
        """The lake as a load reads it: examples are files for people."""
        return MaskedLake(self.settings.lake, self.source.name, self.source.masking)

    def add(self, hour: datetime) -> None:
        """Check one hour of the lake; one that was removed meanwhile has no events."""
        try:
            note = read_note(self.settings.lake, self.source.name, hour)
            for frame in self._masked.read_hour(note) if note is not None else ():
                for found in self.report.findings.add(frame, self.contracts):
                    self._write_example(found, hour)
                self._count_uncovered(frame)
            self.report.hours += 1
        except DamagedHour as damage:
            self.report.failed.append((hour, str(damage)))

    def _count_uncovered(self, frame: pl.DataFrame) -> None:
        known = [contract.event for contract in self.source.contracts.events if contract.event is not None]
        names = frame.filter(pl.col("type") == "track").select(pl.col("event").fill_null("")).to_series()
        for name, events in names.filter(~names.is_in(known)).value_counts().iter_rows():
            if name in self.report.uncovered or len(self.report.uncovered) < MOST_NAMES:
                self.report.uncovered[name] += events

    def _write_example(self, found: Violating, hour: datetime) -> None:
        if self.file is None:
            return
        kinds = kinds_of(found)
        if all(self.written[kind] >= EXAMPLES or kind not in self.report.findings.kinds for kind in kinds):
            return
        self.written.update(kinds)
        self.file.write(f"{json.dumps(_example(found, self.source.name, hour), ensure_ascii=False, default=str)}\n")


def _example(found: Violating, source: str, hour: datetime) -> dict[str, Any]:
    return {
        "source": source,
        "archive_hour": f"{hour:{HOUR_FORMAT}}",
        "file": found.values["_file"],
        "line": found.values["_line"],
        "contract": found.contract.file,
        "problems": [{"path": one.path, "problem": one.problem} for one in found.problems],
        "event": event_of(found.values),
    }
