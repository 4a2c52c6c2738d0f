"""Batches: a line's events with their own bytes, and what they take from the line (contract §2, ADR 0008)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import xxhash

from event_assets.events import Mapping, MappingError, normalize, preset
from event_assets.events.chunk import Block, FileEnd
from event_assets.events.mapping.batches import open_block
from tests.events.build import HOUR, make_block, make_event

GATEWAY = preset("rudderstack-gateway")
SEGMENT = preset("segment-batch")


def opened(line: bytes, mapping: Mapping = SEGMENT) -> Block:
    assert mapping.batches is not None
    return open_block(make_block([b"{}", line]), mapping.batches)


def read_rows(*lines: bytes, mapping: Mapping = SEGMENT, keep: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The rows of lines that may hold batches, and the reasons of what was quarantined as rows of one member."""
    assert mapping.batches is not None
    block = open_block(make_block(list(lines)), mapping.batches)
    result = normalize(
        [block, FileEnd("a.jsonl", 1, len(block.values), None)], hour=HOUR, mapping=mapping, keep_members=keep
    )
    refused = [{"reason": row["reason"], "raw": row["raw"]} for row in result.quarantine.to_dicts()]
    assert result.events.height + len(refused) == len(block.values) + sum(result.cut.values())
    return [*result.events.to_dicts(), *refused]


def as_line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def test_an_events_id_and_fingerprint_come_of_its_own_bytes() -> None:
    event = as_line(make_event(messageId=None))
    first, second = (read_rows(b'{"sentAt": "2026-01-31T07:10:0%dZ","batch": [ %s ]}' % (n, event))[0] for n in (3, 4))
    (alone,) = read_rows(event)
    assert first["id"] == second["id"] == alone["id"]
    assert first["_fingerprint"] == second["_fingerprint"] == alone["_fingerprint"]


NAMELESS = '{"type":"track","event":"Beat"}'
SHARED = Mapping.parse(
    {"each": "batch", "inherit": {"timestamp": "at", "session": "session", "context": "context", "sentAt": "sentAt"}}
)


def ids_of(*lines: str, mapping: Mapping = SHARED) -> list[str]:
    return [row["id"] for row in read_rows(*(line.encode() for line in lines), mapping=mapping)]


def beat(outer: str, *events: str) -> str:
    """A line of these events, which share these members."""
    return f'{{{outer},"batch":[{",".join(events or (NAMELESS,))}]}}'


def test_equal_events_under_different_inherited_members_are_different_events() -> None:
    lines = [
        beat('"at":"2026-01-31T07:00:00Z","session":"a"'),
        beat('"at":"2026-01-31T07:00:10Z","session":"a"'),
        beat('"at":"2026-01-31T07:00:00Z","session":"b"'),
        beat('"at":"2026-01-31T07:00:00Z"'),
        beat('"session":"a"'),
        beat('"x":1'),
        beat('"at":"2026-01-31T07:00:00Z","session":"a","context":{"ip":"1"}'),
        beat('"at":"2026-01-31T07:00:00Z","session":"a","context":{"ip":"2"}'),
    ]
    assert len(set(ids_of(*lines))) == len(lines)


def test_a_request_that_is_sent_again_brings_no_new_event() -> None:
    first, again, spaced = (
        beat('"sentAt":"2026-01-31T07:00:01Z","at":1769842800,"context":{"a":[1,{"b":"é"}]}'),
        beat('"sentAt":"2026-01-31T07:05:01Z","at":1769842800,"context":{"a":[1,{"b":"é"}]},"n":2'),
        beat('"context": { "a" : [1, {"b":"\\u00e9"}] }, "at" : 1769842800'),
    )
    assert len(set(ids_of(first, again, spaced))) == 1
    segment = [beat(f'"writeKey":"{n}","integrations":{{"n":{n}}},"sentAt":{n}') for n in range(3)]
    assert set(ids_of(*segment, mapping=SEGMENT)) == {read_rows(NAMELESS.encode())[0]["id"]}


