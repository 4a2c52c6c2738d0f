"""`tideline plan` from outside: the page's example, JSON, hours of other settings, and exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from event_assets.demo.generate import generate
from tests.cli.test_app import document
from tests.defs.build import hour, write_config, write_file, write_hours
from tests.defs.in_process import tideline
from tests.docs.pages import blocks


def comparable(line: str) -> str:
    """A line without what depends on the machine; the table's frame has no content."""
    line = re.sub(r"[\s┃│]+", " ", line).strip()
    return re.sub(r"\d[\d.,]* \w+", "0", line) if line.startswith(("time", "growth", "temporary")) else line


@pytest.mark.slow
def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    generate(tmp_path / "archive", events=4_000, days=1, seed=1)
    write_config(tmp_path)
    assert tideline("load", "--to", "2026-03-02T11", cwd=tmp_path).returncode == 0
    done = tideline("plan", "--to", "2026-03-02T15", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (shown,) = [block for block in blocks("text") if block.page.name == "plan.md"]
    printed = {comparable(line) for line in done.stdout.splitlines()}
    lines = [line for line in shown.text.splitlines() if not set(line) <= set("┏┓┡┩└┘━─┳╇┴")]
    assert len(lines) == 16
    assert [line for line in lines if comparable(line) not in printed] == []


def test_json_has_every_hour_and_what_is_not_known(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(30))
    write_config(tmp_path)
    (source,) = document(tideline("plan", "--json", cwd=tmp_path))["sources"]
    assert (len(source["hours"]), source["files"]) == (30, 30)
    assert source["hours"][0]["archive_hour"] == hour(0).isoformat()
    assert source["hours"][0]["events"].keys() == {"low", "expected", "high"}
    assert source["events"]["low"] <= 150 <= source["events"]["high"]
    assert (source["seconds"], source["unknown"]["seconds"]) == (None, "no hour was loaded yet")
    assert (source["billed_bytes"], source["error"]) == (None, "")
    printed = tideline("plan", cwd=tmp_path).stdout
    assert "and 6 more" in printed
    assert re.search(r"time +│ +not known +│ +│ no hour was loaded yet", printed)
    assert not (tmp_path / "warehouse.duckdb").exists()


@pytest.mark.slow
def test_hours_of_other_settings_are_named_with_the_command_that_loads_them(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(2))
    config = write_config(tmp_path)
    tideline("load", cwd=tmp_path)
    with config.open("a") as text:
        text.write('exclude = {user_ids = ["u1"]}\n')
    write_file(tmp_path / "archive", hour(1), ["{}"], part=3)
    done = tideline("plan", cwd=tmp_path)
    assert "1 late file" in done.stdout
    assert "tideline load --reload --from 2026-01-31T07 --to 2026-01-31T07" in done.stderr
    again = tideline("plan", "--reload", cwd=tmp_path)
    assert ("other settings" in again.stdout, again.stderr) == (True, "")
    tideline("load", "--reload", cwd=tmp_path)
    assert tideline("plan", cwd=tmp_path).stdout == "default: nothing to load.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--from", "2026-01-32"), 2, "2026-01-31"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), 2, "swap"),
        (("--archive", "nowhere"), 2, "nowhere"),
        (("--warehouse", "duckdb:///missing/w.duckdb"), 2, "missing"),
    ],
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...], code: int, words: str, tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(1))
    write_config(tmp_path)
    done = tideline("plan", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert words in done.stderr
