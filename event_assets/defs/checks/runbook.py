"""What to do about each check that is not green, and how to look first: told in its description and with its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Guide:
    """How to look at what a check found, as a command or SQL, and what to do about it."""

    look: str
    remedy: str


_LOADS: Final = "SELECT * FROM tideline.loads WHERE archive_hour = TIMESTAMPTZ '<hour>:00:00Z' ORDER BY load_id DESC"
_ARRIVALS: Final = "SELECT * FROM tideline.arrivals WHERE table_name = '<table>' AND event_hour = '<event hour>:00:00Z'"
_AGAIN: Final = "Load the hour again: `tideline load --from <hour> --to <hour> --reload`."
_BY_HAND: Final = "Someone or something other than Tideline has written to the tables: find out who. "

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
        "Put the file back, or give the role its right to list it again. To take its rows away on purpose: "
        "`tideline load --from <hour> --to <hour> --accept-removals`.",
    ),
    "no_bad_file": Guide(
        "SELECT archive_hour, file, detail FROM tideline.quarantine WHERE reason = 'bad_file'",
        "Ask the producer for the file once more. A repaired file is taken in by itself.",
    ),
    "within_budgets": Guide("`tideline catalog list`", "Drop junk (`tideline catalog drop`) or raise `[budgets]`."),
    "no_type_waits": Guide("`tideline catalog list`", "Run the `tideline retype` that the result names."),
    "quarantine_rate": Guide(
        "SELECT reason, file, line, detail, raw FROM tideline.quarantine "
        "WHERE archive_hour = TIMESTAMPTZ '<hour>:00:00Z'",
        "Tell the producer file and line. Repaired or rewritten files are taken in by themselves.",
    ),
    "rescue_rate": Guide(
        "SELECT _rescued FROM <schema>.\"<table>\" WHERE _archive_hour = TIMESTAMPTZ '<hour>:00:00Z' "
        "AND _rescued IS NOT NULL",
        "If the new values are right, change the type: `tideline retype TABLE COLUMN TYPE` puts them into the column. "
        "If not, tell whoever sends them: nothing is lost meanwhile.",
    ),
    "events_flow": Guide(
        "SELECT archive_hour, events FROM tideline.loads ORDER BY archive_hour DESC LIMIT 48",
        "If `tideline load --dry-run` shows pending hours, switch on the schedule and `pending_hours`. "
        "Otherwise nothing arrives: ask the producer. An archive that has ended gets `partitions_end`.",
    ),
    "schema_is_stable": Guide(
        "SELECT * FROM tideline.columns WHERE table_name = '<table>' ORDER BY first_archive_hour DESC",
        "Ask whoever sends the event whether it was meant. New names that are junk: `exclude`, or "
        "`tideline catalog drop`. Another kind of values: `tideline retype`.",
    ),
}


def describe_check(name: str, promise: str) -> str:
    """The description of a check: what it promises, how to look when it does not hold, what to do."""
    guide = GUIDES[name]
    look = guide.look if guide.look.startswith("`") else f"`{guide.look}`"
    return f"{' '.join(promise.split())}\n\n**How to look:** {look}\n\n**What to do:** {guide.remedy}"
