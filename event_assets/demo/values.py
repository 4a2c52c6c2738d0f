"""Spoilers of values, ids and blocks that are hard to store as sent (contract §3, §5, §6).

Covered by tests/demo/test_generate.py.
"""

from event_assets.demo.chance import make_uuid
from event_assets.demo.subject import Json, Spoiler, Subject, lexeme, write_event

_DEEPEST = 64
_MIXED = (1, "two", 3.5, True, [4], "2026-03-02", None, {"six": 6}, lexeme("7e0"), "8", -9, lexeme("1e400"))

_ODD_TEXTS = (
    "line\u2028separator",
    "\u202eright to left",
    "tab\tand\x01control",
    "\ufeffmark",
    "a\r\nb",
    "👩\u200d👩\u200d👧",
    "\\u0041",
    "x" * 5_000,
)


def _become_track(subject: Subject, name: str, properties: Json) -> bytes:
    for member in ("name", "traits", "userProperties"):
        subject.event.pop(member, None)
    subject.event.update(type="track", event=name, properties=properties)
    return write_event(subject.event)


def read_meter(subject: Subject) -> bytes:
    """Write big numbers: an int64 column, one that changes to fractions, and three that no number type can hold."""
    random = subject.random
    extremes = (2**63 - 1, -(2**63), 2**53 + 1, 9_007_199_254_740_993, random.getrandbits(62))
    odometer = random.randrange(10**6) + 0.5 if subject.drifted else random.choice((random.randrange(10**6), 2**53 + 1))
    properties: Json = {
        "counter": random.choice(extremes),
        "odometer": odometer,
        "serial": lexeme(f"{random.getrandbits(70) + 2**64}"),
        "far": lexeme("1e400"),
        "tiny": lexeme("-1e-400"),
        "precise": lexeme("0.12345678901234567890123"),
    }
    return _become_track(subject, "Meter Read", properties)


def spell_numbers(subject: Subject) -> bytes:
    """Write integers with a fraction or an exponent, a negative zero, or a fraction with an exponent."""
    spelled = subject.random.choice(("1.0", "1e3", "-0", "-0.0", "1E+2", "12.50", "2.5e-3", "0.30000000000000004"))
    subject.block["amount"] = lexeme(spelled)
    return write_event(subject.event)


def mix_types(subject: Subject) -> bytes:
    """Write a property with another type in every event; there are too few for its type to settle."""
    return _become_track(subject, "Mixed Bag", {"anything": _MIXED[subject.number % len(_MIXED)]})


def put_nul(subject: Subject) -> bytes:
    """Write U+0000 in a value, and sometimes in a user id."""
    subject.block["note"] = "before\u0000after"
    if subject.number % 3 == 2:
        subject.event["userId"] = f"user\u0000{subject.random.randrange(9)}"
    return write_event(subject.event)


def put_surrogate(subject: Subject) -> bytes:
    """Write half an emoji."""
    subject.block["note"] = subject.random.choice(("cut \ud83d", "\udc00 start", "swapped \udc00\ud800 pair"))
    return write_event(subject.event, ascii_only=True)


def put_odd_text(subject: Subject) -> bytes:
    """Write characters that other tools treat as line or column separators."""
    subject.block["note"] = subject.random.choice(_ODD_TEXTS)
    return write_event(subject.event)


def repeat_members(subject: Subject) -> bytes:
    """Write a member twice: at the top, or within properties or traits; the last one counts."""
    if subject.number % 2:
        return write_event(subject.event)[:-1] + b',"userId":"user-repeated","channel":"repeated"}'
    subject.block["twice"] = {"again": 2}
    return write_event(subject.event).replace(b'"twice":', b'"twice":{"again":1,"first":true},"twice":', 1)


def lose_id(subject: Subject) -> bytes:
    """Write a messageId that is missing, null, or blank in several ways."""
    subject.event["messageId"] = (None, "", "  ", "\u00a0\u2003")[subject.number % 4]
    if subject.random.random() < 0.5:
        del subject.event["messageId"]
    return write_event(subject.event)


def lengthen_id(subject: Subject) -> bytes:
    """Write ids over 512 bytes, some only slightly and some only in UTF-8."""
    name = ("messageId", "userId", "anonymousId")[subject.number % 3]
    subject.event[name] = f"{make_uuid(subject.random)}-{subject.random.choice(('x' * 476, 'ž' * 300, 'y' * 4_000))}"
    return write_event(subject.event)


