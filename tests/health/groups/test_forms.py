"""Quarantined lines that look alike are one form, counted over the newest lines of the ledger."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from event_assets.health.groups.forms import LINES
from tests.defs.build import hour, track, write_config, write_file
from tests.defs.in_process import tideline


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hours: lines of an unknown type, lines that are cut, and a hostile one."""
    folder = tmp_path_factory.mktemp("forms")
    for number in range(3):
        unknown = [json.dumps(track(f"n{number}-{n}", at=hour(number)) | {"type": f"tr{n}"}) for n in range(4)]
        cut = [f'{{"type": "track", "number": {number}{n}, "x": ' for n in range(2 * number)]
        write_file(folder / "archive", hour(number), [*unknown, *cut, '["</td><script>\u202e"]'])
    config = write_config(folder)
    assert tideline("load", "--config", config, cwd=folder).returncode == 0
    return folder


def status_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tideline("status", "--json", cwd=folder).stdout)["sources"][0]
    return found


def test_forms_add_up_to_the_reasons(project: Path) -> None:
    status = status_of(project)
    forms = status["quarantine_forms"]
    assert [(form["lines"], form["reason"]) for form in forms[-2:]] == [(6, "invalid_json"), (3, "not_an_object")]
    assert sum(form["lines"] for form in forms if form["reason"] == "unknown_type") == 12
    held = {reason["reason"]: reason["held"] for reason in status["quarantine"]}
    for reason, number in held.items():
        assert sum(form["lines"] for form in forms if form["reason"] == reason) == number
    assert tideline("status", "--html", "page.html", cwd=project).returncode == 0
    page = (project / "page.html").read_text(encoding="utf-8")
    assert f"Quarantine by form, of the newest {LINES} lines" in page
    assert re.search("<td[^>]*>6</td><td[^>]*>invalid_json</td>", page)
    assert "<script" not in page


def test_only_the_newest_lines_are_read(project: Path) -> None:
    with duckdb.connect(str(project / "warehouse.duckdb")) as connection:
        connection.execute(
            "INSERT INTO tideline.quarantine SELECT 'default', ?, 'many', i, 0, 'bad_envelope', 'd', 9, '[1,' "
            "FROM range(1000) r(i)",
            [hour(1)],
        )
    forms = {form["reason"]: form["lines"] for form in status_of(project)["quarantine_forms"]}
    assert sum(forms.values()) == LINES
    assert forms["invalid_json"] == 4, "those of the newest hour"
    assert forms["bad_envelope"] < 1000
