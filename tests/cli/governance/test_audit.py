"""`tideline audit` from outside: exit codes, the seed, and a difference that it names."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from tests.cli.test_app import document, tideline
from tests.defs.build import hour, write_config, write_hours


def test_a_difference_is_named_and_has_an_exit_code(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(4), events=1)
    write_config(tmp_path)
    nothing = document(tideline("audit", "--json", cwd=tmp_path))
    assert nothing["hours"] == []
    document(tideline("load", "--json", cwd=tmp_path))
    drawn = document(tideline("audit", "--seed", "7", "--json", cwd=tmp_path))
    assert (len(drawn["hours"]), drawn["findings"], drawn["seed"]) == (3, 0, 7)
    again = document(tideline("audit", "--seed", "7", "--json", cwd=tmp_path))
    assert again == drawn
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE events.tracks SET user_id = '\x1b[2J' WHERE id = 'm1-0'")
    found = tideline("audit", "--from", "2026-01-31T07", "--to", "2026-01-31", "--json", cwd=tmp_path)
    result = json.loads(found.stdout)
    assert (found.returncode, len(result["hours"]), result["findings"]) == (3, 4, 1)
    (finding,) = result["hours"][1]["findings"]
    assert result["hours"][1]["archive_hour"] == f"{hour(1):%Y-%m-%dT%H}"
    assert finding == {"where": "warehouse", "message": "tracks: values differ in user_id (1), such as of 'm1-0'"}
    printed = tideline("audit", "--hours", "4", cwd=tmp_path)
    assert (printed.returncode, "values differ in user_id" in printed.stdout) == (3, True)


def test_an_hour_that_cannot_be_read_is_named_and_the_others_are_audited(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(2), events=1)
    write_config(tmp_path)
    document(tideline("load", "--json", cwd=tmp_path))
    note = next((tmp_path / "lake/default/hours").glob(f"{hour(0):%Y-%m-%dT%H}.json"))
    note.write_text(json.dumps({**json.loads(note.read_text()), "format": 99}))
    done = tideline("audit", "--json", cwd=tmp_path)
    hours = json.loads(done.stdout)["hours"]
    assert (done.returncode, ["newer version" in (found["error"] or "") for found in hours]) == (1, [True, False])
