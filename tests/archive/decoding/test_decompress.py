"""Decompression: whole or not at all, whatever is done to the bytes."""

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
import re
import tracemalloc
import zipfile
import zlib

import cramjam
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.archive.decoding import decompress as module
from event_assets.archive.decoding.decompress import BadFile, decompress, open_files
from event_assets.archive.decoding.lines import frame_lines
from event_assets.archive.decoding.records import frame_file
from event_assets.events.chunk import Block
from tests.archive.files import (
    COMPRESSIONS,
    cut_into,
    framed_snappy,
    gzip_member,
    hadoop_snappy,
    lz4_frame,
    make_lines,
    tar_of,
    zip_of,
    zstd_frame,
)

LINES = make_lines(40)
MEMBER = gzip.compress(LINES, mtime=0)
SKIPPABLE = b"\x5a\x2a\x4d\x18\x04\0\0\0abcd"

SOUND = {
    "gzip": (MEMBER, LINES),
    "gzip, several members": (MEMBER + gzip.compress(b"more\n"), LINES + b"more\n"),
    "gzip, a member a line": (b"".join(map(gzip_member, LINES.splitlines(True))), LINES),
    "gzip, empty members": (gzip.compress(b"") + MEMBER + gzip.compress(b""), LINES),
    "gzip, stored": (gzip.compress(LINES, 0), LINES),
    "gzip, zeros at the end": (MEMBER + bytes(700), LINES),
    "gzip, zeros between members": (MEMBER + bytes(512) + MEMBER, LINES + LINES),
    "gzip, all header parts": (gzip_member(LINES, flags=2 | 4 | 8 | 16), LINES),
    "gzip, header parts in a later member": (gzip_member(LINES) + gzip_member(LINES, flags=2 | 4), LINES + LINES),
    "gzip of nothing": (gzip.compress(b""), b""),
    "zstd": (zstd_frame(LINES), LINES),
    "zstd, several frames": (zstd_frame(LINES) + zstd_frame(b"more\n"), LINES + b"more\n"),
    "zstd, skippable frames": (SKIPPABLE + zstd_frame(LINES) + SKIPPABLE, LINES),
    "bz2": (bz2.compress(LINES), LINES),
    "bz2, several streams": (bz2.compress(LINES) + bz2.compress(b"more\n"), LINES + b"more\n"),
    "xz": (lzma.compress(LINES), LINES),
    "xz, several streams with padding": (lzma.compress(LINES) + bytes(8) + lzma.compress(b"m\n"), LINES + b"m\n"),
    "zlib": (zlib.compress(LINES), LINES),
    "zlib, several streams": (zlib.compress(LINES, 1) + zlib.compress(b"m\n", 9), LINES + b"m\n"),
    "lz4": (lz4_frame(LINES), LINES),
    "lz4, several frames": (lz4_frame(LINES) + lz4_frame(b"m\n"), LINES + b"m\n"),
    "snappy": (framed_snappy(LINES), LINES),
    "snappy, several streams": (framed_snappy(LINES) + framed_snappy(b"m\n"), LINES + b"m\n"),
    "snappy of nothing": (framed_snappy(b""), b""),
    "snappy, Hadoop": (hadoop_snappy(LINES), LINES),
    "snappy, Hadoop, several blocks of several chunks": (hadoop_snappy(LINES, b"m\n", chunk=100), LINES + b"m\n"),
    "zip": (zip_of(a=LINES), LINES),
    "zip, stored, in a folder": (
        zip_of(zipfile.ZIP_STORED, **{"f/": b"", "f/a": LINES, "__MACOSX/f/._a": b"x"}),
        LINES,
    ),
    "zip of nothing": (zip_of(a=b""), b""),
    "twice": (gzip.compress(MEMBER), LINES),
    "twice, of two kinds": (zip_of(a=framed_snappy(LINES)), LINES),
    "text that begins like zlib": (b'x^2\n{"a": 1}\n', b'x^2\n{"a": 1}\n'),
    "text that begins like a program": (b'MZ\n{"a": 1}\n', b'MZ\n{"a": 1}\n'),
    "UTF-16": (LINES.decode().encode("utf-16"), LINES.decode().encode("utf-16")),
    "UTF-16 without a mark": (LINES.decode().encode("utf-16-be"), LINES.decode().encode("utf-16-be")),
    "NUL bytes before a line": (bytes(64) + LINES, bytes(64) + LINES),
    "Avro": (b"Obj\x01\x04", b"Obj\x01\x04"),
    "none": (LINES, LINES),
    "no bytes at all": (b"", b""),
    "one plain byte": (b"B", b"B"),
}