def test_an_id_is_made_of_the_bytes_and_then_of_what_was_taken_by_name() -> None:
    (made,) = ids_of(beat('"session":"a\\ud800","at":1.50,"sentAt":2'))
    text = NAMELESS + '{"session":"a\ufffd","timestamp":1.50}'
    assert made == "auto-" + xxhash.xxh3_128_hexdigest(text.encode())


def test_what_an_event_has_of_its_own_is_not_inherited() -> None:
    own = '{"type":"track","event":"Beat","timestamp":5,"context":{"ip":"1","b":null}}'
    lines = [
        beat('"at":1,"context":{"ip":"2"}', own),
        beat('"at":2,"context":{"ip":"3","b":7}', own),
        beat('"at":2,"context":{"c":3}', own),
    ]
    first, second, third = ids_of(*lines)
    assert first == second == read_rows(own.encode())[0]["id"] != third


def test_what_is_wrong_with_a_repeated_member_counts_whether_or_not_an_event_inherits() -> None:
    lost = NAMELESS[:-1] + r',"traits":"\u0000","traits":1}'
    deep = NAMELESS[:-1] + ',"traits":' + "[" * 70 + "]" * 70 + ',"traits":1}'
    for outer in ('"at":1', '"x":1'):
        (row, refused) = read_rows(beat(outer, lost, deep).encode(), mapping=SHARED)
        assert row["_sanitized"]
        assert (refused["reason"], refused["raw"]) == ("too_deep", deep.encode())


def test_equal_events_of_one_line_are_one_event_with_a_duplicate() -> None:
    first, second, other = ids_of(beat('"at":1', NAMELESS, NAMELESS, NAMELESS[:-1] + ',"n":1}'))
    assert first == second != other


def test_an_event_with_an_id_keeps_it_whatever_it_inherits() -> None:
    named = NAMELESS[:-1] + ',"messageId":"m-1"}'
    rows = read_rows(*(beat(f'"at":{n}', named).encode() for n in (1, 2)), mapping=SHARED)
    assert [row["id"] for row in rows] == ["m-1", "m-1"]
    assert rows[0]["_fingerprint"] == rows[1]["_fingerprint"] == read_rows(named.encode())[0]["_fingerprint"]


def test_a_mapping_names_what_a_retry_changes() -> None:
    lines = [beat(f'"at":{n},"sentAt":{n}') for n in (1, 2)]
    inherit = {"timestamp": "at", "sentAt": "sentAt"}
    for names, distinct in (([], 2), (["sentAt"], 2), (["timestamp"], 2), (["timestamp", "sentAt"], 1)):
        mapping = Mapping.parse({"each": "batch", "inherit": inherit, "retry_changes": names})
        assert len(set(ids_of(*lines, mapping=mapping))) == distinct, names
    posthog = preset("posthog").batches
    assert posthog is not None
    assert posthog.retry_changes == ("sent_at",)


def test_an_event_tells_the_line_and_the_place_where_its_bytes_stand() -> None:
    line = '{"x":"é", "batch" : [{"a":1} ,{"b":"]é"}, {"a":1}] }'.encode()
    block = opened(line)
    content = b"{}\n" + line
    assert (block.values[1:], list(block.lines)) == ([b'{"a":1}', '{"b":"]é"}'.encode(), b'{"a":1}'], [1, 2, 2, 2])
    assert block.sent == block.values
    for value, offset in zip(block.sent or (), block.offsets, strict=True):
        assert content[offset : offset + len(value)] == value
    assert len(set(block.offsets)) == 4


@pytest.mark.parametrize("first", ['"{\\"a\\":1}"', '["{\\"a\\":1}"]'])
def test_an_event_inside_a_text_takes_no_place_of_an_equal_one(first: str) -> None:
    line = f'{{"batch":[{first},{{"b":2}},{{"a":1}}]}}'.encode()
    block = opened(line)
    places = [offset - 3 for offset in block.offsets[1:]]
    assert places[-2:] == [line.index(b'{"b"'), line.index(b'{"a":1}')]


