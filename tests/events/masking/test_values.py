"""What becomes of one value (contract §13)."""

from __future__ import annotations

import pytest

from event_assets.events.masking.rules import How, MaskingKey, MaskRule
from event_assets.events.masking.values import ValueMask

KEY = MaskingKey("a key of this test alone")


def mask(how: How, value: str) -> str:
    """The JSON text of a masked value."""
    return ValueMask(MaskRule("properties.a", how), KEY).mask_json(value)


@pytest.mark.parametrize(
    ("how", "value", "masked"),
    [
        ("truncate", '"203.0.113.9"', '"203.0.113.0"'),
        ("truncate", '" 203.0.113.255 "', '"203.0.113.0"'),
        ("truncate", '"203.0.113.256"', "null"),
        ("truncate", '"203.0.113.09"', "null"),
        ("truncate", '"203.0.113.9:80"', "null"),
        ("truncate", '"203.0.113.9, 10.0.0.1"', "null"),
        ("truncate", '"2001:DB8:77:88::1"', '"2001:db8:77::"'),
        ("truncate", '"fe80::1%eth0"', '"fe80::"'),
        ("truncate", '"::ffff:203.0.113.9"', '"203.0.113.0"'),
        ("truncate", "3405803785", "null"),
        ("truncate", '{"v4":"203.0.113.9"}', "null"),
        ("truncate", '["203.0.113.9",{"a":1},[7]]', '["203.0.113.0",null,[null]]'),
        ("last4", '"+49 555 12345"', '"****2345"'),
        ("last4", "4955512345", '"****2345"'),
        ("last4", '"1234567"', "null"),
        ("last4", "true", "null"),
        ("last4", '"\\u0031234567\\""', '"****567\\""'),
        ("domain", '"Jo@Example.ORG"', '"example.org"'),
        ("domain", '"Jo <jo@example.org>"', "null"),
        ("domain", '"jo@localhost"', "null"),
        ("domain", '"no mail"', "null"),
        ("domain", '"jo@münchen.example"', '"münchen.example"'),
        ("null", "[1]", "[null]"),
        ("hash", "null", "null"),
        ("hash", '" "', '" "'),
        ("hash", "[]", "[]"),
        ("hash", '{"a":1}', "null"),
    ],
)
def test_a_value_becomes(how: How, value: str, masked: str) -> None:
    assert mask(how, value) == masked


def test_a_hash_is_of_the_text_alone() -> None:
    found = mask("hash", '"4711"')
    assert found == mask("hash", "4711") == mask("hash", '"4\\u003711"')
    assert len(found) == 34
    assert found != mask("hash", '"4711 "')
    assert found != ValueMask(MaskRule("properties.a", "hash"), MaskingKey("another key, as long")).mask_json("4711")
    assert ValueMask(MaskRule("userId", "hash"), KEY).mask_text("4711") == found.strip('"')
