"""Wrapped members: what is inside a text or bytes is read as if it had been sent plainly (contract §2)."""

from __future__ import annotations

import base64
import json

import pytest

from event_assets.events import Mapping, MappingError
from tests.events.build import make_line, read_event, read_lines, read_refusal
from tests.events.mapping.test_batches import read_rows

PARSE = Mapping.parse({"parse": ["properties", "context.extra", "properties.items[].data"]})


def text_of(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def bytes_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def properties_of(sent: object) -> tuple[str | None, str | None]:
    """The properties and what was rescued of an event with these properties."""
    row = read_event(make_line(properties=sent), mapping=PARSE)
    return row["properties"], row["rescued"]


@pytest.mark.parametrize(
    ("sent", "properties"),
    [
        ('{"price": 1.50}', '{"price": 1.50}'),
        (' \n{"a": [1,\r\n2]}\t', '{"a": [1,  2]}'),
        (bytes_of('{"a":"é"}'), '{"a":"é"}'),
        (base64.urlsafe_b64encode('{"a":"??>~ÿÿ"}'.encode()).decode().rstrip("="), '{"a":"??>~ÿÿ"}'),
        (bytes_of('\n {"a":1}'), '{"a":1}'),
        ('{"big": 123456789012345678901234567890, "x": 1e400}', '{"big": 123456789012345678901234567890, "x": 1e400}'),
        ("{}", None),
    ],
)
def test_a_text_that_is_json_is_what_it_says(sent: str, properties: str | None) -> None:
    assert properties_of(sent) == (properties, None)


@pytest.mark.parametrize(
    "sent",
    [
        "no json",
        '{"a":1',
        '{"a":1} {"b":2}',
        '{"a":1,}',
        bytes_of("plain words"),
        "eyJh",
        "{" + '"a":{' * 63 + "}" * 64,
    ],
)
def test_a_text_that_is_not_json_stays_the_text_it_is(sent: str) -> None:
    assert properties_of(sent) == (None, text_of({"properties": sent}).replace(": ", ":", 1))


def test_what_is_inside_a_text_may_have_as_many_levels_as_what_is_sent_plainly() -> None:
    deepest = '{"a":' * 63 + "1" + "}" * 63
    assert properties_of(deepest) == (deepest, None)
    assert properties_of(json.loads(deepest)) == (text_of(json.loads(deepest)), None)


def test_wrappings_inside_of_wrappings_and_of_the_elements_of_an_array_are_opened() -> None:
    items = [{"data": text_of({"n": n})} for n in range(2)] + [{"data": "free"}, {"other": 1}, 5]
    row = read_event(make_line(properties=text_of({"items": items}), context={"extra": "[1.0]"}), mapping=PARSE)
    assert json.loads(row["properties"])["items"] == [{"data": {"n": 0}}, {"data": {"n": 1}}, *items[2:]]
    assert row["context"] == '{"extra":[1.0]}'


def test_characters_that_no_warehouse_stores_are_replaced_inside_a_text_and_counted() -> None:
    for sent in ('{"a": "\\u0000"}', '{"a": "\\ud800"}'):
        row = read_event(make_line(properties=sent), mapping=PARSE)
        assert (row["properties"], row["_sanitized"]) == ('{"a": "\\ufffd"}', True)
    plain = read_event(make_line(properties='{"a": "\\\\u0000"}'), mapping=PARSE)
    assert (plain["properties"], plain["_sanitized"]) == ('{"a": "\\\\u0000"}', False)


def test_members_are_moved_out_of_what_was_a_text() -> None:
    mapping = Mapping.parse(
        {
            "parse": ["payload", "payload.after"],
            "type": {"const": "track"},
            "event": "table",
            "user_id": "payload.after.id",
            "properties": "payload",
        }
    )
    change = {"after": text_of({"id": 7, "total": 1.5}), "op": "u"}
    for payload in (text_of(change), bytes_of(text_of(change)), change):
        row = read_event(text_of({"table": "orders", "payload": payload}).encode(), mapping=mapping)
        assert (row["user_id"], row["event"]) == ("7", "orders")
        assert json.loads(row["properties"]) == {"after": {"total": 1.5}, "op": "u"}


def test_an_event_without_an_id_is_identified_by_its_bytes_as_sent() -> None:
    line = make_line(messageId=None, properties=text_of({"a": 1}))
    assert read_event(line, mapping=PARSE)["id"] == read_event(line)["id"]
    assert read_event(line, mapping=PARSE)["_fingerprint"] == read_event(line)["_fingerprint"]


def test_a_line_that_is_no_event_is_refused_as_it_was_sent() -> None:
    line = make_line(type="no such", properties=text_of({"a": 1}))
    refused = read_refusal(line, mapping=PARSE)
    assert (refused["reason"], refused["raw"]) == ("unknown_type", line)


@pytest.mark.parametrize("setting", ["properties", [], 5, [""], [["a", ""]], {"a": "b"}])
def test_a_setting_that_names_no_members_is_an_error(setting: object) -> None:
    with pytest.raises(MappingError, match=r"parse = .* is no (list|path)"):
        Mapping.parse({"parse": setting})


LENIENT = [
    '{"a":NaN,"b":1}',
    '{"a":[1,-Infinity],"b":{"c":Infinity,"d":2}}',
    '{"a":"x\ny\tz","b":"\x1b[1m"}',
    '{"a":"NaN","b":"say NaN"}',
]
"""Texts that are JSON but for what costs a value."""
MAPPED = Mapping.parse({"message_id": "messageId", "type": "type", "event": "event", "properties": "data"})


@pytest.mark.parametrize("lenient", LENIENT)
@pytest.mark.parametrize("mapping", [PARSE, None, MAPPED])
def test_a_value_that_json_lacks_costs_a_value_inside_a_text_as_it_does_in_a_line(
    lenient: str, mapping: Mapping | None
) -> None:
    name = "data" if mapping is not None and mapping.paths else "properties"
    plain, text = (
        json.dumps({"type": "track", "event": "E", "messageId": "m", name: 0}).replace(": 0}", f": {sent}}}").encode()
        for sent in (lenient, text_of(lenient))
    )
    for exact in (False, True):
        one, other = (read_lines(line, mapping=mapping, exact=exact) for line in (plain, text))
        rows = [found.events.drop("_fingerprint").to_dicts() for found in (one, other)]
        assert len(rows[0]) == 1
        assert rows[0] == rows[1]


@pytest.mark.parametrize("lenient", LENIENT)
def test_a_line_or_an_element_that_is_a_lenient_text_is_the_event_that_it_is_plainly(lenient: str) -> None:
    event = json.dumps({"type": "track", "event": "E", "messageId": "m", "properties": 0})
    event = event.replace(": 0}", f": {lenient}}}")
    (plain,) = read_lines(event.encode()).events.drop("_fingerprint").to_dicts()
    assert plain["properties"]
    (wrapped,) = read_lines(text_of(event).encode()).events.drop("_fingerprint").to_dicts()
    assert wrapped == plain
    each = Mapping.parse({"each": "records[].body"})
    held = json.dumps({"records": [{"body": event}, {"body": bytes_of(event)}]}).encode()
    opened = read_rows(held, mapping=each)
    assert [row | {"_fingerprint": 0} for row in opened] == [plain | {"_fingerprint": 0}] * 2
