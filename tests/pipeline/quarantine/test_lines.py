"""Quarantined lines of the lake: read by hour and file, and in groups of one form."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from event_assets.pipeline.quarantine.lines import REASONS, LineChoice, group_lines, read_lines
from tests.conftest import ROOT
from tests.drive import archive_hours, place, write_lake
from tests.promises.archives import hour_number, write_archive, write_file


def test_lines_are_grouped_and_read_by_the_choice(tmp_path: Path) -> None:
    broken = [f'{{"type": "sale", "id": {number}}}'.encode() for number in range(3)]
    hours = {hour_number(0): [[*broken, b"\xff", b"[1]"]], hour_number(1): [[broken[0], b"[22]"]], hour_number(2): []}
    where = place(write_archive(tmp_path / "archive", hours), tmp_path / "place")
    bad = write_file(Path(where.source.archive), hour_number(2), 0, [b"{}"])
    bad.write_bytes(bad.read_bytes()[:-4])
    for hour in archive_hours(where):
        write_lake(where, hour)
    groups = group_lines(where.settings, LineChoice())
    assert [(group.lines, group.reason) for group in groups] == [
        (4, "unknown_type"),
        (2, "not_an_object"),
        (1, "bad_file"),
        (1, "invalid_utf8"),
    ]
    assert (groups[0].first_hour, groups[0].last_hour) == (hour_number(0), hour_number(1))
    assert (groups[0].form, groups[0].example.raw) == ('{"type": "…", "id": 0}', broken[0])
    chosen = LineChoice(frozenset({"not_an_object"}), hour_number(1), hour_number(2))
    found = read_lines(where.settings, chosen)
    assert [(line.line, line.byte_offset, line.raw) for line in found] == [(2, 26, b"[22]")]
    of_files = LineChoice(frozenset({"bad_file"}))
    assert [(line.line, line.raw) for line in read_lines(where.settings, of_files)] == [(None, None)]


def test_every_reason_is_on_the_page_and_can_be_named() -> None:
    _, page = (ROOT / "docs/quarantine.md").read_text().split("## Why a line is there")
    rows = Counter(row.split("`")[1] for row in page.splitlines() if row.startswith("| `"))
    assert rows == Counter(REASONS)
