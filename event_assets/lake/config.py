"""The hash of everything but the files that decides what an hour of the lake holds."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from typing import Final

import msgspec
import xxhash

from event_assets.archive.source import Source

FORMAT: Final = 1
"""Raised when rows of the lake change their meaning or their columns."""


def hash_config(source: Source) -> str:
    """32 hex digits over the source's layout, framing, mapping and kept members, and the lake's format."""
    mapping = source.mapping
    config = {
        "format": FORMAT,
        "layout": source.layout,
        "framing": source.framing,
        "mapping": asdict(mapping) if is_dataclass(mapping) else mapping,
        "keep_members": list(source.keep_members),
    }
    return xxhash.xxh3_128_hexdigest(msgspec.json.encode(config, order="sorted"))
