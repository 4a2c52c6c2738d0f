"""Deduplication: the rows of an hour that lose against another copy of their (type, id) (contract §7).

Covered by tests/lake/writing/test_dedup.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import polars as pl

from event_assets.lake.hour_note import ID_CONFLICTS, NoticedSample
from event_assets.lake.writing.merge_runs import Wanted
from event_assets.lake.writing.noticed_samples import KEPT_SAMPLES, cut_text, first_samples
from event_assets.lake.writing.sorted_runs import Run, SortedRuns

HASHES: Final = 1 << 64
"""How many values a hash can have."""

JUDGED: Final = (
    *("type", "id", "received_at", "received_believed", "_fingerprint", "_file", "_line"),
    *("event", "user_id", "anonymous_id", "timestamp"),
)

DAY: Final = timedelta(days=1)
"""Copies of one event that are further apart in time are a conflict (contract §9)."""

DIFFERENCES: Final = {"other_event": "event", "other_user": "user", "apart": "timestamp"}
"""Column of compared copies -> in what they differ."""

Lost = list[pl.Series]
"""For each run a Boolean series: which of its rows lost against another copy, a bit a row."""


@dataclass(frozen=True)
class Losers:
    """The rows that lost, and those of them that conflict with the copy that stays: by file, and a few of them."""

    lost: Lost
    conflicts: Mapping[str, int]
    samples: tuple[NoticedSample, ...]


def find_losers(rows: SortedRuns, bad: Set[str], *, hashes_at_once: int) -> Losers:
    """Return which rows lose against another copy; those of bad files are not compared.

    Ids are compared in buckets by their hash, about so many rows at a time, whatever the hour's size. The winner of a
    (type, id) has the greatest (received_at if it is believed, else least; _fingerprint); of byte-equal copies it is
    the first by (_file, _line). Hashes of ids only find candidates: (type, id) itself decides.
    """
    lost = _nothing_lost(rows)
    conflicts: Counter[str] = Counter()
    samples: list[NoticedSample] = []
    buckets = max(1, -(-sum(run.height for run in rows.runs) // hashes_at_once))
    for bucket in range(buckets if rows.runs else 0):
        compared = compare_copies(read_candidates(rows, bucket, buckets), bad)
        losers = choose_losers(compared)
        for (number,), found in losers.group_by("run"):
            lost[number] = lost[number].scatter(found["row"], True)
        conflicts.update(dict(losers.filter("conflict").group_by("_file").len().iter_rows()))
        samples = first_samples([*samples, *sample_conflicts(compared)])
    return Losers(lost, conflicts, tuple(samples))


def keep_all(rows: SortedRuns) -> Losers:
    """Return that no row loses: the copies of a part of an hour are compared with those of all other parts."""
    return Losers(_nothing_lost(rows), {}, ())


def _nothing_lost(rows: SortedRuns) -> Lost:
    return [pl.repeat(False, run.height, dtype=pl.Boolean, eager=True) for run in rows.runs]


def read_candidates(rows: SortedRuns, bucket: int, buckets: int) -> pl.DataFrame:
    """Return the columns that decide between copies, for the rows of this bucket whose id's hash is repeated."""
    hashed = pl.concat([hashes_of(run, number, bucket, buckets) for number, run in enumerate(rows.runs)])
    repeated = hashed.filter(pl.col("hash").is_duplicated()).select("run", "row")
    frames = [EMPTY_CANDIDATES]
    for (number,), chosen in repeated.sort("run", "row").group_by("run", maintain_order=True):
        found = rows.runs[number].rows.take(chosen["row"], JUDGED)
        frames.append(found.with_columns(chosen))
        rows.release()
    return pl.concat(frames)


