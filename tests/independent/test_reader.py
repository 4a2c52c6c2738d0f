"""The second opinion itself against known answers, so that it cannot err together with what it judges."""

from __future__ import annotations

import bz2
import gzip
import lzma
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.independent.clocks import micros, read_clock, read_text
from tests.independent.event import Event, read_event
from tests.independent.framing import BadFileError, decompress, split_values
from tests.independent.json_text import Number, dump, is_json, leaves, parse
from tests.independent.known_names import naming_cases
from tests.independent.mapped import map_event
from tests.independent.names import RESERVED, convert, name_of, number_kind
from tests.independent.reader import ArchiveFile, events_of, scan
from tests.independent.rows import rows_of

HOUR = datetime(2026, 11, 23, 7, tzinfo=UTC)


def event_of(line: str) -> Event:
    """The event of a line that must be one."""
    event = read_event(line.encode(), HOUR)
    assert isinstance(event, Event), event
    return event


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"type":"track","a":"\xff"}', "invalid_utf8"),
        (b'{"type":"track","a":-NaN}', "invalid_json"),
        (b'{"type":"track",}', "invalid_json"),
        (b'{"type":"track"}{"type":"track"}', "invalid_json"),
        (b'{"type":"track","a":\x01}', "invalid_json"),
        (b'{"type":"track","a":01}', "invalid_json"),
        (b'{"type":"track","p":' + b"[" * 64 + b"]" * 64 + b"}", "too_deep"),
        (b'{"type":"track","p":' + b"[" * 5000 + b"]" * 5000 + b"}", "too_deep"),
        (b'{"type":"track","p":' + b"[" * 64 + b"]" * 63 + b"}", "invalid_json"),
        (b"[1]", "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"type":"tracks"}', "unknown_type"),
        (b'{"type":["track"]}', "unknown_type"),
        (b"{}", "unknown_type"),
        (b'{"type":"track","messageId":{}}', "bad_envelope"),
    ],
)
def test_a_line_is_quarantined_for_the_first_reason(line: bytes, reason: str) -> None:
    assert read_event(line, HOUR) == reason


def test_level_64_is_not_too_deep_and_brackets_in_strings_are_no_levels() -> None:
    event_of('{"type":"track","properties":' + "[" * 63 + "]" * 63 + "}")
    event_of('{"type":"track","properties":{"a":"' + "[{" * 100 + '"}}')


def test_deep_json_is_judged_strictly() -> None:
    assert is_json('{"a":[1,{"b":null}],"c":"x"}')
    for broken in ("[1,]", "{1:2}", '{"a" 1}', "[1 2]", "[", "]", '{"a":1,}', "[,]", '"a" "b"', "[01]", '{"a":{}'):
        assert not is_json(broken), broken


def test_the_last_of_repeated_members_wins_in_its_position() -> None:
    tree, _ = parse('{"a":1,"b":2,"a":3.10}')
    assert isinstance(tree, dict)
    assert list(tree.items()) == [("b", Number("2")), ("a", Number("3.10"))]


def test_what_no_warehouse_stores_is_replaced_and_counted() -> None:
    assert parse(r'{"a\u0000":"\ud800x","a\ufffd":["\udc00"]}') == ({"a\ufffd": ["\ufffd"]}, True)
    assert parse(r'{"a":"\ud83d\ude00"}') == ({"a": "\U0001f600"}, False)
    assert parse(r'{"a":"\\u0000"}') == ({"a": r"\u0000"}, False)


