"""`.ci/run` runs every step in an environment of its own, and fails when one of them does."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

STEPS = ("install", "check", "test", "test-slow", "test-snowflake", "demo", "browser")
RECIPE = "{step}:\n\t@echo step {step} $(VENV) $(DEMO) $$TIDELINE_LAKE; if read line; then exit 9; fi; exit {code}\n"


def run_steps(folder: Path, *, failing: str | None) -> subprocess.CompletedProcess[str]:
    """Run a copy of the script above a Makefile whose targets only print their arguments."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    recipes = (RECIPE.format(step=step, code=int(step == failing)) for step in STEPS)
    (folder / "Makefile").write_text("".join(recipes), encoding="utf-8")
    environment = os.environ | {"TIDELINE_LAKE": "elsewhere", "TMPDIR": str(folder)}
    command = [str(folder / ".ci" / "run")]
    return subprocess.run(command, env=environment, input="line\n", capture_output=True, text=True, check=False)


def arguments(output: str) -> dict[str, list[str]]:
    """Return what each step was given."""
    lines = [line.split() for line in output.splitlines() if line.startswith("step ")]
    return {words[1]: words[2:] for words in lines}


def test_every_step_runs_in_a_place_of_its_own(tmp_path: Path) -> None:
    done = run_steps(tmp_path, failing=None)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = arguments(done.stdout)
    assert {"install", "check", "test", "test-slow", "test-snowflake", "demo"} <= set(steps)
    for venv, demo in steps.values():
        assert Path(venv).parent == Path(demo).parent != ROOT
    assert sorted(path.name for path in tmp_path.iterdir()) == [".ci", "Makefile"]


@pytest.mark.parametrize("failing", ["check", "test", "test-slow", "test-snowflake", "demo"])
def test_a_failed_step_fails_the_run_and_the_others_still_run(failing: str, tmp_path: Path) -> None:
    done = run_steps(tmp_path, failing=failing)
    assert done.returncode == 1
    assert {"check", "test", "test-slow", "test-snowflake", "demo"} <= set(arguments(done.stdout))
    closing = done.stdout.partition("=== result")[2]
    assert [line.split()[1] for line in closing.splitlines() if line.startswith("FAILED")] == [failing]


def test_nothing_runs_in_an_environment_that_was_not_made(tmp_path: Path) -> None:
    done = run_steps(tmp_path, failing="install")
    assert done.returncode == 1
    assert list(arguments(done.stdout)) == ["install"]