def test_an_event_takes_what_it_lacks_and_keeps_what_it_has() -> None:
    bare = {name: value for name, value in make_event().items() if name not in ("sentAt", "receivedAt", "context")}
    outer = {"sentAt": "2026-01-31T07:20:00Z", "receivedAt": "2026-01-31T07:20:01Z", "context": {"ip": "1", "a": 2}}
    own = make_event(context={"ip": "203.0.113.7"}, sentAt=None, messageId="m-2")
    lacking, having = read_rows(as_line({"batch": [bare, own], **outer}))
    assert (lacking["sent_at"].minute, lacking["received_at"].minute) == (20, 20)
    assert json.loads(lacking["context"]) == {"ip": "1", "a": 2}
    assert (having["sent_at"].minute, having["received_at"].minute) == (20, 10)
    assert json.loads(having["context"]) == {"ip": "203.0.113.7", "a": 2}


def test_what_a_batch_says_of_the_transport_can_be_kept() -> None:
    (row,) = read_rows(as_line({"batch": [make_event()], "writeKey": "wk"}), keep=("writeKey",))
    assert row["kept"] == '{"writeKey":"wk"}'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"batch": [{"type":"track","event":"\xff"}]}', "invalid_utf8"),
        (b'{"batch": []}', "unknown_type"),
        (b'{"batch": {"type": "track"', "invalid_json"),
        (b'{"batch": "[1"}', "unknown_type"),
        (b'{"batch": 5}', "unknown_type"),
        (b'["batch"]', "not_an_object"),
    ],
)
def test_a_line_whose_events_cannot_be_found_stays_whole(line: bytes, reason: str) -> None:
    assert read_rows(line) == [{"reason": reason, "raw": line}]


@pytest.mark.parametrize(
    ("line", "reason", "junk"),
    [
        (b'{"batch": [{"type":"track"}, NaN]}', "not_an_object", b"NaN"),
        (b'{"batch": [{"type":"track"}]} x', "invalid_json", b"x"),
        (b'x {"batch": [{"type":"track"}]}', "invalid_json", b"x"),
    ],
)
def test_what_is_beside_the_events_of_a_line_costs_itself(line: bytes, reason: str, junk: bytes) -> None:
    rows = read_rows(line)
    assert [row["type"] for row in rows if "type" in row] == ["track"]
    assert [row for row in rows if "type" not in row] == [{"reason": reason, "raw": junk}]


def test_a_bad_event_leaves_the_others_of_its_batch() -> None:
    good = as_line(make_event())
    rows = read_rows(b'{"batch": [5, %s, {"type": "x"}, %s]}' % (good, b'{"a":' * 64 + b"1" + b"}" * 64 + b"\n"))
    assert [row.get("id") for row in rows] == ["m-1", None, None, None]
    assert [row["reason"] for row in rows[1:]] == ["not_an_object", "unknown_type", "unknown_type"]
    assert rows[1]["raw"] == b"5"


def test_what_is_quarantined_is_what_was_sent_without_what_it_took() -> None:
    rows = read_rows(b'{"batch": [ {"type":"x"} ], "sentAt": "2026-01-31T07:10:01Z"}')
    assert rows == [{"reason": "unknown_type", "raw": b'{"type":"x"}'}]


def test_a_record_inside_its_wrapping_is_the_event() -> None:
    mapping = Mapping.parse({"each": "payload"})
    line = as_line({"schema": {"type": "struct"}, "payload": make_event(messageId=None)})
    (row,) = read_rows(line, mapping=mapping)
    assert row["id"] == read_rows(as_line(make_event(messageId=None)))[0]["id"]


def test_an_event_that_nests_too_deep_in_a_batch_is_one_bad_thing() -> None:
    deep = b'{"type":"track","properties":' + b'{"a":' * 64 + b"1" + b"}" * 65
    rows = read_rows(b'{"batch": [%s, %s]}' % (as_line(make_event()), deep))
    assert [row.get("id") for row in rows] == ["m-1", None]
    assert rows[1] == {"reason": "too_deep", "raw": deep}


