"""Rows of the lake for contracts, and the answer of another implementation of JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import jsonschema
import polars as pl

from event_assets.events.schema import LAKE_SCHEMA
from loaders.transform.contracts.contract import EventContract, Mode

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def frame_of(objects: Iterable[object], *, event: str = "Paid") -> pl.DataFrame:
    """Tracks of one name with these properties: values, or JSON texts as sent."""
    rows = [
        {
            "type": "track",
            "event": event,
            "id": str(number),
            "timestamp": NOON,
            "received_at": NOON,
            "properties": one if isinstance(one, str) else json.dumps(one),
            "_file": "a.json.gz",
            "_line": number,
        }
        for number, one in enumerate(objects)
    ]
    return pl.DataFrame(rows, schema=LAKE_SCHEMA)


def contract_of(properties: dict[str, Any], mode: Mode = "report", *, event: str = "Paid") -> EventContract:
    """A contract of the properties of a track."""
    return EventContract("track", event, mode, {"properties": {"properties": properties}}, "Paid.json")


def violates(properties: dict[str, Any], value: object) -> bool:
    """Whether another implementation finds a value wrong."""
    return not jsonschema.Draft202012Validator(properties).is_valid(value)
