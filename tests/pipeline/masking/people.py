"""An archive whose events have personal values in every form that producers send, and how it is masked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from event_assets.events.masking.rules import Masking, MaskingKey, MaskRule
from tests.drive import Place
from tests.independent.masked import Masked
from tests.independent.reader import Archive
from tests.promises.archives import hour_number, rudderstack_files, write_archive
from tests.promises.proof import read_again

KEY = "a masking key that only this test knows"
RULES = (
    MaskRule("context.ip", "truncate"),
    MaskRule("request_ip", "null"),
    MaskRule("context.network.address", "truncate"),
    MaskRule("properties.email", "hash"),
    MaskRule("traits.email", "hash"),
    MaskRule("traits.*phone*", "last4"),
    MaskRule("properties.contacts.**.mail", "domain"),
    MaskRule("userProperties.ssn", "drop"),
    MaskRule("userId", "hash"),
)
SECRETS = ("leak-", *(f"203.0.113.{digit}" for digit in range(1, 10)), "2001:db8:77:88", "secret phone")
"""What no masked value keeps: every value at a path of a rule has one of them."""


def masking(rules: Iterable[MaskRule] = RULES, key: str = KEY) -> Masking:
    """The masking of rules."""
    return Masking(tuple(rules), MaskingKey(key))


def masked(rules: Iterable[MaskRule] = RULES, key: str = KEY) -> Masked:
    """The same for the independent reader."""
    found = list(rules)
    stages = [tuple((rule.path, rule.how) for rule in found if rule.at == at) for at in ("lake", "load")]
    return Masked(tuple(stages), key)


def line(id: str, number: int, *, seconds: int = 1, **members: object) -> bytes:
    """An event that arrived in the n-th hour; members are changed at will."""
    moment = (hour_number(number) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    plain: dict[str, object] = {
        "type": "track",
        "event": "Order Completed",
        "messageId": id,
        "userId": f"leak-user-{id[-1]}",
        "anonymousId": f"device-{id[-1]}",
        "receivedAt": moment,
        "timestamp": moment,
        "request_ip": "203.0.113.9",
        "context": {"app": {"name": "shop"}, "ip": f"203.0.113.{number + 10}", "locale": "en"},
        "properties": {"price": number + 1, "email": f"leak-{id}@example.org"},
    }
    found = {name: value for name, value in (plain | members).items() if value is not None}
    return json.dumps(found, separators=(",", ":")).encode()


def first_hours() -> dict[int, list[list[bytes]]]:
    """Number of the hour -> files of lines."""
    identify: dict[str, Any] = {"type": "identify", "event": None, "properties": None}
    return {
        0: [
            [
                line("a-1", 0),
                line("a-1", 0, seconds=3),
                line("a-2", 0, **identify, traits={"email": "leak-t@example.org", "myPhoneNo": "secret phone 5550100"}),
                line("a-3", 0, context={"IP": "203.0.113.1", "ip": ["203.0.113.2", {"x": "203.0.113.3"}, 7, None]}),
                line("a-4", 0, context={"ip": {"v4": "203.0.113.4"}, "network": "203.0.113.5"}),
                line("a-5", 0, context={"network": [{"address": "2001:db8:77:88::1"}, "203.0.113.6"], "ip": ""}),
                line("a-6", 0, properties={"Email": ["leak-1@example.org", ["leak-2"]], "other": "stays@example.org"}),
                line("a-7", 0, properties='{"email": "leak-in-text@example.org", "price": 1}'),
                line("a-8", 0, context="203.0.113.7 is no object", userProperties={"SSN": "leak-ssn", "plan": "free"}),
                line("a-9", 0, userId=f"leak-{'long' * 200}", context={"ip": "::ffff:203.0.113.8", "ip.v6": "leak-v6"}),
            ],
            [
                line("b-1", 0).replace(b'"email"', b'"em\\u0061il"'),
                line("b-2", 0).replace(b'"email"', b'"email":"leak-first","email"').replace(b'"ip"', b'"\\u0069p" '),
                line("b-3", 0).replace(b'"price":1', b'"price":NaN').replace(b'"ip":', b'"ip":"203.0.113.99","ip":'),
                line(
                    "b-4", 0, userId=4711, properties={"email": 203.5, "contacts": [{"a": {"mail": "leak-c@A.Test"}}]}
                ),
                line("b-5", 0, properties={"contacts": {"mail": "leak-d@shop.test", "x": [{"MAIL": "no leak-e"}]}}),
                line("b-6", 0, type="page", event=None, name="Home", properties={"email": "leak-p@example.org"}),
                line("b-7", 0, type="alias", event=None, previousId="before-7", properties=None),
                line(
                    "b-8", 0, properties={"email": {"inner": "leak-inner"}, "a": {"email": "stays-below@example.org"}}
                ),
                b'{"type":"track","userId":"leak-cut","properties":{"email":"leak-broken@example.org", ',
                b'{"type":"leak-type","userId":"leak-unknown","context":{"ip":"203.0.113.66"}}',
                b'{"type":"track","messageId":{"a":"leak-envelope"},"context":{"ip":"203.0.113.67"}}',
                b"\xff leak-utf8 203.0.113.68",
            ],
        ],
        1: [
            [
                line("a-1", 1),
                line("c-1", 1, event="Sign Up", userProperties={"ssn": 123456789, "SsN": "leak-s"}),
                line("c-2", 1, **identify, traits={"email": "leak-t@example.org", "city": "Rome"}),
                line("c-3", 1, **identify, userId="leak-user-2", traits={"phone.home": "short", "PHONE": 49555123456}),
            ]
        ],
        2: [[line("d-1", 2, event=None), line("a-6", 2, seconds=0)]],
    }


def write_people(folder: Path) -> Path:
    """The archive in a folder."""
    return write_archive(folder, {hour_number(number): files for number, files in first_hours().items()})


def with_rules(where: Place, rules: Iterable[MaskRule] = RULES, key: str = KEY) -> Place:
    """The place with rules of masking."""
    return replace(where, source=replace(where.source, masking=masking(rules, key)))


def as_masked(where: Place, rules: Iterable[MaskRule] = RULES, key: str = KEY) -> Archive:
    """The archive as the independent reader masks it."""
    return read_again(rudderstack_files(Path(where.source.archive)), masked=masked(rules, key))


def at_lake(rules: Iterable[MaskRule] = RULES) -> Iterator[MaskRule]:
    """The rules, applied before the lake."""
    return (replace(rule, at="lake") for rule in rules)
