"""Which rows of an hour lose against another copy of their (type, id) (contract §7)."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

import polars as pl

from event_assets.lake.writing.merge_runs import Wanted
from event_assets.lake.writing.sorted_runs import Run, SortedRuns

HASHES: Final = 1 << 64
"""How many values a hash can have."""

JUDGED: Final = ("type", "id", "received_at", "received_believed", "_fingerprint", "_file", "_line")


Lost = list[pl.Series]
"""For each run a Boolean series that says which of its rows lost against another copy: a bit a row."""


def find_losers(rows: SortedRuns, bad: Set[str], *, hashes_at_once: int) -> Lost:
    """Which rows lose; those of bad files take no part.

    Ids are compared in shares by their hash, about so many rows at a time, whatever the hour's size. The winner of a
    (type, id) has the greatest (received_at if it is believed, else least; _fingerprint); of byte-equal copies it is
    the first by (_file, _line). Hashes of ids only say where to look: (type, id) itself decides.
    """
    lost = [pl.repeat(False, run.height, dtype=pl.Boolean, eager=True) for run in rows.runs]
    shares = max(1, -(-sum(run.height for run in rows.runs) // hashes_at_once))
    for share in range(shares if rows.runs else 0):
        for (number,), losers in judge_copies(read_candidates(rows, share, shares), bad).group_by("run"):
            lost[number] = lost[number].scatter(losers["row"], True)
    return lost


def read_candidates(rows: SortedRuns, share: int, shares: int) -> pl.DataFrame:
    """What decides between copies, for each row of this share whose id's hash comes more than once."""
    places = pl.concat([places_of(run, number, share, shares) for number, run in enumerate(rows.runs)])
    repeated = places.filter(pl.col("hash").is_duplicated()).select("run", "row")
    parts = [EMPTY_CANDIDATES]
    for (number,), chosen in repeated.sort("run", "row").group_by("run", maintain_order=True):
        found = rows.runs[number].rows.take(chosen["row"], JUDGED)
        parts.append(found.with_columns(chosen))
        rows.release()
    return pl.concat(parts)


def places_of(run: Run, number: int, share: int, shares: int) -> pl.DataFrame:
    """Run, row and hash of the run's rows in this share of all hashes."""
    hashes = run.hashes
    if hashes is None:
        raise TypeError("rows without ids have no copies")
    start, stop = (find_hash(hashes, HASHES * part // shares) for part in (share, share + 1))
    return hashes.slice(start, stop - start).select(pl.lit(number, pl.UInt32).alias("run"), "row", "hash")


def find_hash(hashes: pl.DataFrame, bound: int) -> int:
    """How many hashes are below the bound."""
    if bound == HASHES:
        return hashes.height
    return int(hashes["hash"].search_sorted(pl.Series([bound], dtype=pl.UInt64), side="left")[0])


def judge_copies(candidates: pl.DataFrame, bad: Set[str]) -> pl.DataFrame:
    """The (run, row) of each candidate that is not the best copy of its (type, id)."""
    rank = ["type", "id", "received", "_fingerprint", "_file", "_line", "run", "row"]
    return (
        candidates.filter(~pl.col("_file").is_in(list(bad)))
        .with_columns(received=pl.when("received_believed").then("received_at"))
        .sort(rank, descending=[False, False, True, True, False, False, False, False], nulls_last=True)
        .filter(~pl.struct("type", "id").is_first_distinct())
        .select("run", "row")
    )


EMPTY_CANDIDATES: Final = pl.DataFrame(
    schema={
        "type": pl.String,
        "id": pl.String,
        "received_at": pl.Datetime("us", "UTC"),
        "received_believed": pl.Boolean,
        "_fingerprint": pl.Int64,
        "_file": pl.String,
        "_line": pl.Int64,
        "run": pl.UInt32,
        "row": pl.UInt32,
    }
)


def mark_winners(rows: SortedRuns, lost: Lost, bad: Set[str]) -> Wanted:
    """For each run which of its rows the lake keeps: those of sound files that lost to no other copy."""
    return [mark_run(rows, run, losers, bad) for run, losers in zip(rows.runs, lost, strict=True)]


def mark_run(rows: SortedRuns, run: Run, losers: pl.Series, bad: Set[str]) -> pl.Series | None:
    if not bad:
        return ~losers if losers.any() else None
    everything = pl.int_range(run.height, dtype=pl.UInt32, eager=True)
    files = run.rows.take(everything, ["_file"])["_file"]
    rows.release()
    return ~losers & ~files.is_in(list(bad))
