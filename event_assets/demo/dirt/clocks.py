"""Spoilers of clocks: late, wrong, unreadable or missing (contract §4).

Covered by tests/demo/test_generate.py.
"""

from event_assets.demo.chance import DAY, HOUR, MINUTE, spell_instant
from event_assets.demo.subject import Spoiler, Subject, lexeme, write_event


def _set_clocks(subject: Subject, *, happened: int, skew: int = 0) -> None:
    """Set the clocks of an event at `happened` on a device whose clock is `skew` ms ahead."""
    subject.event["originalTimestamp"] = spell_instant(happened + skew)
    subject.event["sentAt"] = spell_instant(subject.received - 120 + skew)
    subject.event["timestamp"] = spell_instant(happened + 120)


def arrive_late(subject: Subject) -> bytes:
    """Write a late event of an offline phone: half of them by hours, the others by up to ten days."""
    longest = 12 * HOUR if subject.number % 2 else 10 * DAY - HOUR
    age = subject.random.uniform(HOUR, longest)
    _set_clocks(subject, happened=subject.received - int(age))
    return write_event(subject.event)


def jump_century(subject: Subject) -> bytes:
    """Write the timestamp of a device in 2099, or before 1970."""
    year = "2099" if subject.number % 3 else "1969"
    for name in ("originalTimestamp", "timestamp"):
        subject.event[name] = f"{year}-07-{subject.random.randrange(10, 30)}T11:22:33.456Z"
    return write_event(subject.event)


def skew_device(subject: Subject) -> bytes:
    """Write the clock of a device that is days off; every other one without a timestamp, which must be derived."""
    skew = subject.random.choice((-1, 1)) * subject.random.randrange(DAY, 40 * DAY)
    _set_clocks(subject, happened=subject.received - subject.random.randrange(MINUTE), skew=skew)
    if subject.number % 2:
        del subject.event["timestamp"]
    return write_event(subject.event)


def drop_timestamp(subject: Subject) -> bytes:
    """Write no timestamp; sometimes nothing to derive it from either."""
    subject.event["timestamp"] = None
    if subject.number % 2:
        del subject.event["timestamp"]
    if subject.number % 3 == 2:
        del subject.event["sentAt"]
    return write_event(subject.event)


_UNREADABLE = (
    "yesterday",
    "2026-02-30T10:00:00Z",
    "2026-03-02T24:00:01Z",
    "",
    "02/03/2026",
    True,
    "2026-03-02T10:00:00+19:00",
    "0000-00-00 00:00:00",
    {"seconds": 1772409600},
    "20260302T101010Z",
    "2026-03-02T10:00:60Z",
    lexeme("1e300"),
)


def garble_timestamp(subject: Subject) -> bytes:
    """Write a timestamp, and sometimes a sentAt, that no rule can read."""
    names = ("timestamp",) if subject.number % 2 else ("timestamp", "sentAt")
    for name in names:
        subject.event[name] = subject.random.choice(_UNREADABLE)
    return write_event(subject.event)


def spell_oddly(subject: Subject) -> bytes:
    """Write a readable timestamp in one of the forms that other SDKs use."""
    second, rest = divmod(subject.received - 5_000, 1_000)
    text = spell_instant(subject.received)
    day, clock = text[:10], text[11:19]
    spellings = (
        second,
        second * 1_000 + rest,
        second * 1_000_000 + rest * 1_000 + 7,
        str(second),
        str(second * 1_000 + rest),
        lexeme(f"{second}.25"),
        f"{day} {clock},123456 +0000",
        f"{day}t{clock}.1234567z",
        f"{day}T{clock}-00:30",
        f"{day} {clock[:5]}",
        day,
    )
    subject.event["timestamp"] = subject.random.choice(spellings)
    return write_event(subject.event)


def drop_received(subject: Subject) -> bytes:
    """Write no receivedAt, so that the archive hour replaces it."""
    subject.event["receivedAt"] = ("", None, "soon")[subject.number % 3]
    if subject.number % 4 == 0:
        del subject.event["receivedAt"]
    return write_event(subject.event)


def distort_received(subject: Subject) -> bytes:
    """Write a receivedAt that is more than a day in the future or before 1970."""
    subject.event["receivedAt"] = ("2099-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z")[subject.number % 2]
    return write_event(subject.event)


def receive_at_full_hour(subject: Subject) -> bytes:
    """Write a receivedAt at the full hour, which looks like a replaced one."""
    subject.event["receivedAt"] = spell_instant(subject.hour)
    return write_event(subject.event)


CLOCKS: dict[str, Spoiler] = {
    "late_events": arrive_late,
    "year_2099": jump_century,
    "device_clocks_off": skew_device,
    "timestamps_missing": drop_timestamp,
    "timestamps_unreadable": garble_timestamp,
    "timestamps_spelled_oddly": spell_oddly,
    "received_missing": drop_received,
    "received_unbelievable": distort_received,
    "received_at_full_hour": receive_at_full_hour,
}
