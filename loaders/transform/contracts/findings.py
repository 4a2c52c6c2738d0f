"""The violations of an archive hour, counted by event, path and SDK; bounded, and without a value of any event.

Covered by tests/loaders/transform/contracts/test_findings.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec
import polars as pl

from loaders.formats.json_values import read
from loaders.formats.printable import printable
from loaders.transform.contracts.check import Violating, check_run, drop_rows, find_runs
from loaders.transform.contracts.contract import Contracts, EventContract

CONTRACT: Final = "contract"
"""The reason of quarantined events that violate their contract."""
MOST_KINDS: Final = 1_000
"""Kinds of violations that are counted apart; further ones are counted by event, with the path ``*``."""
MOST_LINES: Final = 100
"""Quarantined events that are listed, as many as of any other reason."""
OTHER: Final = "*"
_CUT: Final = 120


class ViolationKind(NamedTuple):
    """Violations that are counted together."""

    type: str
    event: str | None
    path: str
    problem: str
    mode: str
    library: str | None
    library_version: str | None


@dataclass(slots=True)
class Counted:
    """How many events have a violation, and the first of them."""

    events: int
    file: str
    line: int


class QuarantinedEvent(NamedTuple):
    """An event that its contract keeps out of the tables."""

    file: str
    line: int
    detail: str


@dataclass
class ContractFindings:
    """The violations of some rows, at most so many kinds of them apart."""

    most_kinds: int = MOST_KINDS
    kinds: dict[ViolationKind, Counted] = field(default_factory=dict)
    checked: Counter[str] = field(default_factory=Counter)
    """Type -> events that a contract is about."""
    violating: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    lines: list[QuarantinedEvent] = field(default_factory=list)

    def select(self, frame: pl.DataFrame, contracts: Contracts) -> pl.DataFrame:
        """Count the violations of some rows of the lake; return the rows that are loaded, in order."""
        if not contracts.checked:
            return frame
        dropped = [found.row for found in self.add(frame, contracts.checked) if found.contract.mode == "quarantine"]
        return drop_rows(frame, dropped)

    def add(self, frame: pl.DataFrame, events: Sequence[EventContract]) -> Iterable[Violating]:
        """Count the violations of some rows; return the rows that have some."""
        found: list[Violating] = []
        for run in find_runs(frame, events):
            self.checked[run.contract.type] += run.rows.height
            found += check_run(run)
        for violating in found:
            self._count(violating)
        return found

    def _count(self, found: Violating) -> None:
        contract, values = found.contract, found.values
        self.violating[contract.type] += 1
        for kind in kinds_of(found):
            if kind not in self.kinds and len(self.kinds) >= self.most_kinds:
                kind = ViolationKind(*contract.key, OTHER, "further violations", contract.mode, None, None)
            known = self.kinds.setdefault(kind, Counted(0, values["_file"], values["_line"]))
            known.events += 1
        if contract.mode == "quarantine":
            self.quarantined[contract.type] += 1
            if len(self.lines) < MOST_LINES:
                self.lines.append(QuarantinedEvent(values["_file"], values["_line"], describe(found)))


def kinds_of(found: Violating) -> list[ViolationKind]:
    """Return the kind of each problem of an event."""
    contract, library = found.contract, library_of(found.values["context"])
    return [ViolationKind(*contract.key, one.path, one.problem, contract.mode, *library) for one in found.problems]


def describe(found: Violating) -> str:
    """Return what is wrong with an event, in one line."""
    name = found.contract.type if found.contract.event is None else f"{found.contract.type} {found.contract.event!r}"
    first = found.problems[0]
    more = f" and {len(found.problems) - 1} more" if len(found.problems) > 1 else ""
    return f"{name}: {first.path or 'the event'} {first.problem}{more}"


class _Library(msgspec.Struct):
    name: Any = None
    version: Any = None


class _Context(msgspec.Struct):
    library: _Library | None = None


def library_of(context: str | None) -> tuple[str | None, str | None]:
    """Return the name and the version of the SDK that sent an event, as far as its context has them."""
    if context is None:
        return None, None
    try:
        library = msgspec.json.decode(context, type=_Context).library or _Library()
        found: tuple[Any, Any] = (library.name, library.version)
    except (msgspec.DecodeError, UnicodeError, ValueError):
        found = _read_exactly(context)
    return _text(found[0]), _text(found[1])


def _read_exactly(context: str) -> tuple[Any, Any]:
    tree = read(context)
    library = tree.get("library") if isinstance(tree, dict) else None
    return (library.get("name"), library.get("version")) if isinstance(library, dict) else (None, None)


def _text(value: Any) -> str | None:  # noqa: ANN401  any JSON value
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    return printable(str(value)[:_CUT]) or None
