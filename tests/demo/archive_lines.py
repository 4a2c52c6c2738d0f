"""Reads a generated archive for its tests, with nothing but the standard library."""

import bz2
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Read(NamedTuple):
    """A non-blank line of a sound file."""

    hour: int
    """Archive hour: Unix hours of the time in the file's name."""
    key: str
    text: bytes


def read_content(path: Path) -> bytes | None:
    """The file's decompressed content, or None when it must not be believed."""
    packed = path.read_bytes()
    if packed.startswith(b"BZh"):
        return bz2.decompress(packed)
    if not packed.startswith(b"\x1f\x8b"):
        return packed
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError, ValueError):
        return None
    except Exception as error:
        if type(error).__name__ == "error":
            return None
        raise


def list_files(folder: Path) -> list[Path]:
    """The files of the layout, by name."""
    return sorted(path for path in folder.rglob("*.json.gz") if path.name.split(".")[0].isdigit())


def read_lines(folder: Path) -> Iterator[Read]:
    """Every non-blank line of every sound file, by file."""
    for path in list_files(folder):
        content = read_content(path)
        for line in (content or b"").removeprefix(b"\xef\xbb\xbf").split(b"\n"):
            if line.strip():
                yield Read(int(path.name.split(".")[0]) // 3600, path.relative_to(folder).as_posix(), line.strip(b"\r"))


def parse_line(line: bytes) -> dict[str, Any] | None:
    """The event of a line, or None when strict JSON has none there."""
    try:
        event = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _refuse(text: str) -> float:
    message = f"{text} is not JSON"
    raise ValueError(message)
