"""Events that Snowplow's pipeline refused are no events, whatever the mapping makes of other lines (contract §3)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.result import InitHints, Verdict
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.source import ArchiveSource
from event_assets.cli.output.inspection.verdict import explain_verdict
from event_assets.events import Mapping, preset
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping
from tests.events.build import HOUR, make_line, read_lines
from tests.independent.event import read_event


def bad_row(name: str = "schema_violations", version: str = "2-0-0", **payload: object) -> bytes:
    """A failed event as the enricher writes it."""
    processor = {"artifact": "snowplow-enrich", "version": "3.8.0"}
    data = {
        "processor": processor,
        "failure": {"timestamp": "2026-01-31T07:00:00Z", "messages": []},
        "payload": payload,
    }
    schema = f"iglu:com.snowplowanalytics.snowplow.badrows/{name}/jsonschema/{version}"
    return json.dumps({"schema": schema, "data": data}).encode()


TRACKS = Mapping.parse({"type": {"const": "track"}, "event": {"const": "e"}, "properties": "data"})


@pytest.mark.parametrize("mapping", [None, TRACKS, preset("snowplow"), Mapping.parse({"each": "[]"})])
@pytest.mark.parametrize("exact", [False, True])
def test_bad_rows_are_quarantined_by_their_schema(mapping: EnvelopeMapping | None, exact: bool) -> None:
    rows = [
        bad_row(),
        b" " + bad_row("enrichment_failures", "2-0-1", type="track", messageId="m"),
        bad_row("size_violation", "1-0-0").replace(b": ", b":"),
    ]
    found = read_lines(*rows, mapping=mapping, exact=exact)
    assert found.events.is_empty()
    assert found.quarantine.select("reason", "detail", "raw").rows() == [
        ("snowplow_bad_row", "schema_violations 2-0-0", rows[0]),
        ("snowplow_bad_row", "enrichment_failures 2-0-1", rows[1]),
        ("snowplow_bad_row", "size_violation 1-0-0", rows[2]),
    ]
    assert [read_event(row, HOUR) for row in rows] == ["snowplow_bad_row"] * 3


@pytest.mark.parametrize(
    "other",
    [
        bad_row().replace(b".badrows/", b".goodrows/"),
        bad_row().replace(b"iglu:", b"see iglu:"),
        make_line(properties={"schema": "iglu:com.snowplowanalytics.snowplow.badrows/x/jsonschema/1-0-0"}),
    ],
)
def test_lines_that_only_look_like_bad_rows_are_what_they_are(other: bytes) -> None:
    found = read_lines(other, mapping=TRACKS)
    assert (found.events.height, found.quarantine.height) == (1, 0)


def test_init_names_an_archive_of_bad_rows_and_proposes_no_mapping(tmp_path: Path) -> None:
    for hour in range(3):
        folder = tmp_path / f"2026/01/31/{hour:02}"
        folder.mkdir(parents=True)
        (folder / "bad-0.txt").write_bytes(b"\n".join(bad_row(user_id=f"u{n}") for n in range(9)))
    found = inspect(ArchiveSource(str(tmp_path)), InitHints(), InspectionLimits())
    assert (found.verdict, found.guesses) == (Verdict.NO_EVENTS, None)
    assert "failed events of Snowplow" in explain_verdict(found)
    assert "the prefix of the good events" in explain_verdict(found)
