"""Selection by value as a user meets it: new rules in the file, hours of older rules in `status`, reload, and audit."""

from __future__ import annotations

from pathlib import Path

from tests.cli.catalog.test_usage import choose, found_differences, query
from tests.cli.test_app import document
from tests.defs.build import hour, track, write_config, write_file
from tests.defs.in_process import tideline


def test_rules_by_value_take_loaded_events_again_and_all_counts_add_up(tmp_path: Path) -> None:
    for number in range(2):
        at = hour(number)
        tagged = [track(f"t{number}-{n}", at=at, tags=["x", "internal"][n:]) for n in range(2)]
        bot = track(f"b{number}", at=at) | {"context": {"userAgent": "Googlebot/2.1"}}
        people = [track(f"o{number}-{n}", at=at, price=n) for n in range(3)]
        write_file(tmp_path / "archive", at, [*tagged, bot, *people])
    write_config(tmp_path)
    tideline("load", cwd=tmp_path)
    choose(tmp_path, 'exclude = {path = "properties.tags", values = ["int*"], bots = true}')
    (status,) = document(tideline("status", "--json", cwd=tmp_path))["sources"]
    assert len(status["other_settings"]) == 2
    reloaded = document(tideline("load", "--reload", "--json", cwd=tmp_path))
    assert (reloaded["totals"]["excluded"], reloaded["totals"]["deleted"], reloaded["other_settings"]) == (6, 12, {})
    assert query(tmp_path, "SELECT count(*) FROM events.tracks") == [(6,)]
    assert found_differences(tmp_path) == []
    assert tideline("audit", "--hours", "2", cwd=tmp_path).returncode == 0
