"""Schemas of the lake: the columns of an event and of a quarantined line.

Covered by tests/events/test_envelope.py.
"""

import polars as pl

INSTANT = pl.Datetime("us", "UTC")

LAKE_SCHEMA = pl.Schema(
    {
        "type": pl.String(),
        "event": pl.String(),
        "id": pl.String(),
        "anonymous_id": pl.String(),
        "user_id": pl.String(),
        "group_id": pl.String(),
        "previous_id": pl.String(),
        "name": pl.String(),
        "channel": pl.String(),
        "request_ip": pl.String(),
        "original_timestamp": INSTANT,
        "sent_at": INSTANT,
        "received_at": INSTANT,
        "timestamp": INSTANT,
        "received_believed": pl.Boolean(),
        "context": pl.String(),
        "properties": pl.String(),
        "traits": pl.String(),
        "user_properties": pl.String(),
        "kept": pl.String(),
        "rescued": pl.String(),
        "_fingerprint": pl.Int64(),
        "_file": pl.String(),
        "_line": pl.Int64(),
    }
)

# Flags of a row that are counted per hour and not stored: a file may turn out bad after its first blocks.
FLAGS = ("_sanitized", "_clock_corrected", "_late")
FLAGGED_SCHEMA = pl.Schema({**LAKE_SCHEMA, **{flag: pl.Boolean() for flag in FLAGS}})

QUARANTINE_SCHEMA = pl.Schema(
    {
        "file": pl.String(),
        "line": pl.Int64(),
        "byte_offset": pl.Int64(),
        "reason": pl.String(),
        "detail": pl.String(),
        "bytes": pl.Int64(),
        "raw": pl.Binary(),
    }
)
