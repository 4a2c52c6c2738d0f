"""Visits of an hour: people arrive, browse, buy or leave; their events in the order the gateway received them.

Covered by tests/demo/test_generate.py.
"""

from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from operator import itemgetter
from random import Random
from typing import NamedTuple

from event_assets.demo import lines, shapes
from event_assets.demo.chance import HOUR, SECOND, seeded
from event_assets.demo.people import Crowd
from event_assets.demo.shapes import BROWSING, UNCHANGED_PLAN, TrackingPlan, Visit, VisitStep

UPLOAD_LAG = 40 * SECOND
"""How long the gateway holds events before it uploads them; the archive hour is that of the upload."""

_BOUNDS = tuple(accumulate(share for share, _ in BROWSING))
_ACTIONS = tuple(action for _, action in BROWSING)


class DemoEvent(NamedTuple):
    """An event of the archive."""

    received: int
    """Unix milliseconds."""
    name: str
    """The track's name, otherwise the event's type."""
    line: str


def make_hour(crowd: Crowd, *, hour: int, count: int, plan: TrackingPlan = UNCHANGED_PLAN) -> list[DemoEvent]:
    """Return `count` events that arrive in the archive hour that starts at `hour` (Unix ms), in order of arrival.

    A pure function of its arguments and of the crowd's seed and size, so hours can be generated in any order.
    """
    random = seeded(crowd.seed, "hour", hour)
    events: list[DemoEvent] = []
    while len(events) < count:
        events.extend(_make_visit(crowd, random, hour, plan))
    del events[count:]
    events.sort(key=itemgetter(0))
    return events


def _make_visit(crowd: Crowd, random: Random, hour: int, plan: TrackingPlan) -> Iterator[DemoEvent]:
    person = crowd.meet(random)
    first = hour - UPLOAD_LAG
    steps = 2 + int(random.expovariate(0.12))
    gap = min(HOUR // (steps + 12), 40 * SECOND)
    start = first + int(random.random() * (HOUR - gap * (steps + 10)))
    visit = Visit(
        person=person,
        random=random,
        plan=plan,
        session=start // SECOND,
        campaign=random.choice(shapes.CAMPAIGNS) if person.platform == "web" else "",
        referrer=random.choice(shapes.REFERRERS),
    )
    received = start
    for step, by_server in _walk(visit, steps):
        received += 1 + int(random.random() * gap)
        happened = received - 420 - int(random.random() * 3_000)
        write = lines.write_server_line if by_server else lines.write_line
        line = write(visit, step, happened=happened, received=received)
        yield DemoEvent(received, step.name if step.type == "track" else step.type, line)


def _walk(visit: Visit, steps: int) -> Iterator[tuple[VisitStep, bool]]:
    """Yield at most `steps + 10` steps, and whether the server of the shop reports the step."""
    random = visit.random
    yield (shapes.open_app if visit.person.platform == "mobile" else shapes.see_page)(visit), False
    for _ in range(steps - 1):
        yield _ACTIONS[min(bisect(_BOUNDS, random.random()), len(_ACTIONS) - 1)](visit), False
    if visit.cart and random.random() < 0.5:
        yield shapes.start_checkout(visit), False
        yield shapes.complete_step(visit), False
        yield shapes.complete_order(visit), random.random() < 0.3
    if visit.person.known:
        yield from _close_account_matters(visit)


def _close_account_matters(visit: Visit) -> Iterator[tuple[VisitStep, bool]]:
    chance = visit.random.random()
    if chance < 0.10:
        yield shapes.ship_order(visit), True
    elif chance < 0.14:
        yield shapes.refund_order(visit), True
    elif chance < 0.20:
        yield shapes.join_group(visit), False
    elif chance < 0.23:
        yield shapes.alias_person(visit), False
