"""The columns of the asset `lake`, with what each is: the same for every source."""

from __future__ import annotations

from typing import Final

import dagster as dg
import polars as pl

from event_assets.events.schema import LAKE_SCHEMA

TEXTS: Final = {
    "type": "Type of the event: track, identify, page, screen, group or alias",
    "event": "Name of the event as sent; only tracks have one",
    "id": "Id of the event (messageId)",
    "anonymous_id": "Id of the device or browser before the user is known",
    "user_id": "Id of the user",
    "group_id": "Id of the group that the user joined",
    "previous_id": "Id of the user before this one",
    "name": "Name of the page or screen",
    "channel": "Where it was sent from, such as web or server",
    "request_ip": "IP address from which the gateway received it",
    "original_timestamp": "When it happened, by the client's own clock",
    "sent_at": "When the client sent it, by its own clock",
    "received_at": "When the gateway received it",
    "timestamp": "When it happened, corrected for the client's clock",
    "received_believed": "Whether the time of receipt is that of the event, and not of its archive hour",
    "context": "Its context, JSON text as sent",
    "properties": "Its properties, JSON text as sent",
    "traits": "Its traits, JSON text as sent",
    "user_properties": "Properties of the user, JSON text as sent",
    "kept": "Other members that are kept, as JSON",
    "rescued": "Members of the envelope that do not fit their column, as JSON",
    "_fingerprint": "Hash of the event as sent",
    "_file": "File of the archive that contains it",
    "_line": "Its line in that file",
}


def lake_columns() -> dg.TableSchema:
    """Return the columns of the lake with their types and what they are."""
    return dg.TableSchema([dg.TableColumn(name, _kind(kind), TEXTS[name]) for name, kind in LAKE_SCHEMA.items()])


def _kind(kind: pl.DataType) -> str:
    return "Datetime (UTC)" if isinstance(kind, pl.Datetime) else f"{kind}"
