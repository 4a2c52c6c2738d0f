"""Log lines as text and as JSON: the same facts, secrets hidden, and nothing beside them on standard error."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from event_assets.cli.output.logs.lines import choose_log_format, log_line_of
from loaders.interface.counts import LOAD_COUNTS
from tests.defs.build import held_elsewhere, write_config, write_hours
from tests.defs.in_process import tideline

COMMAND: Final = (sys.executable, "-m", "event_assets.cli")


@pytest.fixture(autouse=True)
def _text_again() -> Iterator[None]:
    yield
    choose_log_format([], {})


@pytest.mark.parametrize(
    ("arguments", "environment", "chosen"),
    [
        (["load"], {}, "text"),
        (["load", "--log-format", "json"], {}, "json"),
        (["load", "--log-format=json", "--reload"], {"TIDELINE_LOG_FORMAT": "text"}, "json"),
        (["load"], {"TIDELINE_LOG_FORMAT": "json"}, "json"),
        (["load", "--log-format"], {}, ""),
    ],
)
def test_the_format_is_known_before_the_arguments_are_parsed(
    arguments: list[str], environment: dict[str, str], chosen: str
) -> None:
    assert choose_log_format(arguments, environment) == chosen


def test_a_json_line_has_the_facts_and_no_secret() -> None:
    choose_log_format(["--log-format=json"], {})
    line = json.loads(
        log_line_of("tideline: warning: s3://me:pass@host\x1b[31m\nfell", url="x://a:secret@b", days=3, rate=0.5)
    )
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning", "message": "s3://me:***@host\N{REPLACEMENT CHARACTER}[31m fell", "url": "x://a:***@b",
        "days": 3, "rate": 0.5,
    }  # fmt: skip


def test_a_load_logs_json_lines_with_the_names_of_the_ledger(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    write_config(tmp_path)
    done = tideline("load", "--log-format", "json", cwd=tmp_path)
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    steps = [line for line in lines if line.get("step") == "warehouse"]
    assert [line["archive_hour"] for line in steps] == sorted({line["archive_hour"] for line in steps})
    assert len(steps) == 2
    assert all(line["source"] == "default" and line["level"] == "info" for line in steps)
    assert {"inserted", "staged", "seconds"} <= steps[0].keys()
    known = {*LOAD_COUNTS, "time", "level", "message", "source", "archive_hour", "step", "seconds", "loaded", "written"}
    logged = {name for line in lines if line.get("step") in {"events", "warehouse"} for name in line}
    assert logged <= known | {"distinct", "erased"}
    failed = tideline("load", "--log-format=json", "--frm", cwd=tmp_path)
    error = json.loads(failed.stderr)
    assert (error["level"], error["exit_code"], failed.returncode) == ("error", 2, 2)
    assert "--frm" in error["message"]


def test_a_wait_for_another_process_is_a_line_and_not_silence(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    write_config(tmp_path)
    assert tideline("load", cwd=tmp_path).returncode == 0
    with held_elsewhere(tmp_path / "warehouse.duckdb"):
        running = subprocess.Popen(
            [*COMMAND, "status", "--log-format", "json"],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        assert running.stderr is not None
        line = json.loads(running.stderr.readline())
    running.communicate()
    assert (line["level"], "held by another process: waiting for up to" in line["message"]) == ("warning", True)


def in_terminal(*arguments: str, cwd: Path, **environment: str) -> str:
    """What a command writes to a terminal."""
    main, other = pty.openpty()
    running = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        stdout=other,
        stderr=other,
        env=os.environ | {"TERM": "xterm-256color"} | environment,
    )
    os.close(other)
    read = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:
            break
        if not part:
            break
        read += part
    running.wait()
    os.close(main)
    return read.decode()


@pytest.mark.slow
def test_a_terminal_gets_colours_unless_no_color_is_set(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    write_config(tmp_path)
    colours = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    assert colours.search(in_terminal("load", "--help", cwd=tmp_path))
    assert not colours.search(in_terminal("load", "--help", cwd=tmp_path, NO_COLOR="1"))
    assert not colours.search(in_terminal("load", cwd=tmp_path, NO_COLOR="1"))
