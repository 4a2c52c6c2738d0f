"""UTF-16 and UTF-32 by their mark, and a byte order mark at the start of any line."""

from __future__ import annotations

import codecs
from itertools import pairwise

import pytest

from event_assets.archive.decoding.lines import frame_lines
from event_assets.archive.decoding.pieces import BadFile
from event_assets.archive.decoding.unicode import as_utf8
from event_assets.events.chunk import Block
from tests.archive.files import cut_into, make_lines

LINES = make_lines(40) + '{"smile": "😀"}\n'.encode()
MARK = b"\xef\xbb\xbf"
ENCODINGS = {
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1 << 16])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_marked_text_is_decoded_however_it_is_cut_for_reading(encoding: str, piece: int) -> None:
    content = ENCODINGS[encoding] + LINES.decode().encode(encoding)
    assert b"".join(as_utf8(cut_into(content, piece))) == LINES


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}\n", MARK + b"{}\n", LINES, b"\xfe{}"])
def test_other_content_stays_as_it_is(content: bytes) -> None:
    assert b"".join(as_utf8(cut_into(content, 1))) == content


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_that_ends_inside_a_character_is_bad(encoding: str) -> None:
    content = ENCODINGS[encoding] + LINES.decode().encode(encoding)
    with pytest.raises(BadFile, match=f"damaged {encoding[:6].upper()} text"):
        list(as_utf8(cut_into(content[:-1], 64)))


def test_a_lone_surrogate_costs_its_line() -> None:
    content = codecs.BOM_UTF16_LE + '{"a": "\ud800"}\n{}\n'.encode("utf-16-le", "surrogatepass")
    damaged, sound = b"".join(as_utf8(cut_into(content, 5))).splitlines()
    with pytest.raises(UnicodeDecodeError):
        damaged.decode()
    assert sound == b"{}"


@pytest.mark.parametrize("piece", [1, 2, 5, 1 << 16])
def test_a_mark_at_the_start_of_a_later_line_costs_nothing(piece: int) -> None:
    lines = LINES.splitlines(keepends=True)
    content = b"".join((MARK if number % 3 == 0 else b"") + line for number, line in enumerate(lines))
    content += MARK + b"  {}\r\n" + MARK + b"\n" + MARK + MARK + b'{"last": 1}'
    blocks = [block for block in frame_lines("a", cut_into(content, piece)) if isinstance(block, Block)]
    values = [value for block in blocks for value in block.values]
    offsets = [offset for block in blocks for offset in block.offsets]
    assert values == [*(line.strip() for line in lines), b"{}", b'{"last": 1}']
    assert [content[at : at + len(value)] for at, value in zip(offsets, values, strict=True)] == values
    numbers = [line for block in blocks for line in block.lines]
    assert [later - earlier for earlier, later in pairwise(numbers)] == [1] * len(lines) + [2]
