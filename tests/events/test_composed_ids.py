"""Ids of several members: one text for the members of an event, another for any others (contract §3)."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
import xxhash

from event_assets.events import Mapping, MappingError, normalize
from event_assets.events.chunk import FileEnd
from event_assets.events.mapping.batches import open_block
from tests.events.build import HOUR, make_block, make_line, read_event, read_lines, splice_line

TWO = Mapping.parse({"id": ["messageId", "event"]})
NESTED = Mapping.parse({"id": ["messageId", "event", "payload.id"]})
FOREIGN: dict[str, Any] = {"type": {"const": "track"}, "event": "kind", "id": ["n", "kind", "at"]}


def auto(line: bytes) -> str:
    return "auto-" + xxhash.xxh3_128(line).hexdigest()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ('"m"', '["m","Order Completed"]'),
        ("17", '["17","Order Completed"]'),
        ("17.50", '["17.50","Order Completed"]'),
        ('"17"', '["17","Order Completed"]'),
        ("true", '["true","Order Completed"]'),
        (r'"a\"b\\c,\u00e9\ud83d\ude00"', r'["a\"b\\c,é😀","Order Completed"]'),
        (r'"x\u0000\ud800"', '["x\ufffd\ufffd","Order Completed"]'),
        ('" m "', '[" m ","Order Completed"]'),
    ],
)
def test_the_id_is_a_compact_array_of_the_members_as_texts(sent: str, expected: str) -> None:
    row = read_event(splice_line("messageId", sent), mapping=TWO)
    assert (row["id"], row["rescued"]) == (expected, None)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ('{"id": 1.0}', '"1.0"'),
        ('{"id": null}', "null"),
        ("{}", "null"),
        ('{"id": ""}', '""'),
        ('"text"', "null"),
        ('[{"id": 1}]', "null"),
        ('{"id": 1, "id": 2}', '"2"'),
        ('{"i\\u0064": "é"}', '"é"'),
        ('{"id": [1.50, {"b": 1, "a": "é"}]}', '[1.50,{"b":1,"a":"é"}]'),
        ('{"id": "2026-01-31T09:00:00+02:00"}', '"2026-01-31T09:00:00+02:00"'),
    ],
)
def test_a_member_of_an_object_takes_part_and_a_missing_one_is_null(payload: str, expected: str) -> None:
    assert read_event(splice_line("payload", payload), mapping=NESTED)["id"] == f'["m-1","Order Completed",{expected}]'


def test_members_that_contain_each_others_signs_never_make_one_id() -> None:
    odd = ["a", "a,b", 'a","b', '","', "[", "null", None, "", "\\", '\\"', "b"]
    lines = [make_line(messageId=head, event=event) for head, event in product(["x", *filter(None, odd)], odd)]
    ids = read_lines(*lines, mapping=TWO).events["id"].to_list()
    heads = [head for head in ["x", *filter(None, odd)] if head != "null"]
    assert len(set(ids)) == len(heads) * len(odd) + len(odd)


@pytest.mark.parametrize("sent", ["null", '""', '" \\t"', '"undefined"', '"NULL"'])
def test_without_its_first_member_an_event_has_the_id_of_its_bytes(sent: str) -> None:
    line = splice_line("messageId", sent)
    row = read_event(line, mapping=TWO)
    assert row["id"] == auto(line)
    assert row["rescued"] == (None if sent in ("null", '""') else f'{{"messageId":{sent}}}')
    assert read_lines(line, mapping=TWO).noticed.get("a.jsonl", {}) == (
        {"not_ids": 1, f"not_ids.{json.loads(sent).lower()}": 1} if len(sent) > 5 and "n" in sent.lower() else {}
    )


def test_an_id_over_512_bytes_becomes_its_hash_and_the_sent_one_is_rescued() -> None:
    for event in ("x" * 490, "x" * 500, "é" * 300):
        text = json.dumps(["m-1", event], ensure_ascii=False, separators=(",", ":"))
        row = read_event(make_line(event=event), mapping=TWO)
        long = len(text.encode()) > 512
        assert row["id"] == ("hash-" + xxhash.xxh3_128(text.encode()).hexdigest() if long else text)
        assert row["rescued"] == ('{"messageId":"m-1"}' if long else None)
    row = read_event(splice_line("messageId", "7" * 600), mapping=TWO)
    assert row["rescued"] == f'{{"messageId":{"7" * 600}}}'


def test_a_message_id_that_takes_no_part_is_rescued() -> None:
    row = read_event(splice_line("messageId", "17"), mapping=Mapping.parse({"id": ["userId", "timestamp"]}))
    assert row["id"] == '["u-1","2026-01-31T07:10:01.000Z"]'
    assert row["rescued"] == '{"messageId":17}'


def test_members_of_another_envelope_make_the_id_and_stay_where_they_are() -> None:
    line = b'{"n": 117, "kind": "Push", "at": 1769842800, "more": true}'
    row = read_event(line, mapping=Mapping.parse(FOREIGN))
    assert row["id"] == '["117","Push","1769842800"]'
    assert row["properties"] == '{"n":117,"at":1769842800,"more":true}'
    taken = read_event(line, mapping=Mapping.parse({**FOREIGN, "message_id": "n"}))
    assert (taken["id"], taken["properties"]) == (row["id"], '{"at":1769842800,"more":true}')


def test_members_inside_of_a_json_text_and_of_pairs_are_found() -> None:
    parsed = Mapping.parse({"parse": ["payload"], "id": ["messageId", "payload.id"]})
    assert read_event(splice_line("payload", r'"{\"id\": \"x\\u0000\"}"'), mapping=parsed)["id"] == '["m-1","x\ufffd"]'
    paired = Mapping.parse({"pairs": ["payload"], "id": ["messageId", "payload.id"]})
    line = splice_line("payload", '[{"key": "id", "value": {"intValue": "5"}}]')
    assert read_event(line, mapping=paired)["id"] == '["m-1","5"]'


def test_names_with_dots_quotes_and_escapes_are_found() -> None:
    mapping = Mapping.parse({**FOREIGN, "id": [["a.b", "c"], ['q"\\\t'], "kind"]})
    row = read_event(rb'{"a.b": {"c": "x"}, "q\"\\\t": 5, "kind": "K"}', mapping=mapping)
    assert row["id"] == '["x","5","K"]'


def test_an_event_of_a_batch_has_what_it_inherits() -> None:
    mapping = Mapping.parse({"each": "batch", "inherit": {"session": "session"}, "id": ["messageId", "session"]})
    assert mapping.batches is not None
    line = b'{"session": "s", "batch": [%s, %s]}' % (make_line(), make_line(session="own"))
    block = open_block(make_block([line]), mapping.batches)
    found = normalize([block, FileEnd("a.jsonl", 1, 2, None)], hour=HOUR, mapping=mapping)
    assert found.events["id"].to_list() == ['["m-1","s"]', '["m-1","own"]']


@pytest.mark.parametrize("setting", ["messageId", [], ["messageId"], ["a", ""], ["a", 5], {"first": ["a", "b"]}])
def test_an_id_of_anything_else_than_several_paths_is_an_error(setting: object) -> None:
    with pytest.raises(MappingError, match="mapping: id = "):
        Mapping.parse({"id": setting})
