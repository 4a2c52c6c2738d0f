"""Avro and Parquet: records as JSON text without loss, and files of them sound as a whole or not at all
(contract §2).
"""

from __future__ import annotations

import datetime as dt
import io
import json
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import fastavro
import pyarrow as pa
import pytest

from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.decoding.lines import LINE_LIMIT, frame_lines
from event_assets.archive.decoding.parquet import read_parquet
from event_assets.archive.decoding.records import Counted, frame_content, limit_records
from event_assets.archive.errors import TransientArchiveError
from event_assets.events.chunk import Block, Oversized
from tests.archive.decoding.record_files import SYNC, logical, record_of, texts, write_avro, write_parquet
from tests.archive.files import gzip_member, read_all, write_archive


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("long", 2**63 - 1, "9223372036854775807"),
        ("long", -(2**63), "-9223372036854775808"),
        ("double", 0.1, "0.1"),
        ("double", 1e22, "1e22"),
        ("double", float("nan"), '"NaN"'),
        ("double", float("-inf"), '"-Infinity"'),
        ({"type": "array", "items": "double"}, [1.0, float("inf")], '[1.0,"Infinity"]'),
        ("float", 0.5, "0.5"),
        ("boolean", False, "false"),
        ("bytes", b"\x00\xff", '"AP8="'),
        ("string", 'é"\n\x00', '"é\\"\\n\\u0000"'),
        (["null", "string"], None, "null"),
        (["null", "long"], 5, "5"),
        ({"type": "map", "values": "long"}, {"b": 1, "a": 2}, '{"b":1,"a":2}'),
        ({"type": "enum", "name": "E", "symbols": ["x", "y"]}, "y", '"y"'),
        ({"type": "fixed", "name": "F", "size": 2}, b"\x01\x02", '"AQI="'),
        (logical("long", "timestamp-millis"), -1, '"1969-12-31T23:59:59.999Z"'),
        (logical("long", "timestamp-micros"), 1_769_842_800_000_001, '"2026-01-31T07:00:00.000001Z"'),
        (logical("long", "timestamp-nanos"), 1_769_842_800_000_000_001, '"2026-01-31T07:00:00.000000001Z"'),
        (logical("long", "local-timestamp-millis"), 0, '"1970-01-01T00:00:00.000"'),
        (logical("long", "timestamp-millis"), 10**17, str(10**17)),
        (logical("long", "timestamp-millis"), -62135596800000, '"0001-01-01T00:00:00.000Z"'),
        (logical("int", "date"), 20_484, '"2026-01-31"'),
        (logical("int", "date"), 2**31 - 1, "2147483647"),
        (logical("int", "time-millis"), 3_723_004, '"01:02:03.004"'),
        (logical("long", "time-micros"), 86_400_000_000, "86400000000"),
        (logical("bytes", "decimal", precision=30, scale=2), b"\xff\x85", '"-1.23"'),
        (logical("bytes", "decimal", precision=30, scale=3), b"\x05", '"0.005"'),
        (logical("bytes", "decimal", precision=30, scale=0), b"\x05", '"5"'),
        (logical("string", "uuid"), "not a uuid", '"not a uuid"'),
    ],
)
def test_an_avro_value_loses_nothing(kind: object, value: object, expected: str) -> None:
    plain = {"type": kind["type"]} if isinstance(kind, dict) and "logicalType" in kind else kind
    content = write_avro(record_of(("v", plain)), [{"v": value}])
    if plain is not kind:  # the writer would want a value of the logical kind: the header is written again
        content = rename_schema(content, json.dumps(record_of(("v", kind))))
    assert texts(content) == [f'{{"v":{expected}}}']


def rename_schema(content: bytes, schema: str) -> bytes:
    """The file with another schema in its header and the same blocks."""
    blocks = content[content.index(SYNC) + len(SYNC) :]
    header = io.BytesIO()
    meta = {"avro.codec": b"null", "avro.schema": schema.encode()}
    fastavro.schemaless_writer(header, {"type": "map", "values": "bytes"}, meta)
    return b"Obj\x01" + header.getvalue() + SYNC + blocks