def test_values_are_leaves_and_nothing_is_none() -> None:
    tree, _ = parse('{"a":{"b":[1,{"c":"é"}],"n":null,"e":"","l":[""],"o":{}},"z":0,"f":false,"w":" "}')
    found = {path: dump(value) for path, value in leaves(tree)}
    assert found == {("a", "b"): '[1,{"c":"é"}]', ("z",): "0", ("f",): "false", ("w",): '" "'}


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01", 0),
        ("1970-01-01t00:00z", 0),
        ("1970-01-01 00:00:01,5 +00:30", -1_798_500_000),
        ("1970-01-01T00:00:00.9999999-18", 64_800_999_999),
        ("0001-01-01T00:00:00+00:01", None),
        ("9999-12-31T23:59:59-0001", None),
        ("2023-02-30", None),
        ("2024-02-29T23:59:60Z", None),
        ("2024-02-29T24:00", None),
        ("2024-02-29T10:00+18:01", None),
        ("2024-02-29T10", None),
        (" 2024-02-29", None),
        ("2024-02-29T10:00:00.Z", None),
    ],
)
def test_a_date_is_read_by_the_pattern_alone(text: str, instant: int | None) -> None:
    assert read_text(text) == instant


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (Number("1"), 1_000_000),
        (Number("-1.5"), -1_500_000),
        (Number("99999999999"), 99_999_999_999_000_000),
        (Number("1e11"), 100_000_000_000_000),
        (Number("1700000000"), 1_700_000_000_000_000),
        (Number("1700000000123"), 1_700_000_000_123_000),
        (Number("1700000000123456"), 1_700_000_000_123_456),
        (Number("1.7e9"), 1_700_000_000_000_000),
        (Number("1e17"), 100_000_000_000_000),
        (Number("1700000000123456789"), 1_700_000_000_123_456),
        (Number("1e20"), None),
        (Number("1e400"), None),
        ("1700000000", 1_700_000_000_000_000),
        ("17000000001", None),
        (True, None),
    ],
)
def test_an_epoch_is_read_by_its_size(value: str | bool, instant: int | None) -> None:
    assert read_clock(value) == instant


def test_a_clock_that_is_not_believed_is_replaced_and_rescued() -> None:
    event = event_of('{"type":"track","receivedAt":"2099-01-01","timestamp":"2026-11-23T06:30:00Z"}')
    assert event.clocks.received_at == micros(HOUR)
    assert not event.clocks.believed
    assert event.rescued == {"receivedAt": "2099-01-01"}
    assert event.late
    event = event_of('{"type":"track","receivedAt":"2026-11-23T07:10:00Z","timestamp":"2026-11-25T07:10:00Z"}')
    assert event.clocks.timestamp == event.clocks.received_at
    assert event.clocks.corrected
    assert list(event.rescued) == ["timestamp"]


def test_ids_are_made_shortened_and_kept_by_the_rules() -> None:
    made = event_of('{"type":"track","messageId":"\u2003 "}')
    assert made.id.startswith("auto-")
    assert made.rescued == {"messageId": "\u2003 "}
    long = event_of('{"type":"track","messageId":7.0,"userId":"' + "é" * 257 + '","event":true}')
    assert (long.id, long.texts["event"]) == ("7.0", "true")
    assert long.texts["user_id"].startswith("hash-")
    assert long.rescued == {"userId": "é" * 257}


@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("-0.0", "int"),
        ("1e3", "int"),
        ("1.5", "float"),
        ("9007199254740993", "int"),
        ("9007199254740993.0", "float"),
        ("9223372036854775808", "string"),
        ("1e400", "string"),
        ("1e-400", "string"),
        ("0e-400", "int"),
        ("5e-324", "float"),
        ("0e99999999999999999999", "int"),
    ],
)
def test_a_number_is_what_its_value_is(digits: str, kind: str) -> None:
    assert number_kind(digits) == kind


def test_only_exact_conversions_take_a_place() -> None:
    assert convert(Number("1.0"), "int") == 1
    assert convert(Number("1.5"), "int") is None
    assert convert(Number("9007199254740992"), "float") == 2.0**53
    assert convert(Number("9007199254740993"), "float") is None
    assert convert(Number("1E+2"), "string") == "1E+2"
    assert convert([Number("1.0"), "é"], "string") == '[1.0,"é"]'
    assert convert("true", "boolean") is None
    assert convert("2023-02-30", "datetime") is None


def test_names_are_the_known_ones() -> None:
    assert {key: name_of(key) for key in naming_cases()} == naming_cases()
    if SHARED:
        assert set((SHARED / "cases" / "reserved.txt").read_text().split()) == RESERVED


def test_two_values_of_one_column_leave_the_weaker_one_rescued() -> None:
    line = (
        '{"type":"track","event":"A","messageId":"1","properties":{"a b":1,"a_b":2,"context_x":3,"timestamp":4,"é":5},'
        '"userProperties":{"aB":6},"context":{"x":7,"ip":"1.1.1.1","requestIp":8},"traits":{"t":9},"name":"n"}'
    )
    home, own = rows_of(event_of(line))
    assert own.values == {
        "a_b": (("properties", "a_b"), "2"),
        "_timestamp": (("properties", "timestamp"), "4"),
        "context_x": (("context", "x"), "7"),
    }
    lost = {("properties", "a b"): "1", ("properties", "context_x"): "3", ("userProperties", "aB"): "6"}
    assert own.rescued == lost | {("context", "requestIp"): "8"}
    assert own.either == {("properties", "é"): "5"}
    assert home.rescued == {("traits", "t"): "9", ("name",): "n", ("context", "requestIp"): "8"}
    assert own.fixed["context_ip"] == "1.1.1.1"


