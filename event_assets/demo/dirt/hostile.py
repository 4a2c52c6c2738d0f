"""Hostile names, keys and ids: SQL, reserved words, our own columns, or blank texts.

Covered by tests/demo/test_generate.py.
"""

from event_assets.demo.subject import Json, Spoiler, Subject, write_event

EVENT_NAMES = (
    "Robert'); DROP TABLE events.tracks;--",
    'order"; DELETE FROM tideline.loads; --',
    "select",
    "Users",
    "tracks",
    "accounts",
    "日本語",
    "💥",
    " ",
    "",
    "order completed",
    "OrderCompleted",
    "order_completed!",
    "1st Visit",
    "__private",
    "../../etc/passwd",
    "%s %(name)s {0} :start $1 ?",
    "naïve café ☕",
    "nul\u0000inside",
    "new\nline\ttab",
    "x" * 62 + " first of two that meet at 63",
    "x" * 62 + " second of two that meet at 63",
    "HTTPServer2XMLRequest",
    "N/A",
    "null",
)
"""Event names; a name becomes at most one table."""

_TEXT_KEYS = (
    "select",
    "from",
    "table",
    "user",
    "id",
    "user_id",
    "event_date",
    "uuid_ts",
    "_archive_hour",
    "_rescued",
    "_id",
    "aB",
    "a_b",
    "A B",
    "日本語",
    "$",
    "",
    " ",
    "Robert'); DROP TABLE users;--",
    'quote"d',
    "back\\slash",
    "new\nline",
    "__proto__",
    "constructor",
    "1st",
    "50% off?",
    "k" * 300,
    "y" * 70 + "1",
    "y" * 70 + "2",
    "nul\u0000key",
    "context_ip",
    "event",
    "event_text",
)
"""Keys with texts as values, so that keys that share a column agree on its type."""

_USER_IDS = (
    "'; DROP TABLE users; --",
    "NULL",
    "None",
    "日本語",
    "../../user",
    "0",
    "  ",
    "\u200b",
    "a\u0000b",
    '"',
    "%",
)


def take_hostile_name(subject: Subject) -> bytes:
    """Write a track with a hostile name."""
    name = EVENT_NAMES[subject.number % len(EVENT_NAMES)]
    subject.event.pop("name", None)
    subject.event.pop("traits", None)
    subject.event.update(type="track", event=name, properties={"label": name, "value_cents": subject.number})
    return write_event(subject.event)


def take_hostile_keys(subject: Subject) -> bytes:
    """Write an event with a handful of hostile keys; every fourth is an identify with them as traits."""
    keys = subject.random.sample(_TEXT_KEYS, 8)
    values: Json = {key: f"value of {key[:20]}" for key in keys}
    values["timestamp"] = "2026-03-02T01:02:03Z"
    values["nested"] = {"SELECT": {"*": "star", "count(*)": "one"}, "日本": {"語": "x"}}
    for name in ("name", "traits", "properties", "userProperties"):
        subject.event.pop(name, None)
    if subject.number % 4 == 3:
        subject.event.pop("event", None)
        subject.event.update(type="identify", traits=values)
    else:
        subject.event.update(type="track", event="Form Submitted", properties=values)
    return write_event(subject.event)


def take_hostile_context(subject: Subject) -> bytes:
    """Write context keys that match standard columns, or give no column; and an ip that is an object."""
    context = subject.event.get("context") or {}
    context |= {"request_ip": "192.0.2.1", "日本語": "x", "Drop Table": "users", "": "empty", "userAgent ": "again"}
    if subject.number % 3 == 0:
        context["ip"] = {"v4": "192.0.2.2", "v6": "2001:db8::2"}
    subject.event["context"] = context
    return write_event(subject.event)


def take_hostile_id(subject: Subject) -> bytes:
    """Write a user id that is SQL, blank, or invisible."""
    subject.event["userId"] = subject.random.choice(_USER_IDS)
    return write_event(subject.event)


HOSTILE: dict[str, Spoiler] = {
    "hostile_names": take_hostile_name,
    "hostile_keys": take_hostile_keys,
    "hostile_context": take_hostile_context,
    "hostile_ids": take_hostile_id,
}
