"""The lines of warnings: last on standard error, without colour off a terminal, `--strict` by exit code."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from event_assets.cli.output.printing import describe_warning
from event_assets.health.warnings import Warned
from tests.defs.build import hour, track, write_config, write_file
from tests.defs.in_process import tideline

HOURS = tuple(datetime(2026, 1, 31, 7, tzinfo=UTC) + timedelta(hours=number) for number in range(5))


def test_a_line_names_the_source_and_the_first_hours() -> None:
    warning = Warned("web", "bad_files", 5, HOURS, "5 files\x1b[31m")
    assert describe_warning(warning) == (
        "warning: web: 5 files\N{REPLACEMENT CHARACTER}[31m (2026-01-31T07, 2026-01-31T08, 2026-01-31T09 and 2 more)"
    )


def test_a_wholly_quarantined_hour_is_loud(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    write_file(archive, hour(0), ["not JSON"] * 5)
    write_file(archive, hour(1), [track("a", at=hour(1))])
    (archive / "other").mkdir()
    (archive / "other" / "2026.jsonl").write_text("{}\n")
    (archive / "_SUCCESS").write_text("")
    config = write_config(tmp_path)
    done = tideline("load", "--config", config, "--json", "--no-rollups", cwd=tmp_path)
    assert done.returncode == 0
    assert [(warning["kind"], warning["count"]) for warning in json.loads(done.stdout)["warnings"]] == [
        ("mostly_quarantined", 5),
        ("unfit_files", 1),
    ]
    last = done.stderr.splitlines()[-2:]
    assert last[0].startswith("tideline: warning: default: more than half of the lines are quarantined: 5 of 5.")
    assert last[1] == (
        "tideline: warning: default: 1 file of the archive fits no layout and is not read, for example "
        "'other/2026.jsonl'"
    )
    assert "\x1b" not in done.stderr

    strict = ("load", "--config", config, "--reload", "--strict", "--no-rollups")
    assert tideline(*strict, cwd=tmp_path).returncode == 3
    document = json.loads(tideline("status", "--config", config, "--json", cwd=tmp_path).stdout)
    assert [warning["kind"] for warning in document["sources"][0]["warnings"]] == ["mostly_quarantined", "unfit_files"]
    shown = " ".join(tideline("status", "--config", config, cwd=tmp_path).stdout.split())
    assert "more than half of the lines are quarantined" in shown

    (archive / "other" / "2026.jsonl").unlink()
    sound = (*strict, "--from", f"{hour(1):%Y-%m-%dT%H}")
    assert tideline(*sound, cwd=tmp_path).returncode == 0


def test_reused_ids_of_two_hours_are_shown_by_the_load_and_by_status(tmp_path: Path) -> None:
    for number, name in enumerate(("Sold", "Bought")):
        events = [track(f"m{n}", at=hour(number)) | {"event": name, "userId": "u"} for n in range(5)]
        write_file(tmp_path / "archive", hour(number), events)
    config = write_config(tmp_path)
    done = tideline("load", "--config", config, "--no-rollups", cwd=tmp_path)
    example = "track m0 is in 2026-01-31T07 with another event"
    assert f"  for example {example}" in done.stderr.splitlines()
    document = json.loads(tideline("status", "--config", config, "--json", cwd=tmp_path).stdout)
    (warning,) = document["sources"][0]["warnings"]
    assert (warning["kind"], warning["count"], warning["examples"][0]) == ("id_conflicts", 5, example)
    shown = " ".join(tideline("status", "--config", config, cwd=tmp_path).stdout.split())
    assert f"for example {example}" in shown
