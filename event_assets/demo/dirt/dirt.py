"""One dirty hour after the other: spoilt events, copies within the hour and from earlier ones, broken lines."""

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
"""When it was received (Unix ms), and its bytes."""

SPOILERS: dict[str, Spoiler] = CLOCKS | HOSTILE | VALUES


@dataclass(slots=True)
class Dirt:
    """Spoils the hours of an archive in their order; what it put in is in `counts`."""

    seed: int
    schedule: Schedule
    hours: int
    counts: Counter[str] = field(default_factory=Counter)
    conflicts: Conflicts = field(default_factory=Conflicts)
    under_way: defaultdict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))

    def spoil_hour(self, events: list[DemoEvent], *, number: int, start: int, drifted: bool) -> list[Line]:
        """The lines of archive hour `number` that starts at `start` (Unix ms), as received."""
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
        """Position -> the spoilt line; an event is spoilt in one way only."""
        wanted = [name for name, kind in SPOILT.items() for _ in range(self.schedule.due(name, kind, number))]
        places = random.sample(free, min(len(wanted), len(free)))
        spoilt = {}
        seen: Counter[str] = Counter()
        for place, name in zip(places, wanted, strict=False):
            subject = Subject(
                event=json.loads(events[place].line),
                received=events[place].received,
                hour=start,
                number=self.counts[name] + seen[name],
                random=random,
                drifted=drifted,
            )
            spoilt[place] = SPOILERS[name](subject)
            seen[name] += 1
        self.counts.update(seen)
        return spoilt

    def _copy_events(self, events: list[DemoEvent], free: list[int], random: Random, *, number: int) -> list[Line]:
        """Copies for this hour; those for later ones are sent on their way, those past the end are left out."""
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
    """From the second day on, or from the middle of an archive of one day, the tracking plan is another."""
    return number >= min(24, max(1, hours // 2))


def hour_starts(start: int, hours: int) -> list[int]:
    """The archive hours, Unix ms."""
    return [start + number * HOUR for number in range(hours)]
