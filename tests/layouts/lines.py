"""What fixture trees are made of: events, lines, and recorded lines of SDKs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from typing import Any, Final

from tests.conftest import ROOT

SDK: Final = ROOT / "tests" / "data" / "sdk"
Json = dict[str, Any]


def track(ident: str, event: str, timestamp: str, **properties: object) -> Json:
    """A track of the envelope."""
    return {
        "type": "track",
        "messageId": ident,
        "userId": "u-1",
        "event": event,
        "timestamp": timestamp,
        "properties": properties,
    }


def packed(lines: Iterable[Json | bytes]) -> bytes:
    """Gzip JSON lines, without a time in the header."""
    return gzip.compress(joined(lines), mtime=0)


def joined(lines: Iterable[Json | bytes], end: bytes = b"\n") -> bytes:
    """Compact JSON values, each with its end."""
    return b"".join((line if isinstance(line, bytes) else dumped(line)) + end for line in lines)


def dumped(value: object) -> bytes:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def sdk_lines(name: str, numbers: Iterable[int]) -> list[Json]:
    """Recorded lines of an SDK, by their numbers from 0."""
    lines = (SDK / f"{name}.jsonl").read_bytes().splitlines()
    return [json.loads(lines[number]) for number in numbers]
