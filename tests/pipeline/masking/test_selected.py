"""A selection goes by the values that the lake has, whatever a load masks (contract §13)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from loaders.transform.rules.path_values import PathValues
from loaders.transform.selection import LEFT_OUT, Rule, Selection
from tests.drive import load_archive, place
from tests.pipeline.masking.people import line, with_rules
from tests.promises.archives import hour_number, write_archive, write_file

SELECTION = Selection(
    exclude=Rule(
        user_ids=("leak-user-1", "test-*"), paths=(PathValues(("context", "ip"), ("203.0.113.77",)),), bots=True
    )
)


def test_events_are_left_out_by_their_clear_values(tmp_path: Path) -> None:
    crawler = {"userAgent": "Googlebot/2.1 (+http://www.google.com/bot.html)", "ip": "203.0.113.3"}
    lines = [
        line("a-1", 0),
        line("a-2", 0, context={"ip": "203.0.113.77"}),
        line("a-3", 0),
        line("a-4", 0, context=crawler),
        line("a-5", 0, userId="test-7"),
        line("a-6", 0, seconds=3),
    ]
    archive = write_archive(tmp_path / "archive", {hour_number(0): [lines], hour_number(1): [[line("a-6", 1)]]})
    where = with_rules(place(archive, tmp_path))
    where = replace(where, source=replace(where.source, selection=SELECTION))
    load_archive(where)
    late = write_file(archive, hour_number(1), 5, [line("a-3", 1, seconds=9, userId="leak-user-1")])
    load_archive(where)
    late.unlink()
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        rows = connection.sql("SELECT id, user_id FROM events.tracks ORDER BY id").fetchall()
        excluded = connection.sql("SELECT sum(events) FROM tideline.excluded").fetchone()
        columns = {name for (name,) in connection.sql("SELECT column_name FROM tideline.columns").fetchall()}
    assert [id for id, _ in rows] == ["a-3", "a-6"]
    assert all(len(user) == 32 for _, user in rows)
    assert excluded == (5,)
    assert LEFT_OUT not in columns
