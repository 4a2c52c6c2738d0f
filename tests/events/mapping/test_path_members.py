"""Members from the path of a file: where an event takes them, what its id is made from, and which keys have them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.layouts import find_layout
from event_assets.events import Block, Chunk, FileEnd, Mapping, Normalized, normalize
from event_assets.events.mapping.path_members import Members
from tests.events.build import HOUR, make_block
from tests.vendors.vendor import auto_id

KEY = "a.jsonl"


def read(*lines: bytes, members: Members, mapping: Mapping | None = None, block: Block | None = None) -> Normalized:
    """What becomes of the lines of a file whose key has these members."""
    chunk: Chunk = [block or make_block(list(lines), file=KEY), FileEnd(KEY, 1, len(lines), None)]
    found = [
        normalize(chunk, hour=HOUR, mapping=mapping, path_members=lambda _: members, exact=exact)
        for exact in (False, True)
    ]
    assert found[0].events.equals(found[1].events)
    return found[0]


def line(**members: object) -> bytes:
    return json.dumps({"type": "track", **members}, separators=(",", ":")).encode()


SOURCE: Members = {("context", "source"): "ios"}


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({}, {"source": "ios"}),
        (None, {"source": "ios"}),
        ([""], {"source": "ios"}),
        ({"ip": "::1"}, {"ip": "::1", "source": "ios"}),
        ({"source": None, "ip": "::1"}, {"source": "ios", "ip": "::1"}),
        ({"source": "web"}, {"source": "web"}),
        ({"source": 0}, {"source": 0}),
        ({"source": {"a": 1}}, {"source": {"a": 1}}),
        ('{"ip": "::1"}', {"ip": "::1", "source": "ios"}),
        ('{"source": "web"}', {"source": "web"}),
    ],
)
def test_an_event_takes_a_part_where_it_has_nothing(context: object, expected: object) -> None:
    (row,) = read(line(messageId="m", context=context), members=SOURCE).events.to_dicts()
    assert json.loads(row["context"]) == expected
    assert row["rescued"] is None


@pytest.mark.parametrize("context", ["plain", 7, ["x"], '["x"]'])
def test_what_is_there_and_no_object_stays_and_is_rescued(context: object) -> None:
    (row,) = read(line(messageId="m", context=context), members=SOURCE).events.to_dicts()
    assert (row["context"], json.loads(row["rescued"])) == (None, {"context": context})


def test_members_of_the_envelope_are_texts_and_make_an_event_of_a_line_without_a_type() -> None:
    members: Members = {("type",): "Page", ("name",): "Pricing", ("userId",): "7", ("properties", "plan", "size"): "5"}
    (row,) = read(b'{"messageId":"m","properties":{"plan":{"a":1}}}', members=members).events.to_dicts()
    assert (row["type"], row["name"], row["user_id"]) == ("page", "Pricing", "7")
    assert json.loads(row["properties"]) == {"plan": {"a": 1, "size": "5"}}


def test_a_mapping_reads_what_the_key_has() -> None:
    mapping = Mapping.parse(
        {
            "parse": ["body"],
            "type": {"path": "table", "values": {"pages": "page"}, "default": "track"},
            "message_id": "id",
            "event": {"first": ["name", "table"], "default": "none"},
            "properties": "body",
        }
    )
    values = (b'{"id":"a"}', b'{"id":"b","table":"own","body":"{\\"x\\":1}"}')
    rows = read(*values, members={("table",): "orders", ("body", "shard"): "3"}, mapping=mapping).events.to_dicts()
    assert [(row["type"], row["event"]) for row in rows] == [("track", "orders"), ("track", "own")]
    assert [json.loads(row["properties"]) for row in rows] == [{"shard": "3"}, {"x": 1, "shard": "3"}]


def test_equal_events_without_an_id_under_different_keys_are_different_events() -> None:
    sent = line(event="Opened")
    ios = read(sent, members=SOURCE).events.row(0, named=True)
    web = read(sent, members={("context", "source"): "web"}).events.row(0, named=True)
    assert ios["id"] == auto_id(sent + b'{"context":{"source":"ios"}}')
    assert web["id"] == auto_id(sent + b'{"context":{"source":"web"}}')
    assert ios["_fingerprint"] == web["_fingerprint"]
    own = line(event="Opened", context={"source": "own"})
    assert read(own, members=SOURCE).events["id"].to_list() == [auto_id(own)]


def test_an_id_is_made_of_what_is_taken_from_the_line_and_the_key_in_the_order_of_names() -> None:
    block = make_block([b'{"type":"track","context":{"ip":"::1"}}'], file=KEY)
    block = Block(KEY, block.values, block.lines, block.offsets, [b"{}"], ['{"sentAt":1,"context":{"ip":"::1"}}'])
    found = read(b"", members={("userId",): "u", ("context", "source"): "ios"}, block=block)
    taken = b'{"context":{"ip":"::1","source":"ios"},"sentAt":1,"userId":"u"}'
    assert found.events["id"].to_list() == [auto_id(b"{}" + taken)]


def test_a_refused_line_is_quarantined_as_it_was_sent_and_a_cut_one_takes_members() -> None:
    found = read(b'  {"type":"nothing"} ', b"junk " + line(messageId="m"), b'"text"', members=SOURCE)
    assert found.events.select("id", "context").rows() == [("m", '{"source":"ios"}')]
    assert sorted(found.quarantine["raw"].to_list()) == [b'  {"type":"nothing"} ', b'"text"', b"junk"]


TEMPLATE = "app={member:context.app}/{member:event}-{date}/{hour}/*"


@pytest.mark.parametrize(
    ("key", "members"),
    [
        ("app=iOS/paid-2026-01-31/07/x", {("context", "app"): "iOS", ("event",): "paid"}),
        ("app=a%2Fb%20c/order-paid-2026-01-31/07/x", {("context", "app"): "a/b c", ("event",): "order-paid"}),
        ("app=100%/paid-2026-01-31/07/x", {("context", "app"): "100%", ("event",): "paid"}),
        ("app=%FF%41/paid-2026-01-31/07/x", {("context", "app"): "%FF%41", ("event",): "paid"}),
        ("app=a+b/paid-2026-01-31/07/x", {("context", "app"): "a+b", ("event",): "paid"}),
        ("app=/paid-2026-01-31/07/x", {("event",): "paid"}),
        ("app=__HIVE_DEFAULT_PARTITION__/paid-2026-01-31/07/x", {("event",): "paid"}),
        ("app=iOS/paid-2026-02-31/07/x", {}),
        ("iOS/paid-2026-01-31/07/x", {}),
    ],
)
def test_parts_of_a_key_are_read_as_texts(key: str, members: dict[Any, str]) -> None:
    assert find_layout(TEMPLATE).read_members(key) == members


def test_of_several_layouts_the_one_that_a_key_fits_has_its_members() -> None:
    layout = find_layout(("{date}/{hour}/{member:event}/*", "{member:userId}/{date}/{hour}/*"))
    assert layout.has_members
    assert layout.read_members("2026-01-31/07/paid/x") == {("event",): "paid"}
    assert layout.read_members("u/2026-01-31/07/x") == {("userId",): "u"}


def test_a_member_that_is_named_twice_is_the_same_part() -> None:
    layout = find_layout("{member:event}/{date}/{hour}/{member:event}-*")
    assert layout.fit("paid/2026-01-31/07/paid-1") is not None
    assert layout.fit("paid/2026-01-31/07/left-1") is None


@pytest.mark.parametrize("member", ["{member:}", "{member:a..b}", "{member:.a}"])
def test_a_member_without_a_name_is_refused(member: str) -> None:
    with pytest.raises(ArchiveError, match=r"a member without a name, .*\{member:context\.source\}"):
        find_layout("{date}/{hour}/" + member + "/*")


def test_what_is_wrong_with_a_repeated_member_counts_although_the_event_takes_another() -> None:
    deep = "[" * 64 + "]" * 64
    firsts = [b'"a\\u0000"', b'"a\0"', b'"\\ud800"', b'"\\u00e9"', deep.encode()]
    lines = [b'{"type":"track","messageId":"%d","a":%b,"a":1}' % (n, first) for n, first in enumerate(firsts)]
    found = read(*lines, members=SOURCE)
    assert found.events.select("id", "_sanitized").rows() == [("0", True), ("1", True), ("2", True), ("3", False)]
    assert found.events["context"].to_list() == ['{"source":"ios"}'] * 4
    assert found.quarantine["reason"].to_list() == ["too_deep"]
