"""A plain polars script: the same tables as Parquet files, with every type given beforehand, for a clean archive.

Chunks of files are decompressed and read by `read_ndjson` with the envelope and the context typed, properties as text;
the newest copy of each id stays; then the properties of each event name are read with their own types.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl
from isal import isal_zlib

from benchmarks.data import list_files
from benchmarks.jobs.done import Done, size_of
from benchmarks.plan import BLOCKS, Nested, Planned, nest, read_plan, type_of
from loaders.transform.names import event_table
from loaders.transform.names import name as make_name
from loaders.transform.standard_columns import HOME_TABLES

_CHUNK: Final = 256 << 20
_GZIP: Final = 31
_KINDS: Final[dict[str, pl.DataType]] = {
    "BIGINT": pl.Int64(), "DOUBLE": pl.Float64(), "BOOLEAN": pl.Boolean(),
}  # fmt: skip
_CLOCKS: Final = ("originalTimestamp", "sentAt", "timestamp", "receivedAt")
_TEXTS: Final = (
    "type", "event", "messageId", "anonymousId", "userId", "groupId", "previousId", "name", "channel", "request_ip",
    *_CLOCKS, *BLOCKS,
)  # fmt: skip


def run(archive: Path, work: Path) -> Done:
    """Every line is an event, or polars stops."""
    plan = read_plan(archive)
    context = nest([column for columns in plan.values() for column in columns], "context") | {"ip": "VARCHAR"}
    schema = {**dict.fromkeys(_TEXTS, pl.String()), "context": _struct(context)}
    clocks = [pl.col(name).str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False) for name in _CLOCKS]
    frames = [pl.read_ndjson(raw, schema=schema).with_columns(clocks) for raw in _read(archive)]
    events = pl.concat(frames)
    read = events.height
    del frames
    events = events.sort("receivedAt", descending=True).unique(["type", "messageId"], keep="first")
    named = {event: event_table(make_name(event or "")) for event in events["event"].unique()}
    events = events.with_columns(table=pl.col("event").replace_strict(named, default=None, return_dtype=pl.String))
    for table, columns in plan.items():
        home = table in HOME_TABLES.values()
        rows = events.filter(pl.col("type") == type_of(table) if home else pl.col("table") == table)
        _flatten(rows, columns).write_parquet(work / f"{table}.parquet", compression="zstd")
    _write_users(work)
    return Done(read, sum(_height(work / f"{home}.parquet") for home in HOME_TABLES.values()), size_of(work))


def _read(archive: Path) -> Iterator[bytes]:
    """The lines of the files, so many bytes at a time."""
    parts: list[bytes] = []
    for path in list_files(archive):
        parts.append(isal_zlib.decompress(path.read_bytes(), wbits=_GZIP))
        if sum(map(len, parts)) > _CHUNK:
            yield b"".join(parts)
            parts = []
    if parts:
        yield b"".join(parts)


def _flatten(rows: pl.DataFrame, columns: list[Planned]) -> pl.DataFrame:
    blocks = [_read_block(rows, block, nested) for block in BLOCKS if (nested := nest(columns, block))]
    rows = pl.concat([rows.drop(BLOCKS), *blocks], how="horizontal")
    picked = [_find(column.path).alias(column.name) for column in columns]
    taken = {column.name for column in columns}
    standard = [
        pl.col("messageId").alias("id"), pl.col("anonymousId").replace("", None).alias("anonymous_id"),
        pl.col("userId").replace("", None).alias("user_id"), pl.col("sentAt").alias("sent_at"), pl.col("timestamp"),
        pl.col("receivedAt").alias("received_at"), pl.col("originalTimestamp").alias("original_timestamp"),
        pl.col("channel"), pl.col("request_ip").alias("context_request_ip"),
        pl.col("context").struct.field("ip").alias("context_passed_ip"),
        pl.coalesce(pl.col("context").struct.field("ip"), "request_ip").alias("context_ip"),
        pl.col("table").alias("event"), pl.col("event").alias("event_text"), pl.col("name"),
        pl.col("groupId").alias("group_id"), pl.col("previousId").alias("previous_id"),
        pl.col("timestamp").dt.date().alias("event_date"),
    ]  # fmt: skip
    return rows.select(*(each for each in standard if each.meta.output_name() not in taken), *picked)


def _read_block(rows: pl.DataFrame, block: str, nested: Nested) -> pl.DataFrame:
    texts = rows[block].fill_null("{}")
    if texts.is_empty():
        return pl.DataFrame(schema={block: _struct(nested)})
    lines = "\n".join(texts).encode()
    schema = {key: _kind(kind) for key, kind in nested.items()}
    return pl.read_ndjson(lines, schema=schema).select(pl.struct(pl.all()).alias(block))


def _write_users(work: Path) -> None:
    identifies = pl.read_parquet(work / "identifies.parquet").filter(pl.col("user_id").is_not_null()).sort("timestamp")
    latest = pl.exclude("user_id").drop_nulls().last()
    identifies.group_by("user_id").agg(latest).write_parquet(work / "users.parquet", compression="zstd")


def _find(path: tuple[str, ...]) -> pl.Expr:
    found = pl.col(path[0])
    for key in path[1:]:
        found = found.struct.field(key)
    return found


def _struct(nested: Nested) -> pl.Struct:
    return pl.Struct({key: _kind(kind) for key, kind in nested.items()})


def _kind(kind: Nested | str) -> pl.DataType:
    return _struct(kind) if isinstance(kind, dict) else _KINDS.get(kind, pl.String())


def _height(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())