def hashes_of(run: Run, number: int, bucket: int, buckets: int) -> pl.DataFrame:
    """Return run, row and hash of the run's rows in this bucket of hashes."""
    hashes = run.hashes
    if hashes is None:
        raise TypeError("rows without ids have no copies")
    start, stop = (find_hash(hashes, HASHES * bound // buckets) for bound in (bucket, bucket + 1))
    return hashes.slice(start, stop - start).select(pl.lit(number, pl.UInt32).alias("run"), "row", "hash")


def find_hash(hashes: pl.DataFrame, bound: int) -> int:
    """Return how many hashes are below the bound."""
    if bound == HASHES:
        return hashes.height
    return int(hashes["hash"].search_sorted(pl.Series([bound], dtype=pl.UInt64), side="left")[0])


def judge_copies(candidates: pl.DataFrame, bad: Set[str]) -> pl.DataFrame:
    """Return the losers among candidates, as `choose_losers` does."""
    return choose_losers(compare_copies(candidates, bad))


def choose_losers(compared: pl.DataFrame) -> pl.DataFrame:
    """Return the (run, row) of each candidate that is not the best copy of its (type, id), its file, and whether it
    conflicts with that copy: both are events of their own, by all that is known of them (contract §9).
    """
    return compared.filter(~pl.struct("type", "id").is_first_distinct()).select("run", "row", "_file", "conflict")


def compare_copies(candidates: pl.DataFrame, bad: Set[str]) -> pl.DataFrame:
    """Return the candidates, the best copy of each (type, id) first, with how each differs from it."""
    rank = ["type", "id", "received", "_fingerprint", "_file", "_line", "run", "row"]
    return (
        candidates.filter(~pl.col("_file").is_in(list(bad)))
        .with_columns(received=pl.when("received_believed").then("received_at"))
        .sort(rank, descending=[False, False, True, True, False, False, False, False], nulls_last=True)
        .with_columns(**_differences())
        .with_columns(conflict=pl.col("other_bytes") & pl.any_horizontal(*DIFFERENCES))
    )


def _differences() -> dict[str, pl.Expr]:
    """Return whether a row differs from the first of its id by event name, by user, or by more than a day."""
    best = {name: pl.col(name).first().over("type", "id") for name in JUDGED[4:]}
    user, visitor = pl.col("user_id") != best["user_id"], pl.col("anonymous_id") != best["anonymous_id"]
    return {
        "other_bytes": pl.col("_fingerprint") != best["_fingerprint"],
        "other_event": pl.col("event").ne_missing(best["event"]),
        "other_user": user.fill_null(visitor).fill_null(value=False),
        "apart": ((pl.col("timestamp") - best["timestamp"]).abs() > DAY).fill_null(value=False),
    }


def sample_conflicts(compared: pl.DataFrame) -> list[NoticedSample]:
    """Return the first conflicting losers by file and line, with where the copy is that stays."""
    conflicts = compared.filter("conflict").sort("_file", "_line", "type", "id").head(KEPT_SAMPLES)
    if conflicts.is_empty():
        return []
    best = compared.unique(["type", "id"], keep="first", maintain_order=True).select("type", "id", "_file", "_line")
    return [
        NoticedSample(
            ID_CONFLICTS,
            file=row["_file"],
            line=row["_line"],
            id=cut_text(row["id"]),
            other_file=row["_file_best"],
            other_line=row["_line_best"],
            differs=tuple(what for name, what in DIFFERENCES.items() if row[name]),
        )
        for row in conflicts.join(best, on=["type", "id"], suffix="_best").iter_rows(named=True)
    ]


EMPTY_CANDIDATES: Final = pl.DataFrame(
    schema={
        "type": pl.String,
        "id": pl.String,
        "received_at": pl.Datetime("us", "UTC"),
        "received_believed": pl.Boolean,
        "_fingerprint": pl.Int64,
        "_file": pl.String,
        "_line": pl.Int64,
        "event": pl.String,
        "user_id": pl.String,
        "anonymous_id": pl.String,
        "timestamp": pl.Datetime("us", "UTC"),
        "run": pl.UInt32,
        "row": pl.UInt32,
    }
)


def mark_winners(rows: SortedRuns, lost: Lost, bad: Set[str]) -> Wanted:
    """Return for each run which of its rows the lake keeps: those of sound files that lost to no other copy."""
    return [mark_run(rows, run, losers, bad) for run, losers in zip(rows.runs, lost, strict=True)]


def mark_run(rows: SortedRuns, run: Run, losers: pl.Series, bad: Set[str]) -> pl.Series | None:
    if not bad:
        return ~losers if losers.any() else None
    everything = pl.int_range(run.height, dtype=pl.UInt32, eager=True)
    files = run.rows.take(everything, ["_file"])["_file"]
    rows.release()
    return ~losers & ~files.is_in(list(bad))
