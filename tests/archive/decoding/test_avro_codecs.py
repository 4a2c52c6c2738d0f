"""Codecs of Avro blocks: all give the same records, and damage is detected."""

from __future__ import annotations

import io
import json
import zlib
from typing import cast

import fastavro
import pyarrow as pa
import pytest
import zstandard

from event_assets.archive.decoding.avro import AvroBlock
from event_assets.archive.decoding.decompress import BadFile
from tests.archive.decoding.record_files import SYNC, record_of, texts, write_avro


@pytest.mark.parametrize("codec", ["deflate", "bzip2", "xz", "snappy", "zstandard"])
def test_every_codec_of_avro_gives_the_same_records(codec: str) -> None:
    schema = record_of(("n", "long"), ("s", "string"))
    records = [{"n": n, "s": "x" * (n % 50)} for n in range(2_000)]
    plain = write_avro(schema, records)
    packed = plain_to_codec(plain, codec) if codec in ("snappy", "zstandard") else write_avro(schema, records, codec)
    assert texts(packed) == texts(plain)
    assert texts(plain, 7) == texts(plain)
    damaged = bytearray(packed)
    damaged[len(packed) // 2] ^= 255
    with pytest.raises(BadFile, match="damaged Avro file"):
        texts(bytes(damaged))


def test_a_checksum_of_snappy_that_is_wrong_is_reported() -> None:
    packed = plain_to_codec(write_avro(record_of(("n", "long")), [{"n": 1}] * 9), "snappy")
    damaged = bytearray(packed)
    damaged[-len(SYNC) - 1] ^= 1
    assert len(texts(packed)) == 9
    with pytest.raises(BadFile, match="wrong checksum"):
        texts(bytes(damaged))


def plain_to_codec(plain: bytes, codec: str) -> bytes:
    """An uncompressed file with its blocks packed by a codec that the writer lacks."""
    pack = {
        "snappy": lambda data: pa.Codec("snappy").compress(data, asbytes=True) + zlib.crc32(data).to_bytes(4, "big"),
        "zstandard": zstandard.ZstdCompressor().compress,
    }[codec]
    reader = fastavro.block_reader(io.BytesIO(plain))
    out = io.BytesIO()
    meta = {"avro.codec": codec.encode(), "avro.schema": json.dumps(reader.writer_schema).encode()}
    fastavro.schemaless_writer(out, {"type": "map", "values": "bytes"}, meta)
    content = b"Obj\x01" + out.getvalue() + SYNC
    for block in reader:
        data = pack(cast("AvroBlock", block).bytes_.read())
        head = io.BytesIO()
        fastavro.schemaless_writer(head, "long", block.num_records)
        fastavro.schemaless_writer(head, "long", len(data))
        content += head.getvalue() + data + SYNC
    return content