def test_an_avro_file_that_is_cut_anywhere_but_between_blocks_is_bad() -> None:
    content = write_avro(record_of(("n", "long")), [{"n": n} for n in range(400)], interval=100)
    whole = len(texts(content))
    ends = [at + len(SYNC) for at in range(len(content)) if content[at : at + len(SYNC)] == SYNC]
    assert len(ends) > 2
    for size in range(4, len(content)):
        if size in ends:
            assert len(texts(content[:size])) < whole
        else:
            with pytest.raises(BadFile):
                texts(content[:size])


@pytest.mark.parametrize("rest", [b"\x80", b"\x02", b"\x00", b"x" * 40, b"\x02\x02\x02" + SYNC[:-1]])
def test_an_avro_file_that_goes_on_after_its_last_block_is_bad(rest: bytes) -> None:
    with pytest.raises(BadFile, match="damaged Avro file"):
        texts(write_avro(record_of(("n", "long")), [{"n": 1}]) + rest)


TABLE = pa.table(
    {
        "i": pa.array([2**63 - 1, None, -(2**63)], pa.int64()),
        "u": pa.array([2**64 - 1, 0, None], pa.uint64()),
        "f": pa.array([0.1, float("nan"), None], pa.float64()),
        "s": pa.array(["é", None, ""], pa.string()),
        "b": pa.array([b"\x00\xff", b"", None], pa.binary()),
        "d": pa.array([Decimal("-1.230"), None, Decimal("12345678901234567890.123")], pa.decimal128(38, 3)),
        "ms": pa.array([-1, None, 10**17], pa.timestamp("ms", "UTC")),
        "us": pa.array([1, None, 0], pa.timestamp("us")),
        "ns": pa.array([1, None, 0], pa.timestamp("ns", "UTC")),
        "day": pa.array([dt.date(2026, 1, 31), None, dt.date(1, 1, 1)], pa.date32()),
        "t": pa.array([1, None, 86_399_000_000], pa.time64("us")),
        "o": pa.array(
            [{"x": 1, "y": None}, None, {"x": None, "y": ["a"]}],
            pa.struct([("x", pa.int8()), ("y", pa.list_(pa.string()))]),
        ),
        "l": pa.array([[[1], None, []], None, []], pa.list_(pa.list_(pa.int32()))),
        "m": pa.array([[("k", 1.5), ("j", None)], None, []], pa.map_(pa.string(), pa.float64())),
        "c": pa.array(["x", None, "x"]).dictionary_encode(),
        "q": pa.array([True, None, False]),
    }
)
ROWS = [
    '{"i":9223372036854775807,"u":18446744073709551615,"f":0.1,"s":"é","b":"AP8=","d":"-1.230",'
    '"ms":"1969-12-31T23:59:59.999Z","us":"1970-01-01T00:00:00.000001","ns":"1970-01-01T00:00:00.000000001Z",'
    '"day":"2026-01-31","t":"00:00:00.000001","o":{"x":1,"y":null},"l":[[1],null,[]],"m":{"k":1.5,"j":null},'
    '"c":"x","q":true}',
    '{"i":null,"u":0,"f":"NaN","s":null,"b":"","d":null,"ms":null,"us":null,"ns":null,"day":null,"t":null,"o":null,'
    '"l":null,"m":null,"c":null,"q":null}',
    '{"i":-9223372036854775808,"u":null,"f":null,"s":"","b":null,"d":"12345678901234567890.123",'
    '"ms":100000000000000000,"us":"1970-01-01T00:00:00.000000","ns":"1970-01-01T00:00:00.000000000Z",'
    '"day":"0001-01-01","t":"23:59:59.000000","o":{"x":null,"y":["a"]},"l":[],"m":{},"c":"x","q":false}',
]


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd"])
@pytest.mark.parametrize("group", [1, 2, 100])
def test_a_parquet_row_loses_nothing(compression: str, group: int) -> None:
    content = write_parquet(TABLE, compression=compression, row_group_size=group)
    assert texts(content) == ROWS
    assert texts(content, 5) == ROWS


def test_a_parquet_file_that_is_cut_is_bad() -> None:
    content = write_parquet(TABLE)
    for size in [*range(4, 200, 13), *range(200, len(content), 97), len(content) - 1]:
        with pytest.raises(BadFile, match="damaged Parquet file"):
            texts(content[:size])


