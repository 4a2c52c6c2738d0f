"""Kinds of archive: clean, realistic, nasty, lenient; what each has of the demo generator's dirt, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

from event_assets.demo.dirt.dirt import Dirt, Line
from event_assets.demo.schedule import BROKEN_LINES, COPIED, SPOILT, DirtKind, Schedule
from event_assets.demo.sessions import DemoEvent

Name = Literal["clean", "realistic", "nasty", "lenient"]
NAMES: Final[tuple[Name, ...]] = ("clean", "realistic", "nasty", "lenient")

_TAIL: Final = tuple(
    f"{noun} {verb}"
    for noun in ("Report", "Invoice", "Dashboard", "Team", "Filter", "Widget", "Playlist", "Address")
    for verb in ("Opened", "Shared", "Saved", "Deleted", "Exported", "Renamed", "Archived", "Restored")
)
"""Event names that come seldom; the demo's shop has 16 of its own."""
_COMMON: Final = '"event":"Product Viewed"'


@dataclass(frozen=True)
class Dose:
    """What an archive of a kind has; shares of its events."""

    dirt: Mapping[str, float] = field(default_factory=dict)
    """By the names of the demo's schedule, `broken_lines` too."""
    cut: float = 0.0
    """Lines of which a second copy was cut short, as a producer that died leaves them."""
    tail: float = 0.0
    """Product Viewed that get one of 64 further event names, and a property of that name's own."""
    misfits: float = 0.0
    """Events with a text in a column of numbers, on top of the demo's one in a hundred in eight columns."""
    nan: bool = False
    """Whether every event has a NaN in its context, which the strict reader refuses."""


def _all_dirt(times: float) -> dict[str, float]:
    """Everything the demo's dirty archive has, so many times as often."""
    kinds = {**SPOILT, **COPIED, "broken_lines": BROKEN_LINES}
    return {name: kind.rate * times if kind.most is None else kind.rate for name, kind in kinds.items()}


DOSES: Final[dict[Name, Dose]] = {
    "clean": Dose(),
    "realistic": Dose(
        dirt={
            "late_events": 0.01, "device_clocks_off": 0.002, "timestamps_missing": 0.002, "empty_values": 0.002,
            "timestamps_spelled_oddly": 0.0005, "odd_texts": 0.0005, "extra_members": 0.001,
            "retries_equal": 0.012, "retries_newer": 0.004,
        },
        cut=0.0001,
        tail=0.35,
    ),
    "nasty": Dose(dirt=_all_dirt(10), cut=0.001, tail=0.35, misfits=0.1),
    "lenient": Dose(nan=True),
}  # fmt: skip


class _Shares(Schedule):
    """A schedule of one hour with the shares of a dose."""

    def __init__(self, seed: int, events: int, dirt: Mapping[str, float]) -> None:
        super().__init__(seed, events=events, hours=1)
        self._count, self._dirt = events, dirt

    def due(self, name: str, kind: DirtKind, hour: int) -> int:
        return round(self._dirt.get(name, 0.0) * self._count)


def spoil(kind: Name, made: list[DemoEvent], *, seed: int, hour: int) -> list[Line]:
    """The lines, as received, that an archive of this kind has of one hour's events; it starts at `hour` (Unix ms)."""
    dose, random = DOSES[kind], Random(f"{kind}:{seed}")
    if dose == Dose():
        return [(event.received, event.line.encode()) for event in made]
    made = [_alter(event, dose, random) for event in made]
    dirt = Dirt(seed, _Shares(seed, len(made), dose.dirt), 1)
    lines = dirt.spoil_hour(made, number=0, start=hour, drifted=False)
    cut = [lines[random.randrange(len(lines))] for _ in range(round(dose.cut * len(made)))]
    lines += [(received, line[: len(line) * 2 // 3]) for received, line in cut if line.startswith(b"{")]
    lines.sort(key=lambda line: line[0])
    return lines


def _alter(event: DemoEvent, dose: Dose, random: Random) -> DemoEvent:
    """The event, perhaps under a rare name or with a misfit; still valid JSON."""
    line, what = event.line, event.name
    if _COMMON in line and random.random() < dose.tail:
        number = int(len(_TAIL) * random.random() ** 2)
        what = _TAIL[number]
        own = f'"properties":{{"{what.lower().replace(" ", "_")}_count":{random.randrange(1000)},'
        line = line.replace(_COMMON, f'"event":"{what}"', 1).replace('"properties":{', own, 1)
    if dose.misfits and random.random() < dose.misfits:
        line = line.replace('"price":', '"price":"free","former_price":', 1)
    if dose.nan:
        line = line.replace('"context":{', '"context":{"battery":NaN,', 1)
    return DemoEvent(event.received, what, line)