@pytest.mark.parametrize("text", [r"\ud800", r"\u0000"])
def test_text_that_no_warehouse_stores_does_not_close_a_batch(text: str) -> None:
    event = json.dumps(make_event(context=None)).replace("Order Completed", text)
    (row,) = read_rows(f'{{"batch": [{event}], "context": {{"{text}": 1}}, "{text}": 2}}'.encode())
    assert (row["event"], row["_sanitized"], row["context"]) == ("\ufffd", True, '{"\\ufffd": 1}')


def test_the_gateways_payload_is_an_event_a_batch_or_a_text_of_either() -> None:
    event = make_event(receivedAt=None)
    payloads = [
        event,
        {"batch": [event]},
        json.dumps(event),
        json.dumps({"batch": [event]}),
        {"batch": json.dumps([event])},
    ]
    for payload in payloads:
        line = as_line({"userId": "x", "payload": payload, "createdAt": "2026-01-31T07:30:00Z", "messageId": ""})
        (row,) = read_rows(line, mapping=GATEWAY)
        assert (row["id"], row["received_at"].minute) == ("m-1", 30)


def test_a_line_of_the_gateway_that_is_an_event_itself_is_one() -> None:
    (row,) = read_rows(as_line(make_event()), mapping=GATEWAY)
    assert row["id"] == "m-1"


def test_a_foreign_batch_is_opened_before_its_events_are_mapped() -> None:
    mapping = Mapping.parse(
        {
            "each": "items",
            "inherit": {"at": {"first": ["meta.sent", "meta.at"]}},
            "type": {"path": "kind", "values": {"view": "page"}, "default": "track"},
            "event": "kind",
            "user_id": {"first": ["user.id", "uid"]},
            "sent_at": "at",
        }
    )
    line = {
        "meta": {"at": "2026-01-31T07:40:00Z"},
        "items": [{"kind": "buy", "uid": 7}, {"kind": "view", "user": {"id": 8}}],
    }
    track, page = read_rows(as_line(line), mapping=mapping)
    assert (track["type"], track["event"], track["user_id"], track["sent_at"].minute) == ("track", "buy", "7", 40)
    assert (page["type"], page["user_id"], page["rescued"]) == ("page", "8", '{"event":"view"}')


def test_a_type_that_is_looked_up_stays_where_it_was_sent() -> None:
    mapping = Mapping.parse({"type": {"path": "kind", "values": {"view": "page"}, "default": "track"}})
    block = make_block([b'{"kind":"view"}', b'{"kind":"other"}', b'{"kind":5}', b"{}"])
    rows = normalize([block], hour=HOUR, mapping=mapping).events.to_dicts()
    assert [row["type"] for row in rows] == ["page", "track", "track", "track"]
    assert [row["properties"] for row in rows] == ['{"kind":"view"}', '{"kind":"other"}', '{"kind":5}', None]


def test_a_type_that_no_table_knows_is_quarantined_without_a_default() -> None:
    mapping = Mapping.parse({"type": {"path": "kind", "values": {"view": "page"}}})
    result = normalize([make_block([b'{"kind":"other"}'])], hour=HOUR, mapping=mapping)
    assert result.quarantine["reason"].to_list() == ["unknown_type"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"each": 5}, "each = 5 is no path"),
        ({"each": ""}, "each = '' is no path"),
        ({"each": "a", "inherit": "x"}, "inherit is a table"),
        ({"each": "a", "inherit": {"x": {"first": []}}}, "inherit.x.*is no choice"),
        ({"inherit": {"x": "y"}, "type": {"const": "track"}}, "inherit needs each"),
        ({"each": "a", "event": "b"}, "type is missing"),
        ({"retry_changes": ["a"], "type": {"const": "track"}}, "retry_changes needs each"),
        ({"each": "a", "inherit": {"x": "y"}, "retry_changes": "x"}, "retry_changes is a list"),
        ({"each": "a", "inherit": {"x": "y"}, "retry_changes": ["y"]}, "names 'y', which inherit does not"),
        ({"reads": "csv"}, "reads = 'csv' is not known; write one of snowplow-enriched"),
        ({"type": {"path": "a", "values": {"x": "view"}}}, "type 'view' is none of"),
        ({"type": {"path": "a", "values": {"x": "page"}, "default": "y"}}, "type 'y' is none of"),
        ({"type": {"values": {"x": "page"}}}, "type = None is no path"),
        ({"type": {"const": "track"}, "event": {"path": "a", "values": {}}}, "only type has a table of values"),
        ({"type": {"const": "track"}, "user_id": {"first": "a"}}, "user_id.*is no choice"),
    ],
)
def test_a_mapping_of_batches_that_cannot_work_is_an_error_with_what_to_write(
    config: dict[str, object], message: str
) -> None:
    with pytest.raises(MappingError, match=message):
        Mapping.parse(config)


