"""Which rows of an hour lose against another copy of their (type, id) (SPEC §7)."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Final

import polars as pl

from event_assets.lake.merge import Wanted
from event_assets.lake.spool import Run, SortedRuns

HASHES_AT_ONCE: Final = 2_000_000
"""Ids are compared in shares by their hash, about so many at a time, whatever the hour's size."""

JUDGED: Final = ("type", "id", "received_at", "received_believed", "_fingerprint", "_file", "_line")


def find_losers(rows: SortedRuns, bad: Set[str]) -> pl.DataFrame:
    """The losing rows as (run, row), sorted; rows of bad files take no part.

    The winner of a (type, id) has the greatest (received_at if it is believed, else least; _fingerprint); of byte-equal
    copies it is the first by (_file, _line). Hashes of ids only say where to look: (type, id) itself decides.
    """
    if not rows.runs:
        return EMPTY_CANDIDATES.select("run", "row")
    total = sum(run.height for run in rows.runs)
    shares = max(1, -(-total // HASHES_AT_ONCE))
    losers = [judge_copies(read_candidates(rows, share, shares), bad) for share in range(shares)]
    return pl.concat(losers).sort("run", "row")


def read_candidates(rows: SortedRuns, share: int, shares: int) -> pl.DataFrame:
    """What decides between copies, for each row of this share whose id's hash comes more than once."""
    places = pl.concat([places_of(run, number, share, shares) for number, run in enumerate(rows.runs)])
    repeated = places.filter(pl.col("hash").is_duplicated()).select("run", "row")
    parts = [EMPTY_CANDIDATES]
    for number, chosen in enumerate(rows_by_run(repeated, len(rows.runs))):
        if len(chosen):
            found = rows.runs[number].rows.take(chosen, JUDGED)
            parts.append(found.with_columns(run=pl.lit(number, pl.UInt32), row=chosen))
            rows.release()
    return pl.concat(parts)


def places_of(run: Run, number: int, share: int, shares: int) -> pl.DataFrame:
    """Run, row and hash of the run's rows in this share of all hashes."""
    rows = pl.select(
        run=pl.lit(number, pl.UInt32), row=pl.int_range(run.height, dtype=pl.UInt32), hash=pl.lit(run.hashes)
    )
    return rows if shares == 1 else rows.filter(pl.col("hash") % shares == share)


def rows_by_run(places: pl.DataFrame, runs: int) -> Iterator[pl.Series]:
    for number in range(runs):
        yield places.filter(pl.col("run") == number)["row"]


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


def mark_winners(rows: SortedRuns, losers: pl.DataFrame, bad: Set[str]) -> Wanted:
    """For each run which of its rows the lake keeps: those of sound files that lost to no other copy."""
    lost = rows_by_run(losers, len(rows.runs))
    return [mark_run(run, numbers, bad) for run, numbers in zip(rows.runs, lost, strict=True)]


def mark_run(run: Run, losers: pl.Series, bad: Set[str]) -> pl.Series | None:
    if losers.is_empty() and not bad:
        return None
    wanted = pl.repeat(True, run.height, dtype=pl.Boolean, eager=True).scatter(losers, False)
    if not bad:
        return wanted
    everything = pl.int_range(run.height, dtype=pl.UInt32, eager=True)
    files = run.rows.take(everything, ["_file"])["_file"]
    return wanted & ~files.is_in(list(bad))