def flipped(content: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        damaged[chance.randrange(4, len(content))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


@pytest.mark.parametrize("kind", ["avro", "parquet"])
def test_damage_is_a_bad_file_and_never_an_error(kind: str) -> None:
    schema = record_of(
        ("n", "long"), ("s", ["null", "string"]), ("d", logical("bytes", "decimal", precision=9, scale=2))
    )
    records = [{"n": n, "s": "x" * n, "d": Decimal("1.50")} for n in range(20)]
    content = write_avro(schema, records, "deflate") if kind == "avro" else write_parquet(TABLE)
    bad = 0
    for seed in range(400):
        try:
            texts(flipped(content, seed))
        except BadFile:
            bad += 1
    assert bad > 200


def test_damage_inside_parquet_pages_never_passes() -> None:
    content = write_parquet(pa.table({"n": list(range(5_000))}), compression="none", use_dictionary=False)
    footer = int.from_bytes(content[-8:-4], "little")
    expected = texts(content)
    for at in range(2_000, len(content) - footer - 2_000, 997):
        damaged = bytearray(content)
        damaged[at] ^= 1
        with pytest.raises(BadFile):
            assert texts(bytes(damaged)) != expected


def failing(content: bytes, at: int) -> Iterator[bytes]:
    yield content[:at]
    raise TransientArchiveError("the storage does not answer")


@pytest.mark.parametrize("content", [write_avro(record_of(("n", "long")), [{"n": 1}] * 99), write_parquet(TABLE)])
def test_what_the_storage_does_wrong_is_no_bad_file(content: bytes) -> None:
    with pytest.raises(TransientArchiveError):
        list(frame_content("f", failing(content, len(content) // 2), frame_lines))


@pytest.mark.parametrize(("kind", "value"), [("string", ' {"a":1}\n'), ("bytes", b'{"a":1}')])
def test_a_record_that_is_a_text_is_the_event_itself(kind: str, value: str | bytes) -> None:
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema({"type": kind}), [value])
    assert texts(out.getvalue()) == ['{"a":1}']


def test_a_small_file_that_becomes_too_much_is_bad() -> None:
    content = write_parquet(pa.table({"s": pa.array(["x" * 10_000] * 9_000)}), compression="none")
    assert len(content) * 1_000 < 9_000 * 10_000
    counted = Counted(iter([content]))
    with pytest.raises(BadFile, match="more than 1,000 times"):
        list(limit_records(read_parquet(counted), counted, free=1 << 20))
    again = Counted(iter([content]))
    assert len(list(limit_records(read_parquet(again), again))) == 9_000


def test_records_are_numbered_and_one_that_is_too_long_is_left_out() -> None:
    long = "x" * (LINE_LIMIT + 1)
    records = [{"s": "a"}, {"s": long}, *[{"s": "y" * 400_000}] * 4]
    parts = list(frame_content("f", iter([write_avro(record_of(("s", "string")), records)]), frame_lines))
    assert [part.line for part in parts if isinstance(part, Oversized)] == [2]
    assert [list(part.lines) for part in parts if isinstance(part, Block)] == [[1], [3, 4, 5], [6]]


def test_records_are_recognized_by_content_whatever_the_name_and_the_framing(tmp_path: Path) -> None:
    avro = write_avro(record_of(("type", "string")), [{"type": "track"}])
    files = {"a.json": avro, "b.gz": gzip_member(write_parquet(pa.table({"type": ["page"]}))), "c": b'{"type":"x"}'}
    read = read_all(tmp_path, write_archive(tmp_path, files), framing="concatenated")
    assert {key: [value for _, _, value in found.rows] for key, found in read.items()} == {
        "a.json": [b'{"type":"track"}'],
        "b.gz": [b'{"type":"page"}'],
        "c": [b'{"type":"x"}'],
    }


def test_a_bad_file_of_records_leaves_no_row(tmp_path: Path) -> None:
    content = write_avro(record_of(("n", "long")), [{"n": n} for n in range(400)], interval=100)
    read = read_all(tmp_path, write_archive(tmp_path, {"a.avro": content[:-1], "b.avro": content}))
    assert (read["a.avro"].rows, read["a.avro"].end.lines) == ([], 0)
    assert "Avro" in str(read["a.avro"].end.bad)
    assert len(read["b.avro"].rows) == 400
