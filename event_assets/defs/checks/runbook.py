"""How to look and what to do when a check fails: part of its description and of its result.

Covered by tests/test_definitions.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Guide:
    """How to look at a failure, as a command or SQL, and what to do about it."""

    look: str
    remedy: str


_LOADS: Final = "SELECT * FROM tideline.loads WHERE archive_hour = TIMESTAMPTZ '<hour>:00:00Z' ORDER BY load_id DESC"
_ARRIVALS: Final = "SELECT * FROM tideline.arrivals WHERE table_name = '<table>' AND event_hour = '<event hour>:00:00Z'"
_AGAIN: Final = "Load the hour again: `tideline load --from <hour> --to <hour> --reload`."
_BY_HAND: Final = "Another program or a person has written to the tables: find out which. "

GUIDES: Final[Mapping[str, Guide]] = {
    "lines_add_up": Guide(_LOADS, _AGAIN),
    "events_add_up": Guide(_LOADS, _AGAIN),
    "lake_is_distinct": Guide(_LOADS, _AGAIN),
    "staged_add_up": Guide(_LOADS, _BY_HAND + _AGAIN),
    "rows_are_distinct": Guide(
        'SELECT id, count(*) FROM <schema>."<table>" GROUP BY id HAVING count(*) > 1', _BY_HAND + _AGAIN
    ),
    "arrivals_add_up": Guide(_ARRIVALS, _BY_HAND + _AGAIN),
    "no_file_vanished": Guide(
        "`tideline status`",
        "Restore the file, or the role's permission to list it. To remove its rows on purpose: "
        "`tideline load --from <hour> --to <hour> --accept-removals`.",
    ),
    "no_bad_file": Guide(
        "SELECT archive_hour, file, detail FROM tideline.quarantine WHERE reason = 'bad_file'",
        "Ask the producer for the file again. A repaired file is loaded automatically.",
    ),
    "clocks_are_read": Guide(
        "SELECT _rescued FROM <schema>.tracks "
        "WHERE _archive_hour = TIMESTAMPTZ '<hour>:00:00Z' AND _rescued IS NOT NULL",
        "Ask the producer for a form that is read (docs/contract.md, section 4), or map another member to the clock.",
    ),
    "ids_are_ids": Guide(
        "SELECT _rescued FROM <schema>.tracks WHERE id LIKE 'auto-%' AND _archive_hour = TIMESTAMPTZ '<hour>:00:00Z'",
        "Ask the producer for ids. Until then, retries with other bytes (another `sentAt`) are counted twice. "
        "If ids are reused, make them of several members (`id = [...]` in the mapping).",
    ),
    "ids_are_not_reused": Guide(
        "SELECT * FROM tideline.id_conflicts WHERE archive_hour = TIMESTAMPTZ '<hour>:00:00Z'",
        "Ask the producer for ids that are never given again. Until then make them of several members "
        "(`id = [...]` in the mapping), and load the hours again: `tideline load --reload`.",
    ),
    "contracts_hold": Guide(
        "SELECT * FROM tideline.violations WHERE archive_hour = TIMESTAMPTZ '<hour>:00:00Z' ORDER BY events DESC",
        "Report event, path and SDK to the producer, or change the schema. Then load the hours again: "
        "`tideline load --reload`.",
    ),
    "within_budgets": Guide(
        "`tideline catalog list`", "Drop unwanted tables or columns (`tideline catalog drop`), or raise `[budgets]`."
    ),
    "no_type_waits": Guide("`tideline catalog list`", "Run the `tideline retype` that the result names."),
    "quarantine_rate": Guide(
        "SELECT reason, file, line, detail, raw FROM tideline.quarantine "
        "WHERE archive_hour = TIMESTAMPTZ '<hour>:00:00Z'",
        "Report file and line to the producer. Repaired or rewritten files are loaded automatically.",
    ),
    "duplicate_rate": Guide(
        "`duplicates by library` in the metadata of the hour's `lake`",
        "Copies change no table. Ask the producer: a gateway replays, a client sends again without end, or ids that are"
        " given to several events.",
    ),
    "rescue_rate": Guide(
        "SELECT _rescued FROM <schema>.\"<table>\" WHERE _archive_hour = TIMESTAMPTZ '<hour>:00:00Z' "
        "AND _rescued IS NOT NULL",
        "If the new values are right, change the type: `tideline retype TABLE COLUMN TYPE` moves them into the column. "
        "If not, report them to the producer: they are kept in `_rescued`.",
    ),
    "events_flow": Guide(
        "SELECT archive_hour, events FROM tideline.loads ORDER BY archive_hour DESC LIMIT 48",
        "If `tideline load --dry-run` shows pending hours, turn on the schedule and the sensor `pending_hours`. "
        "Otherwise no events arrive: ask the producer. For an archive that has ended, set `partitions_end`.",
    ),
    "schema_is_stable": Guide(
        "SELECT * FROM tideline.columns WHERE table_name = '<table>' ORDER BY first_archive_hour DESC",
        "Ask the producer whether the change is intended. Unwanted new names: `exclude` or `tideline catalog drop`. "
        "Another kind of values: `tideline retype`.",
    ),
}


def describe_check(name: str, promise: str) -> str:
    """Return the description of a check: its promise, and how to look and what to do when it fails."""
    guide = GUIDES[name]
    look = guide.look if guide.look.startswith("`") else f"`{guide.look}`"
    return f"{' '.join(promise.split())}\n\n**How to look:** {look}\n\n**What to do:** {guide.remedy}"