def test_a_foreign_line_keeps_everything_that_is_left_in_properties() -> None:
    line, _ = parse('{"id":"7","kind":"Push","who":{"id":1,"n":"x"},"body":{"a":1,"kind":2},"z":3}')
    assert isinstance(line, dict)
    mapping = {
        "message_id": "id", "event": "kind", "user_id": "who.id", "properties": "body", "type": {"const": "track"},
    }  # fmt: skip
    event = map_event(line, mapping)
    assert event["properties"] == {"who": {"n": "x"}, "a": Number("1"), "kind": Number("2"), "z": Number("3")}
    assert list(event["properties"]) == ["who", "a", "kind", "z"]
    assert (event["messageId"], event["event"], event["userId"], event["type"]) == ("7", "Push", "1", "track")


@pytest.mark.parametrize(
    ("kind", "mapped", "goes_to"),
    [
        ("Identify", {}, "traits"),
        ("group", {}, "traits"),
        ("track", {}, "properties"),
        ("identify", {"properties": "p"}, "properties"),
        ("identify", {"traits": "t"}, "properties"),
    ],
)
def test_what_is_left_of_a_foreign_identify_is_its_traits(kind: str, mapped: dict[str, str], goes_to: str) -> None:
    event = map_event({"kind": kind, "plan": "pro"}, {"type": "kind", **mapped})
    assert event[goes_to] == {"plan": "pro"}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_files_are_known_by_their_content(pack: object) -> None:
    assert callable(pack)
    assert decompress(pack(b"x" * 1000)) == b"x" * 1000
    assert decompress(b"") == b""


def test_a_file_is_believed_whole_or_not_at_all() -> None:
    good = gzip.compress(b"a\n") + gzip.compress(b"b\n")
    assert decompress(good + b"\x00" * 100) == b"a\nb\n"
    broken_sum = good[:-8] + bytes([good[-8] ^ 1]) + good[-7:]
    for broken in (good[:-3], good + b"x", broken_sum, good[:5]):
        with pytest.raises(BadFileError):
            decompress(broken)


def test_framings_find_the_same_values() -> None:
    lines = [(value.line, value.data) for value in split_values(b'\xef\xbb\xbf{"a":1}\r\n\n  \n {"b":"}"}', "lines")]
    assert lines == [(1, b'{"a":1}'), (4, b'{"b":"}"}')]
    for content, framing in (
        (b'{"a":1}{"b":"}"}', "concatenated"),
        (b'[{"a":1},\n{"b":"}"}]', "array"),
        (b'{"Records":[{"a":1},{"b":"}"}]}', "array"),
    ):
        assert [value.data for value in split_values(content, framing)] == [b'{"a":1}', b'{"b":"}"}']


def test_the_newest_copy_wins_over_all_hours(tmp_path: Path) -> None:
    lines = [
        b'{"type":"track","messageId":"1","receivedAt":"2026-11-23T07:00:01Z","event":"old"}',
        b'{"type":"track","messageId":"1","receivedAt":"2026-11-23T07:00:02Z","event":"new"}',
        b'{"type":"page","messageId":"1"}',
        b"{",
    ]
    later = HOUR.replace(hour=9)
    (tmp_path / "a").write_bytes(b"\n".join(lines))
    (tmp_path / "b").write_bytes(b"\n".join(lines[:2]))
    archive = scan([ArchiveFile(later, tmp_path / "b"), ArchiveFile(HOUR, tmp_path / "a")])
    counts = archive.hours[HOUR]
    assert (counts.lines, counts.events, counts.distinct, counts.duplicates, counts.quarantined) == (4, 3, 2, 1, 1)
    assert [(event.type, event.texts.get("event")) for event in events_of(archive, HOUR)] == [
        ("track", "new"),
        ("page", None),
    ]
    assert list(events_of(archive, later)) == []
    assert archive.copies == {("track", "1", later)}
