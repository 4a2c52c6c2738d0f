"""Dirty hours, one after another: spoiled events, copies within the hour and from earlier ones, broken lines.

Covered by tests/demo/test_generate.py.
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from operator import itemgetter
from random import Random

from event_assets.demo.chance import HOUR, seeded
from event_assets.demo.dirt.broken import BREAKERS
from event_assets.demo.dirt.clocks import CLOCKS
from event_assets.demo.dirt.conflicts import Conflicts
from event_assets.demo.dirt.copies import COPIERS, RETRYING
from event_assets.demo.dirt.hostile import HOSTILE
from event_assets.demo.schedule import BROKEN_LINES, COPIED, SPOILT, Schedule
from event_assets.demo.sessions import DemoEvent
from event_assets.demo.subject import Spoiler, Subject
from event_assets.demo.values import VALUES

Line = tuple[int, bytes]
"""Time of arrival (Unix ms), and bytes."""

SPOILERS: dict[str, Spoiler] = CLOCKS | HOSTILE | VALUES


@dataclass(slots=True)
class Dirt:
    """Spoils the hours of an archive in their order, and counts the dirt in `counts`."""

    seed: int
    schedule: Schedule
    hours: int
    counts: Counter[str] = field(default_factory=Counter)
    conflicts: Conflicts = field(default_factory=Conflicts)
    under_way: defaultdict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))

    def spoil_hour(self, events: list[DemoEvent], *, number: int, start: int, drifted: bool) -> list[Line]:
        """Return the lines of archive hour `number` that starts at `start` (Unix ms), in order of arrival."""
        random = seeded(self.seed, "dirt", start)
        conflicts = self.conflicts.spoil(events)
        free = [n for n in range(len(events)) if n not in conflicts]
        spoilt = self._spoil_events(events, free, random, number=number, start=start, drifted=drifted)
        spoilt |= conflicts
        lines: list[Line] = [(event.received, spoilt.get(n) or event.line.encode()) for n, event in enumerate(events)]
        lines += self._copy_events(events, [n for n in free if n not in spoilt], random, number=number)
        lines += self.under_way.pop(number, [])
        lines += self._break_lines(events, random, number=number)
        lines.sort(key=itemgetter(0))
        return lines

    def _spoil_events(
        self, events: list[DemoEvent], free: list[int], random: Random, *, number: int, start: int, drifted: bool
    ) -> dict[int, bytes]:
        """Return position -> the spoiled line; an event is spoiled in one way only."""
        wanted = [name for name, kind in SPOILT.items() for _ in range(self.schedule.due(name, kind, number))]
        positions = random.sample(free, min(len(wanted), len(free)))
        spoilt = {}
        seen: Counter[str] = Counter()
        for position, name in zip(positions, wanted, strict=False):
            subject = Subject(
                event=json.loads(events[position].line),
                received=events[position].received,
                hour=start,
                number=self.counts[name] + seen[name],
                random=random,
                drifted=drifted,
            )
            spoilt[position] = SPOILERS[name](subject)
            seen[name] += 1
        self.counts.update(seen)
        return spoilt

    def _copy_events(self, events: list[DemoEvent], free: list[int], random: Random, *, number: int) -> list[Line]:
        """Return copies for this hour; later ones wait in `under_way`, those past the end are left out."""
        lines: list[Line] = []
        retrying = [n for n in free if RETRYING in events[n].line]
        for name, kind in COPIED.items():
            for _ in range(self.schedule.due(name, kind, number)):
                prefer = retrying and name.startswith("retries") and random.random() < 0.8
                if not free:
                    continue
                copy = COPIERS[name](events[random.choice(retrying if prefer else free)], random)
                if number + copy.hours >= self.hours:
                    continue
                self.counts[name] += 1
                (self.under_way[number + copy.hours] if copy.hours else lines).append((copy.received, copy.line))
        return lines

    def _break_lines(self, events: list[DemoEvent], random: Random, *, number: int) -> list[Line]:
        lines: list[Line] = []
        names = list(BREAKERS)
        for _ in range(self.schedule.due("broken_lines", BROKEN_LINES, number) if events else 0):
            name = names[self.counts["broken_lines"] % len(names)]
            line = random.choice(events)
            fresh = line.line.replace('"messageId":"', '"messageId":"broken-', 1)
            lines.append((line.received, BREAKERS[name](fresh, random)))
            self.counts["broken_lines"] += 1
        return lines


def has_drifted(number: int, *, hours: int) -> bool:
    """Return whether the tracking plan has changed: from the second day, or from the middle of a single day."""
    return number >= min(24, max(1, hours // 2))


def hour_starts(start: int, hours: int) -> list[int]:
    """Return the archive hours, Unix ms."""
    return [start + number * HOUR for number in range(hours)]
