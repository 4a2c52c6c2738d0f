"""Chance that is reproducible on every machine: seeded random numbers, ids and instants as texts.

Covered by tests/demo/test_generate.py.
"""

from datetime import UTC, datetime, timedelta
from random import Random

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def seeded(*parts: object) -> Random:
    """Return a generator that depends only on the given parts."""
    return Random(":".join(map(str, parts)))


def make_uuid(random: Random) -> str:
    """Return thirty-two hex digits in the form of a version 4 UUID."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


class _Seconds(dict[int, str]):
    """Unix second -> `YYYY-MM-DDTHH:MM:SS`, a cache: events share most of their seconds."""

    def __missing__(self, second: int) -> str:
        if len(self) > 100_000:
            self.clear()
        text = (EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")
        self[second] = text
        return text


_SECONDS = _Seconds()


def spell_instant(milliseconds: int) -> str:
    """Return Unix milliseconds as SDKs write them: `2026-03-02T07:15:09.123Z`."""
    return f"{_SECONDS[milliseconds // SECOND]}.{milliseconds % SECOND:03d}Z"


def to_milliseconds(moment: datetime) -> int:
    """Return an aware datetime as Unix milliseconds."""
    return (moment - EPOCH) // timedelta(milliseconds=1)
