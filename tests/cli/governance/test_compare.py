"""`tideline compare` from outside: exit codes, the report, JSON, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from loaders.connection.warehouse import Warehouse
from tests.cli.governance.compared import HOSTILE, change_there, load_and_copy
from tests.defs.in_process import tideline


@pytest.fixture(scope="module")
def equal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose warehouse has two equal schemas."""
    folder = tmp_path_factory.mktemp("equal")
    load_and_copy(folder)
    return folder


def test_equal_schemas_are_reported_as_equal(equal: Path) -> None:
    done = tideline("compare", "--with", "rudder_prod", cwd=equal)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "events and rudder_prod are equal.")
    assert "tracks" in done.stdout
    document = json.loads(tideline("compare", "--with", "rudder_prod", "--json", cwd=equal).stdout)
    assert (document["findings"], document["rules"], len(document["tables"])) == (0, {}, 2)
    assert document["tables"][0]["equal_days"] == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--with", "nowhere"), "no tables in a schema nowhere"),
        (("--with", "events"), "events is the schema of the source itself"),
        (("--with", "rudder_prod", "--table", "none"), "has a table none"),
        (("--with", "rudder_prod", "--from", "soon"), "'soon' is neither an archive hour nor a day"),
        ((), "--with"),
    ],
)
def test_what_cannot_be_compared_is_a_mistake_of_one_line(equal: Path, options: tuple[str, ...], words: str) -> None:
    done = tideline("compare", *options, cwd=equal)
    assert (done.returncode, words in done.stderr, len(done.stderr.splitlines())) == (2, True, 1)


HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reads")
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(warehouse: Path, how: str) -> Iterator[None]:
    """The file, open in another process."""
    command = [sys.executable, "-c", HOLD, str(warehouse), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield
        process.communicate(b"")


def test_a_dashboard_does_not_disturb_and_a_load_is_named(equal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held(equal / "warehouse.duckdb", "reads"):
        assert tideline("compare", "--with", "rudder_prod", cwd=equal).returncode == 0
    monkeypatch.setattr("loaders.connection.warehouse.Warehouse.open", partial(Warehouse.open, wait=0.1))
    with held(equal / "warehouse.duckdb", "writes"):
        done = tideline("compare", "--with", "rudder_prod", cwd=equal)
    assert (done.returncode, "warehouse.duckdb" in done.stderr, len(done.stderr.splitlines())) == (1, True, 1)


def test_differences_are_named_and_have_an_exit_code(tmp_path: Path) -> None:
    load_and_copy(tmp_path)
    change_there(tmp_path)
    done = tideline("compare", "--with", "rudder_prod", cwd=tmp_path)
    assert done.returncode == 3
    lines = [line for line in done.stdout.splitlines() if "│" in line]
    shown = ["".join(line.split()) for line in lines]
    assert any(
        "order_completed│2026-01-31│m0-1differsinnote│n1│<script>alert(1)</script>[bold]" in line for line in shown
    )
    assert any("tracks│2026-02-01│m24-1onlyhere" in line for line in shown)
    assert any("m24-2differsinsent_at│2026-02-01T07:00:00Z│NULL" in line for line in shown)
    assert any("microseconds│1row│cutmicroseconds" in line for line in shown)
    assert "\x1b" not in done.stdout
    assert "rudder_discards" in done.stdout
    assert done.stdout.splitlines()[-1] == ("events and rudder_prod differ: 3 findings to look at, 1 row is explained.")
    document = json.loads(tideline("compare", "--with", "rudder_prod", "--json", cwd=tmp_path).stdout)
    tracks = next(table for table in document["tables"] if table["table"] == "tracks")
    assert tracks["days"] == [
        {
            "day": "2026-02-01", "here": 4, "there": 3, "only_here": 1, "only_there": 0, "differing": 1,
            "explained": 0, "unexplained": 2, "unexamined": 0,
        }
    ]  # fmt: skip
    orders = next(table for table in document["tables"] if table["table"] == "order_completed")
    assert HOSTILE in {example["there"] for example in orders["examples"]}
    first = tideline("compare", "--with", "rudder_prod", "--to", "2026-01-31", "--table", "tracks", cwd=tmp_path)
    assert first.returncode == 0
