"""What is read of loads: the values of some hours, without those of the hours between them."""

from __future__ import annotations

import json
from pathlib import Path

from event_assets.config.warehouse import open_ledger
from event_assets.pipeline.load import Choice
from loaders.queries.loads import column_counts_of
from tests.defs.build import hour, settings_of, track, write_config, write_file, write_hours
from tests.drive import load_pending


def test_values_by_column_are_those_of_the_newest_load_of_each_hour_and_of_no_hour_between(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(3))
    settings = settings_of(write_config(tmp_path))
    load_pending(settings, Choice())
    write_file(tmp_path / "archive", hour(2), [track("late", at=hour(2), price=7)], part=5)
    load_pending(settings, Choice())
    with open_ledger(settings) as session:
        assert session is not None
        found = column_counts_of(session, "default", [hour(2), hour(0), hour(9)])
        assert column_counts_of(session, "default", []) == []
        assert column_counts_of(session, "another", [hour(0)]) == []
    assert [at for at, _ in found] == [hour(0), hour(2)]
    assert [json.loads(text)["order_completed"]["price"][1] for _, text in found] == [4, 5]
