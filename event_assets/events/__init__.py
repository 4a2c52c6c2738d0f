"""Bytes in, events out: the envelope, its clocks and ids, mapping and quarantine (contract §3, §4)."""

from event_assets.events.chunk import Block, Chunk, FileEnd, Oversized
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.paths import MappingError
from event_assets.events.mapping.shipped import preset
from event_assets.events.normalize import Normalized, normalize
from event_assets.events.schema import FLAGS, LAKE_SCHEMA, QUARANTINE_SCHEMA

__all__ = [
    "FLAGS",
    "LAKE_SCHEMA",
    "QUARANTINE_SCHEMA",
    "Block",
    "Chunk",
    "FileEnd",
    "Mapping",
    "MappingError",
    "Normalized",
    "Oversized",
    "normalize",
    "preset",
]