BAD = {
    "gzip, wrong checksum": MEMBER[:-8] + bytes(4) + MEMBER[-4:],
    "gzip, wrong length": MEMBER[:-4] + bytes(4),
    "gzip, half": MEMBER[: len(MEMBER) // 2],
    "gzip, without its last byte": MEMBER[:-1],
    "gzip, without checksum and length": MEMBER[:-8],
    "gzip, header only": MEMBER[:10],
    "gzip, part of a header": MEMBER[:5],
    "gzip, first byte only": MEMBER[:1],
    "gzip, second member cut": MEMBER + MEMBER[:-1],
    "gzip, second member's header cut": MEMBER + MEMBER[:6],
    "gzip, garbage after the end": MEMBER + b"garbage",
    "gzip, garbage after zeros": MEMBER + bytes(9) + b"g",
    "gzip, lines after the end": MEMBER + LINES,
    "gzip, wrong header checksum": gzip_member(LINES, flags=2).replace(b"\0\xff", b"\0\xfe", 1),
    "gzip, another method": MEMBER[:2] + b"\x07" + MEMBER[3:],
    "gzip, then zstd": MEMBER + zstd_frame(LINES),
    "zstd, without its last byte": zstd_frame(LINES)[:-1],
    "zstd, half": zstd_frame(LINES)[: len(zstd_frame(LINES)) // 2],
    "zstd, wrong checksum": zstd_frame(LINES)[:-4] + b"abcd",
    "zstd, garbage after the end": zstd_frame(LINES) + b"garbage",
    "zstd, second frame cut": zstd_frame(LINES) + zstd_frame(LINES)[:-1],
    "bz2, half": bz2.compress(LINES)[:200],
    "bz2, garbage after the end": bz2.compress(LINES) + b"garbage",
    "xz, half": lzma.compress(LINES)[:200],
    "xz, garbage after the end": lzma.compress(LINES) + b"garbage",
    "xz, first bytes only": lzma.compress(LINES)[:4],
    "zlib, half": zlib.compress(LINES)[:200],
    "zlib, wrong checksum": zlib.compress(LINES)[:-4] + b"abcd",
    "zlib, garbage after the end": zlib.compress(LINES) + b"garbage",
    "lz4, half": lz4_frame(LINES)[:200],
    "lz4, without its end": lz4_frame(LINES)[:-4],
    "lz4, garbage after the end": lz4_frame(LINES) + b"garbage garbage",
    "snappy, half": framed_snappy(LINES)[:200],
    "snappy, wrong checksum": framed_snappy(LINES)[:14] + b"abcd" + framed_snappy(LINES)[18:],
    "snappy, garbage after the end": framed_snappy(LINES) + b"garbage",
    "snappy, Hadoop, half": hadoop_snappy(LINES)[:-50],
    "snappy, Hadoop, half a length": hadoop_snappy(LINES) + b"\0\0",
    "snappy, Hadoop, garbage after the end": hadoop_snappy(LINES) + b"garbage garbage",
    "zip, half": zip_of(a=LINES)[:200],
    "zip, wrong checksum": zip_of(a=LINES).replace(zlib.crc32(LINES).to_bytes(4, "little"), b"abcd"),
    "zip of several files, compressed": gzip.compress(zip_of(a=LINES, b=LINES)),
    "zip of no file": zip_of(),
    "three times": gzip.compress(gzip.compress(MEMBER)),
    "a damaged file in a sound one": gzip.compress(MEMBER[:-1]),
    "tar": tar_of(LINES),
}

REFUSED = {
    "a tar archive": gzip.compress(tar_of(LINES)),
    "a zip file of several files in another": gzip.compress(zip_of(a=LINES, b=LINES)),
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\0\4",
    "a picture (PNG)": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "a picture (JPEG)": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "a program (ELF)": b"\x7fELF\2\1\1\0",
    "an ORC file": b"ORC\x0a\0\x12",
    "an SQLite database": b"SQLite format 3\0\x10\0",
    "gzip as base64 text": base64.b64encode(MEMBER),
    "zip as base64 text": base64.b64encode(zip_of(a=LINES)),
    "snappy without a framing": bytes(cramjam.snappy.compress_raw(LINES)),
    "a file of lzma without a checksum": lzma.compress(LINES, format=lzma.FORMAT_ALONE),
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 120\n",
    "deflate without a header": zlib.compress(LINES)[2:-4],
    "brotli": bytes(cramjam.brotli.compress(LINES)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_format_that_is_not_read_is_a_bad_file_that_names_it(name: str) -> None:
    with pytest.raises(BadFile, match=re.escape(name)):
        expand(REFUSED[name])


def test_an_encrypted_zip_file_is_named() -> None:
    content = bytearray(zip_of(a=LINES))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    with pytest.raises(BadFile, match="an encrypted zip file"):
        expand(bytes(content))


def test_a_small_file_of_brotli_cannot_take_more_memory_than_it_is_given() -> None:
    content = bytes(cramjam.brotli.compress(b"{}" * (200 << 20)))
    tracemalloc.start()
    expand(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def expand(content: bytes, piece: int = 1 << 16) -> bytes:
    return b"".join(decompress(cut_into(content, piece), len(content)))


@pytest.mark.parametrize("piece", [1, 7, 64, 1 << 16])
@pytest.mark.parametrize("name", SOUND)
def test_a_sound_file_gives_all_its_content_however_it_is_cut_for_reading(name: str, piece: int) -> None:
    content, expected = SOUND[name]
    assert expand(content, piece) == expected


@pytest.mark.parametrize("piece", [1, 64, 1 << 16])
@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_believed_is_bad_however_it_is_cut_for_reading(name: str, piece: int) -> None:
    with pytest.raises(BadFile):
        expand(BAD[name], piece)


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_a_large_file_comes_in_blocks_of_bounded_size(name: str) -> None:
    content = COMPRESSIONS[name](b'{"a": 1}\n' * 1_000_000)
    blocks = [len(block) for block in decompress(cut_into(content, 1 << 16), len(content))]
    assert sum(blocks) == 9_000_000
    assert max(blocks) <= 256 << 10


def test_an_expansion_over_a_thousand_times_is_bad_only_past_the_first_gib() -> None:
    member = gzip_member(bytes(64 << 20), level=9)
    assert len(member) * 1000 < 64 << 20
    assert sum(map(len, decompress(iter([member]), len(member)))) == 64 << 20
    with pytest.raises(BadFile, match="expands"):
        for _ in decompress(iter([member] * 17), 17 * len(member)):
            pass


def test_a_zstd_frame_that_expands_enormously_is_undone_in_bites_that_stay_bounded() -> None:
    content = zstandard.ZstdCompressor().compress(bytes(512 << 20))
    tracemalloc.start()
    blocks = decompress(iter([content]), len(content))
    total = sum(map(len, (next(blocks) for _ in range(600))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 128 << 20
    assert peak < 100 << 20


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(MEMBER)), st.sampled_from([1 << 16, 100]))
def test_a_cut_gzip_file_never_gives_part_of_its_lines(length: int, piece: int) -> None:
    try:
        content = expand(MEMBER[:length], piece)
    except BadFile:
        assert 0 < length < len(MEMBER)
    else:
        assert content == (LINES if length else b"")


WITHOUT_END = {"snappy", "snappy, Hadoop"}
"""Framings that have no end, so that a file cut between two chunks is as sound as any; Hadoop's has no checksums."""


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_spliced_file_is_bad_or_whole_or_plainly_not_compressed(data: st.DataObject) -> None:
    compression = data.draw(st.sampled_from(sorted(set(COMPRESSIONS) - WITHOUT_END)))
    whole = COMPRESSIONS[compression](LINES)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    spliced = whole[:start] + data.draw(st.binary(max_size=40)) + whole[end:]
    try:
        content = expand(spliced)
    except BadFile:
        return
    assert content in (LINES, spliced), "partial data was believed"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(LINES.splitlines(True)), max_size=8), st.data())
def test_members_cut_anywhere_give_whole_members_or_a_bad_file(lines: list[bytes], data: st.DataObject) -> None:
    members = [gzip_member(line, flags=data.draw(st.sampled_from([0, 4, 2 | 4 | 8]))) for line in lines]
    whole = b"".join(members)
    length = data.draw(st.integers(0, len(whole)))
    ends = {len(b"".join(members[:n])): b"".join(lines[:n]) for n in range(len(members) + 1)}
    try:
        content = expand(whole[:length], data.draw(st.integers(1, 300)))
    except BadFile:
        assert length not in ends
    else:
        assert content == ends[length]


def test_every_checksum_of_a_gzip_file_is_the_one_zlib_computes() -> None:
    assert expand(gzip_member(LINES)) == zlib.decompress(gzip_member(LINES), 31)


def values_of(content: bytes) -> list[tuple[int, int, bytes]]:
    parts = frame_file("z", cut_into(content, 99), len(content), frame_lines)
    return [
        entry
        for part in parts
        if isinstance(part, Block)
        for entry in zip(part.lines, part.offsets, part.values, strict=True)
    ]


def test_every_file_of_a_zip_file_is_read_by_its_own_content_and_lines_run_on() -> None:
    files = {
        "app/": b"",
        "app/a_0.json.gz": gzip.compress(b'{"n":1}\n\n{"n":2}'),
        "app/_SUCCESS": b"done",
        "__MACOSX/app/._a": b"\0\5",
        "app/b_1.json": b'\xef\xbb\xbf{"n":3}\n',
        "app/c.json": '{"n":4}'.encode("utf-16"),
        "app/d.json.gz": gzip.compress(b""),
        "app/e.json.zst": zstd_frame(b'{"n":5}\n'),
    }
    found = values_of(zip_of(**files))
    assert found == [
        (1, 0, b'{"n":1}'), (3, 9, b'{"n":2}'), (4, 19, b'{"n":3}'), (5, 27, b'{"n":4}'), (6, 43, b'{"n":5}'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (MEMBER[:-9], "truncated: the gzip stream has no end (in 'b' of the zip file)"),
        (zip_of(a=LINES, b=LINES), "a zip file of several files in another file, which is not read (in 'b' of the"),
        (zip_of(a=LINES)[:-30], "damaged zip file: File is not a zip file (in 'b' of the zip file)"),
        (tar_of(LINES), "a tar archive, which is not read (in 'b' of the zip file)"),
    ],
)
def test_a_damaged_file_in_a_zip_file_makes_a_bad_file_of_it_that_names_it(damaged: bytes, reason: str) -> None:
    with pytest.raises(BadFile, match=re.escape(reason)):
        values_of(zip_of(a=MEMBER, b=damaged, c=MEMBER))


def test_an_encrypted_file_in_a_zip_file_is_named() -> None:
    content = bytearray(zip_of(a=LINES, b=LINES))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.rindex(header) + flags] |= 1
    with pytest.raises(BadFile, match=re.escape("an encrypted zip file, which is not read (in 'b' of the zip file)")):
        values_of(bytes(content))


def test_the_files_of_a_zip_file_share_one_limit_of_expansion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FREE_EXPANSION", 1 << 20)
    one = gzip.compress(bytes(900 << 10))

    def read(content: bytes) -> int:
        return sum(len(block) for _, blocks in open_files(iter((content,)), 100) for block in blocks)

    assert read(zip_of(a=one)) == 900 << 10
    with pytest.raises(BadFile, match="expands to more than"):
        read(zip_of(a=one, b=one))
