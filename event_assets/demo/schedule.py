"""The schedule of a dirty archive: rates and hours of every kind of dirt, for archives of any size.

Covered by tests/demo/test_generate.py.
"""

from dataclasses import dataclass
from itertools import accumulate
from math import pi, sin

from event_assets.demo.chance import seeded


@dataclass(frozen=True, slots=True)
class DirtKind:
    """One kind of dirt: its description, and how often it occurs."""

    label: str
    rate: float
    """Per requested event; at least one in an archive."""
    most: int | None = None
    """The most in an archive."""

    def total(self, events: int) -> int:
        """Return how many an archive with this number of events gets."""
        total = max(1, round(events * self.rate))
        return total if self.most is None else min(total, self.most)


SPOILT: dict[str, DirtKind] = {
    "late_events": DirtKind("events up to 10 days old", 0.010),
    "year_2099": DirtKind("timestamps in the year 2099 or 1969", 0.0006),
    "device_clocks_off": DirtKind("device clocks days off", 0.002),
    "timestamps_missing": DirtKind("no timestamp", 0.002),
    "timestamps_unreadable": DirtKind("unreadable timestamps", 0.0008),
    "timestamps_spelled_oddly": DirtKind("timestamps as epoch numbers or with odd zones", 0.0010),
    "received_missing": DirtKind("no receivedAt", 0.0010),
    "received_unbelievable": DirtKind("receivedAt not to be believed", 0.0004),
    "received_at_full_hour": DirtKind("receivedAt exactly at the archive hour", 0.0003),
    "hostile_names": DirtKind("hostile event names", 0.0010),
    "hostile_keys": DirtKind("hostile property and trait keys", 0.0010),
    "hostile_context": DirtKind("hostile context keys", 0.0003),
    "hostile_ids": DirtKind("hostile user ids", 0.0005),
    "big_numbers": DirtKind("numbers beyond int64, 2^53 and float64", 0.0015),
    "spelled_numbers": DirtKind("numbers like 1.0, 1e3 and -0", 0.0010),
    "mixed_types": DirtKind("a column without a type", 0.0001, most=12),
    "nul_characters": DirtKind("U+0000 in texts", 0.0004),
    "lone_surrogates": DirtKind("lone surrogates in texts", 0.0004),
    "odd_texts": DirtKind("line separators, controls, right-to-left texts", 0.0005),
    "repeated_members": DirtKind("repeated members", 0.0008),
    "ids_missing": DirtKind("no messageId, or a blank one", 0.0015),
    "ids_too_long": DirtKind("ids over 512 bytes", 0.0003),
    "ids_not_text": DirtKind("numbers and booleans as ids", 0.0005),
    "odd_envelopes": DirtKind("arrays and objects where the envelope has something else", 0.0006),
    "odd_types": DirtKind("event types in other cases", 0.0004),
    "empty_values": DirtKind("empty texts, lists and objects", 0.0020),
    "deep_values": DirtKind("objects nested to level 64", 0.0003),
    "wide_rows": DirtKind("events with more than 300 values", 0.0001, most=3),
    "misplaced_blocks": DirtKind("traits on tracks, properties on identifies", 0.0004),
    "colliding_values": DirtKind("values that meet in one column", 0.0006),
    "extra_members": DirtKind("unknown top-level members", 0.0010),
    "page_names_in_properties": DirtKind("pages named in their properties", 0.0010),
}
"""Events that are altered, in the order they are counted. Type conflicts are in conflicts.py."""

COPIED: dict[str, DirtKind] = {
    "retries_equal": DirtKind("SDK retries in the hour, byte-equal", 0.012),
    "retries_newer": DirtKind("SDK retries in the hour, received again", 0.004),
    "retries_changed": DirtKind("copies in the hour with other content", 0.003),
    "replays_equal": DirtKind("replays hours later, byte-equal", 0.006),
    "replays_newer": DirtKind("replays hours later, received again", 0.003),
    "corrections": DirtKind("corrected values, hours later", 0.003),
    "renamings": DirtKind("corrected event names, hours later", 0.0015),
    "stale_copies": DirtKind("older copies that arrive hours later", 0.0015),
    "ties": DirtKind("copies hours later with the same receivedAt and other content", 0.0010),
    "clockless_copies": DirtKind("copies hours later without receivedAt", 0.0004),
    "other_types": DirtKind("the same id with another type", 0.0003),
}
"""Additional copies of ids, besides the requested events. None arrives after the end of the archive."""

BROKEN_LINES = DirtKind("broken lines", 0.0020)

LABELS: dict[str, str] = {
    **{name: kind.label for name, kind in (SPOILT | COPIED).items()},
    "conflicts": "values that do not fit their column's type",
    "broken_lines": "broken lines: cut, doubled, not JSON, not UTF-8, not an event",
    "broken_files": "broken files: wrong CRC or length, cut short, garbage",
    "odd_files": "files that look odd and are sound",
    "ignored_files": "files that belong to no layout",
    "late_files": "files that arrive after their hour was loaded",
}
"""Descriptions of the counts, in the order they are reported."""


class Schedule:
    """Events and dirt by hour: a day has quiet hours, and every kind of dirt is proportional to the events."""

    def __init__(self, seed: int, *, events: int, hours: int) -> None:
        weights = [1 + 0.6 * sin((hour - 8) / 12 * pi) for hour in range(hours)]
        sums = list(accumulate(weights))
        self._seed = seed
        self._events = events
        self._shares = [0.0, *(value / sums[-1] for value in sums)]
        self._shares[-1] = 1.0

    def events(self, hour: int) -> int:
        """Return how many events arrive in the hour with this number."""
        return round(self._shares[hour + 1] * self._events) - round(self._shares[hour] * self._events)

    def due(self, name: str, kind: DirtKind, hour: int) -> int:
        """Return how many of a kind this hour gets; over all hours they add up to the total of the kind."""
        total = kind.total(self._events)
        phase = seeded(self._seed, "phase", name).uniform(0.2, 0.9)
        before, after = (int(share * total + phase) for share in self._shares[hour : hour + 2])
        return after - before