NESTED = Mapping.parse({"each": "a.b[].c", "inherit": {"context": "a.b[].about", "sentAt": "at"}})


def wrap_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def wrap_bytes(value: object) -> str:
    return base64.b64encode(as_line(value)).decode()


@pytest.mark.parametrize("wrap", [lambda value: value, wrap_text, wrap_bytes])
def test_events_lie_in_arrays_of_objects_that_may_be_texts_and_bytes(wrap: Callable[[object], object]) -> None:
    events = [make_event(messageId=f"m-{n}", context=None) for n in range(5)]
    batches = [
        {"c": wrap([events[0], wrap(events[1])]), "about": {"n": 1}},
        wrap({"c": wrap(events[2]), "about": {"n": 2}}),
        {"c": [events[3], 5, "no json", [events[4]]]},
        {"about": "no events"},
        5,
    ]
    rows = read_rows(as_line({"at": "2026-01-31T07:00:00Z", "a": wrap({"b": wrap(batches)})}), mapping=NESTED)
    assert [(row["id"], row["context"]) for row in rows[:4]] == [
        ("m-0", '{"n": 1}'),
        ("m-1", '{"n": 1}'),
        ("m-2", '{"n": 2}'),
        ("m-3", None),
    ]
    assert [row["reason"] for row in rows[4:]] == ["not_an_object"] * 3 + ["unknown_type", "not_an_object"]


def test_a_line_that_is_an_array_has_an_event_of_every_element() -> None:
    events = [make_event(messageId=f"m-{n}") for n in range(4)]
    mapping = Mapping.parse({"each": "[]"})
    lines = [as_line(events[:2]), as_line([wrap_text(events[2])]), as_line(events[3]), b" [ ] "]
    rows = read_rows(*(line.strip() for line in lines), mapping=mapping)
    assert [row.get("id") for row in rows] == ["m-0", "m-1", "m-2", "m-3", None]
    assert (rows[4]["reason"], rows[4]["raw"]) == ("not_an_object", b"[ ]")
    (row,) = read_rows(as_line([{"batch": [events[0]]}]), mapping=Mapping.parse({"each": "[].batch"}))
    assert row["id"] == "m-0"


@pytest.mark.parametrize("levels", [65, 1_000, 10_000])
def test_an_element_of_any_nesting_costs_only_itself(levels: int) -> None:
    deep = b'{"type":"track","properties":' + b'{"[,]}":' * levels + b"1" + b"}" * (levels + 1)
    line = b'{"x":"]}", "batch" : [%s , %s,%s]}' % (as_line(make_event()), deep, as_line(make_event(messageId="m-2")))
    rows = read_rows(line)
    assert [row.get("id") for row in rows] == ["m-1", "m-2", None]
    assert (rows[2]["reason"], rows[2]["raw"]) == ("too_deep", deep)


def test_names_with_dots_and_brackets_are_written_as_lists() -> None:
    mapping = Mapping.parse({"each": ["a.b", "c[]", "[]"]})
    (row,) = read_rows(as_line({"a.b": {"c[]": [make_event()]}}), mapping=mapping)
    assert row["id"] == "m-1"
