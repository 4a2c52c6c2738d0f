"""`tideline quarantine` from outside: groups, lines that would harm a terminal, and a replay."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

from tests.cli.test_app import document, tideline
from tests.defs.build import hour, track, write_config, write_file

HOSTILE = '{"type": "x\x1b[2J", "note": "\u202eab\u009b31m", "line": 7}'


def test_lines_are_listed_shown_and_replayed(tmp_path: Path) -> None:
    sales = [{**track(f"m{n}", at=hour(0)), "type": "sale"} for n in range(2)]
    written = write_file(tmp_path / "archive", hour(0), [track("m9", at=hour(0)), *sales, HOSTILE])
    config = write_config(tmp_path)
    document(tideline("load", "--json", cwd=tmp_path))
    groups = document(tideline("quarantine", "list", "--json", cwd=tmp_path))["groups"]
    assert [(group["lines"], group["reason"]) for group in groups] == [(2, "unknown_type"), (1, "unknown_type")]
    assert groups[0]["example"]["raw"] == json.dumps(sales[0])
    for command in ("list", "show"):
        printed = tideline("quarantine", command, cwd=tmp_path)
        assert printed.returncode == 0
        assert not [mark for mark in "\x1b\u202e\u009b" if mark in printed.stdout]
    assert '"x\\u001b[2J"' in printed.stdout or "x\\x1b[2J" in printed.stdout
    shown = document(tideline("quarantine", "show", "--limit", "3", "--json", cwd=tmp_path))["lines"]
    assert [line["line"] for line in shown] == [2, 3, 4]
    assert shown[2]["raw"] == HOSTILE
    with config.open("a") as text:
        text.write('mapping = { type = { path = "type", values = { sale = "track", track = "track" } } }\n')
    dry = tideline("quarantine", "replay", "--dry-run", cwd=tmp_path)
    assert (dry.returncode, "2 are events now; 1 hour to be written" in dry.stdout) == (0, True)
    written.unlink()
    done = document(tideline("quarantine", "replay", "--json", cwd=tmp_path))
    (result,) = done["hours"]
    assert (result["way"], result["tried"], result["readable"], result["quarantined"]) == ("lake", 3, 2, 1)
    again = tideline("quarantine", "replay", cwd=tmp_path)
    assert (again.returncode, "0 are events now; 0 hours written" in again.stdout) == (0, True)
    status = document(tideline("status", "--json", cwd=tmp_path))["sources"][0]
    assert status["tables"]["tracks"] == 3


def test_bytes_that_are_no_text_are_in_base64(tmp_path: Path) -> None:
    write_config(tmp_path)
    path = write_file(tmp_path / "archive", hour(0), ["x"])
    path.write_bytes(gzip.compress(b"\xff\x00\x1b]0;title\x07\n"))
    tideline("load", cwd=tmp_path)
    (line,) = document(tideline("quarantine", "show", "--json", cwd=tmp_path))["lines"]
    assert (line["raw"], base64.b64decode(line["raw_base64"])) == (None, b"\xff\x00\x1b]0;title\x07")
    assert "  \\xff\\x00\\x1b]0;title\\x07\n" in tideline("quarantine", "show", cwd=tmp_path).stdout


def test_mistakes_and_an_empty_quarantine_are_named(tmp_path: Path) -> None:
    write_config(tmp_path)
    wrong = tideline("quarantine", "replay", "--reason", "unknown", cwd=tmp_path)
    assert (wrong.returncode, "'unknown' is no reason; use one of bad_envelope" in wrong.stderr) == (2, True)
    swapped = tideline("quarantine", "list", "--from", "2026-02-01", "--to", "2026-01-01", cwd=tmp_path)
    assert (swapped.returncode, "swap them" in swapped.stderr) == (2, True)
    for command in ("list", "show"):
        empty = tideline("quarantine", command, cwd=tmp_path)
        assert (empty.returncode, empty.stdout) == (0, "No quarantined line.\n")
