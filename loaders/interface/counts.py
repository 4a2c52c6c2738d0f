"""The counts of a load: the one list of their names, in the order of the columns of `tideline.loads` (contract §9)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HOUR_COUNTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "files": "files of the archive hour, bad and vanished ones included",
        "bad_files": "files that could not be read to their end; none of their lines is counted",
        "ignored_files": "files of the listing that match no file name of the layout",
        "bytes": "compressed bytes of `files`",
        "lines": "lines of sound files that are not blank",
        "events": "events of sound files, copies of one id included",
        "duplicates": "events that lost against another copy of their (type, id) in the same hour",
        "quarantined": "lines, or members of a batch, that are no event",
        "late": "events whose archive hour is after their event hour",
        "clocks_corrected": "events whose corrected clock was impossible, so that received_at is used",
        "sanitized": "events with characters that a text column cannot hold",
    }
)
"""Name -> meaning of the counts that the lake's note of an hour supplies."""

ROW_COUNTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rescued": "values that their column could not hold, once per event",
        "staged": "rows typed for event tables: `inserted` + `updated` + `ignored`",
        "inserted": "rows written where no row of that id was, in that table and event hour",
        "updated": "rows that replaced a row of the same id in the same table and event hour",
        "ignored": "staged rows that were not written: beaten by another copy, or already there",
        "deleted": "rows removed and not replaced in the same table and event hour",
    }
)
"""Name -> meaning of the counts that the warehouse finds while it loads."""

LOAD_COUNTS: Final[Mapping[str, str]] = MappingProxyType({**HOUR_COUNTS, **ROW_COUNTS})
"""Name -> meaning of every count of `tideline.loads`."""