def number_id(subject: Subject) -> bytes:
    """Write numbers and booleans where the envelope has texts."""
    if subject.number % 3 == 0:
        subject.event["messageId"] = subject.random.getrandbits(60)
    subject.event["userId"] = subject.random.choice((12345, True, 3.5, lexeme("1e2"), 0))
    return write_event(subject.event)


_ODD_ENVELOPES: tuple[Json, ...] = (
    {"userId": ["user-1"]},
    {"anonymousId": {"id": 1}},
    {"context": "none"},
    {"context": ["a", "b"]},
    {"properties": [1, 2, {"three": 3}]},
    {"properties": "text"},
    {"traits": 5},
    {"event": {"name": "nested"}},
    {"channel": [7]},
    {"properties": None, "context": None},
    {"userProperties": True},
    {"request_ip": {"v4": "192.0.2.3"}},
    {"sentAt": ["2026-03-02T00:00:00Z"]},
)


def distort_envelope(subject: Subject) -> bytes:
    """Write members of the envelope with the wrong shape."""
    return write_event(subject.event | subject.random.choice(_ODD_ENVELOPES))


def change_type_case(subject: Subject) -> bytes:
    """Write `TRACK` or `Track`: the same type."""
    name: str = subject.event["type"]
    subject.event["type"] = name.upper() if subject.number % 2 else name.title()
    return write_event(subject.event)


def empty_values(subject: Subject) -> bytes:
    """Write empty values, beside values that only look empty."""
    subject.block.update(
        empty_text="", empty_list=[], blank_list=[""], empty_object={}, nothing=None, space=" ", zero=0, no=False
    )
    return write_event(subject.event)


def nest_deeply(subject: Subject) -> bytes:
    """Write objects or arrays down to level 64, the event being level 1."""
    value: object = "bottom"
    for level in range(_DEEPEST - 2):
        value = {"a": value} if subject.number % 2 else [value, level]
    subject.block["deep" if subject.number % 2 else "deep_list"] = value
    return write_event(subject.event)


def widen_row(subject: Subject) -> bytes:
    """Write more values than a row may hold."""
    return _become_track(subject, "Wide Row", {f"field {n}": n for n in range(330)})


def misplace_block(subject: Subject) -> bytes:
    """Write a block that the type of the event does not have."""
    other = "properties" if subject.event["type"] in {"identify", "group", "alias"} else "traits"
    subject.event[other] = {"misplaced": "value", "count": 3}
    return write_event(subject.event)


def collide_values(subject: Subject) -> bytes:
    """Write two values for one column: within a block, and between context, properties and userProperties."""
    subject.block.update({"sizeLabel": "first", "size_label": "second", "contextCurrencyCode": "properties"})
    subject.event["userProperties"] = {"size label": "third", "shoe": {"size": 43}}
    context = subject.event.get("context") or {}
    context["currencyCode"] = "EUR"
    subject.event["context"] = context
    return write_event(subject.event)


def add_members(subject: Subject) -> bytes:
    """Write members of the transport, and unknown members."""
    subject.event.update({"version": 2, "writeKey": "wk_demo", "_metadata": {"bundled": ["RudderStack"]}, "🙂": "?"})
    return write_event(subject.event)


def name_page_in_properties(subject: Subject) -> bytes:
    """Write a page whose name is only in its properties."""
    for member in ("event", "name", "traits", "userProperties"):
        subject.event.pop(member, None)
    properties = {"name": "Named inside", "path": "/inside", "value_cents": 5}
    subject.event.update(type="page", properties=properties)
    return write_event(subject.event)


VALUES: dict[str, Spoiler] = {
    "big_numbers": read_meter,
    "spelled_numbers": spell_numbers,
    "mixed_types": mix_types,
    "nul_characters": put_nul,
    "lone_surrogates": put_surrogate,
    "odd_texts": put_odd_text,
    "repeated_members": repeat_members,
    "ids_missing": lose_id,
    "ids_too_long": lengthen_id,
    "ids_not_text": number_id,
    "odd_envelopes": distort_envelope,
    "odd_types": change_type_case,
    "empty_values": empty_values,
    "deep_values": nest_deeply,
    "wide_rows": widen_row,
    "misplaced_blocks": misplace_block,
    "colliding_values": collide_values,
    "extra_members": add_members,
    "page_names_in_properties": name_page_in_properties,
}
