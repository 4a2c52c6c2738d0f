"""Members from keys in what `init` samples: the envelope, the rows in advance and the counts are those of a load."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.result import InitHints, Verdict
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.source import ArchiveSource

LAYOUT = "{member:type}/{member:event}/dt={date}/hr={hour}/*"


@pytest.mark.parametrize(
    ("layout", "verdict"), [(LAYOUT, Verdict.FOUND), (LAYOUT.replace("{member:type}", "*"), Verdict.NO_ENVELOPE)]
)
def test_events_that_only_their_keys_name_are_events(layout: str, verdict: Verdict, tmp_path: Path) -> None:
    for hour in (7, 8):
        for event in ("Order%20Paid", "Signed Up"):
            path = tmp_path / f"track/{event}/dt=2026-01-31/hr={hour:02}/a.jsonl"
            path.parent.mkdir(parents=True)
            at = f"2026-01-31T{hour:02}:00:01Z"
            clocks = {"timestamp": at, "receivedAt": at}
            lines = [json.dumps({"messageId": f"{event}-{hour}-{n}", "userId": "u", **clocks}) for n in range(3)]
            path.write_text("\n".join(lines))
    found = inspect(ArchiveSource(str(tmp_path)), InitHints(layout=layout), InspectionLimits())
    assert found.verdict is verdict
    if verdict is Verdict.FOUND:
        assert found.preview is not None
        assert {row["event"] for row in found.preview.rows} == {"Order Paid", "Signed Up"}
        assert (found.preview.empty["event"], found.bad_lines) == (0, 0)
