"""The jobs of a run: what each is called, which archive it takes, and what its numbers must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Job:
    """A measured job."""

    name: str
    """Its module in benchmarks.jobs."""
    label: str
    archive: str = "realistic"
    """`realistic`, `clean`, `nasty`, `lenient`; `hours`, `small_hours` and `small_hour` are realistic, in 24 hours, 72
    and one, and so is `large`; `small` is clean.
    """
    variant: str = ""
    follows: str | None = None
    """The key of the job in whose folder it works."""
    one_core: bool = False
    server: bool = False
    """Whether it needs PostgreSQL, whose CPU is then counted with its own."""
    counts_lines: bool = True
    """Whether it tells every line of the archive."""
    same_ids: bool = True
    """Whether it must find the distinct (type, id) that the archive has."""

    @property
    def key(self) -> str:
        """What it is called on the command line and in the results."""
        return f"{self.name}:{self.variant}" if self.variant else self.name


JOBS: Final = (
    Job("floor", "floor: gunzip + strict parser", same_ids=False),
    Job("lake", "Tideline: archive to lake"),
    Job("tables", "Tideline: lake to DuckDB tables", follows="lake"),
    Job("whole", "Tideline: archive to DuckDB tables"),
    Job("whole", "Tideline: the same, one core", variant="one-core", one_core=True),
    Job("whole_masked", "Tideline: the same, five rules of masking"),
    Job("whole_contracts", "Tideline: the same, contracts of forty events"),
    Job("whole_postgresql", "Tideline: archive to PostgreSQL", server=True),
    Job(
        "copy_postgresql", "bare binary COPY of those rows", server=True, follows="whole_postgresql",
        counts_lines=False, same_ids=False,
    ),
    Job("plain_duckdb", "DuckDB by hand: same tables, one read_json"),
    Job("whole", "Tideline: 24 hours", "hours", variant="hours"),
    Job("whole", "Tideline: 24 hours, one core", "hours", variant="hours-one-core", one_core=True),
    Job("whole", "Tideline: 72 small hours", "small_hours", variant="small-hours"),
    Job("whole", "Tideline: the same events in one hour", "small_hour", variant="small-hour"),
    Job("floor", "floor, clean", "clean", variant="clean", same_ids=False),
    Job("lake", "Tideline: archive to lake, clean", "clean", variant="clean"),
    Job("tables", "Tideline: lake to tables, clean", "clean", variant="clean", follows="lake:clean"),
    Job("whole", "Tideline: archive to tables, clean", "clean", variant="clean"),
    Job("plain_polars", "polars by hand: same tables as Parquet, clean", "clean"),
    Job("lake", "Tideline: archive to lake, nasty", "nasty", variant="nasty", same_ids=False),
    Job(
        "tables", "Tideline: lake to tables, nasty", "nasty", variant="nasty", follows="lake:nasty", same_ids=False
    ),
    Job("lake", "Tideline: archive to lake, lenient", "lenient", variant="lenient", same_ids=False),
    Job(
        "tables", "Tideline: lake to tables, lenient", "lenient", variant="lenient", follows="lake:lenient",
        same_ids=False,
    ),
    Job("whole", "Tideline: archive to tables, lenient", "lenient", variant="lenient", same_ids=False),
    Job("whole", "Tideline: dlt's archive", "small", variant="small"),
    Job("dlt_merge", "dlt: merge into DuckDB, one table", "small"),
    Job("floor", "floor, large", "large", variant="large", same_ids=False),
    Job("lake", "Tideline: archive to lake, large", "large", variant="large"),
    Job("tables", "Tideline: lake to tables, large", "large", variant="large", follows="lake:large"),
)  # fmt: skip

QUICK: Final = (
    "floor", "lake", "whole", "whole:one-core", "whole_postgresql", "copy_postgresql", "plain_duckdb", "whole:hours",
    "whole:small-hours", "whole:small-hour", "whole:clean", "plain_polars", "whole:small", "dlt_merge",
)  # fmt: skip
"""Jobs of a quick look."""

COMPARED: Final = {
    "floor": "floor: gunzip and a strict parser",
    "lake": "Tideline: archive to lake",
    "whole": "Tideline: archive to DuckDB tables",
    "plain_duckdb": "DuckDB by hand: the same tables, one read_json",
    "whole_postgresql": "Tideline: archive to PostgreSQL",
    "whole:hours": "Tideline: archive of 24 hours to DuckDB tables",
    "whole:clean": "Tideline: archive to DuckDB tables",
    "plain_polars": "polars by hand: the same tables as Parquet",
    "whole:small": "Tideline: archive to DuckDB tables",
    "dlt_merge": "dlt: merge into DuckDB, one table",
}
"""Jobs of the picture in the README with their labels there."""


def choose_jobs(names: Sequence[str] | None, *, large: bool) -> list[Job]:
    """The jobs of these keys and those they follow; all when none is named. Without a larger archive, none on it."""
    followed = {job.follows for job in JOBS if names and job.key in names}
    chosen = [job for job in JOBS if not names or job.key in names or job.key in followed]
    if any(job.archive == "large" for job in chosen) and names and not large:
        raise SystemExit("say how large the larger archive is: --large 10000000")
    return [job for job in chosen if large or job.archive != "large"]
