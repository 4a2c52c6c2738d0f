"""Files of the archive: their keys, framing and compression, and ways to damage them.

Covered by tests/demo/test_generate.py.
"""

import bz2
import gzip
import os
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from event_assets.demo.chance import SECOND, make_uuid, seeded, spell_instant

SOURCE = "tideshop"
ROOT = "rudder-logs"
LEVEL = 6
"""zlib's default, as producers use it."""


def name_file(seed: int, uploaded: int, part: object) -> str:
    """Return the key of a file that the gateway uploaded at `uploaded` (Unix ms); layout `rudderstack`, contract §2."""
    day = spell_instant(uploaded)[:10]
    name = make_uuid(seeded(seed, "file", uploaded, part))
    return f"{ROOT}/{SOURCE}/{day}/{uploaded // SECOND}.{SOURCE}.{name}.json.gz"


def write_file(folder: Path, key: str, content: bytes, uploaded: int) -> int:
    """Write one file, with its upload time as modification time for reproducible listings, and return its size."""
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (uploaded // SECOND, uploaded // SECOND))
    return len(content)


def compress(lines: Sequence[bytes]) -> bytes:
    """Return one gzip member without a time: a line each, ended by LF."""
    return _gzip(b"\n".join(lines) + b"\n" if lines else b"")


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, LEVEL, mtime=0)


def _many_members(lines: Sequence[bytes]) -> bytes:
    cut = len(lines) // 2
    return compress(lines[:cut]) + compress(()) + compress(lines[cut:])


def _zero_padding(lines: Sequence[bytes]) -> bytes:
    return compress(lines) + bytes(512)


def _header_extras(lines: Sequence[bytes]) -> bytes:
    """Return a member with a file name, a comment and an extra field in its header."""
    plain = compress(lines)
    header = plain[:3] + bytes([4 | 8 | 16]) + plain[4:10]
    return header + struct.pack("<H", 4) + b"TL\x00\x00" + b"events.json\x00" + b"made up\x00" + plain[10:]


def _carriage_returns(lines: Sequence[bytes]) -> bytes:
    return _gzip(b"".join(line + b"\r\n" for line in lines))


def _byte_order_mark(lines: Sequence[bytes]) -> bytes:
    return _gzip(b"\xef\xbb\xbf" + b"\n".join(lines) + b"\n")


def _no_last_newline(lines: Sequence[bytes]) -> bytes:
    return _gzip(b"\n".join(lines))


def _blank_lines(lines: Sequence[bytes]) -> bytes:
    return _gzip(b"\n \t\n" + b"\n\n".join(lines) + b"\n\n\n")


def _not_compressed(lines: Sequence[bytes]) -> bytes:
    return b"\n".join(lines) + b"\n"


def _bzip2(lines: Sequence[bytes]) -> bytes:
    return bz2.compress(b"\n".join(lines) + b"\n")


LEGAL: dict[str, Callable[[Sequence[bytes]], bytes]] = {
    "many gzip members": _many_members,
    "zero padding": _zero_padding,
    "header extras": _header_extras,
    "CRLF": _carriage_returns,
    "byte order mark": _byte_order_mark,
    "no last newline": _no_last_newline,
    "blank lines": _blank_lines,
    "not compressed": _not_compressed,
    "bzip2": _bzip2,
}
"""Unusual files that must be read like any other."""


def _bad_crc(lines: Sequence[bytes]) -> bytes:
    content = compress(lines)
    return content[:-8] + bytes([content[-8] ^ 1]) + content[-7:]


def _bad_length(lines: Sequence[bytes]) -> bytes:
    content = compress(lines)
    return content[:-4] + bytes([content[-4] ^ 1]) + content[-3:]


def _cut_short(lines: Sequence[bytes]) -> bytes:
    content = compress(lines)
    return content[: len(content) * 2 // 3]


def _garbage_after(lines: Sequence[bytes]) -> bytes:
    return compress(lines) + b"<html>502 Bad Gateway</html>"


def _corrupt_inside(lines: Sequence[bytes]) -> bytes:
    content = bytearray(compress(lines))
    content[len(content) // 2] ^= 0xFF
    try:
        gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return bytes(content)
    return _bad_crc(lines)


BROKEN: dict[str, Callable[[Sequence[bytes]], bytes]] = {
    "wrong CRC": _bad_crc,
    "cut short": _cut_short,
    "garbage after the end": _garbage_after,
    "wrong length": _bad_length,
    "corrupt inside": _corrupt_inside,
}
"""Damaged files, which must be rejected as a whole."""
