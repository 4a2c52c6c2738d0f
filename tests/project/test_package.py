"""The package holds what it needs, the locks name no place, and every folder stands under the import rules."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

LOCKS = sorted(ROOT.glob("requirements*.lock"))


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_wheel_carries_every_file_of_the_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    files = {
        path.relative_to(ROOT).as_posix()
        for folder in ("event_assets", "loaders", "sql")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".sql", ".toml"} and "__pycache__" not in path.parts
    }
    assert {Path(name).suffix for name in files} == {".py", ".sql", ".toml"}
    assert sorted(files - packed) == []
    assert not [name for name in packed if name.startswith(("tests/", "benchmarks/", "docs/"))]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_is_exact_and_hashed_and_names_no_place(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?(\S*) \\\n +--hash=sha256:", text, re.MULTILINE)
    starts = re.findall(r"^[A-Za-z0-9]\S*", text, re.MULTILINE)
    assert len(pins) == len(starts) > 50
    assert all(version.startswith("==") for _, version in pins)
    assert re.findall(r"https?:|file:/|--(?:extra-)?index|--find-links|--trusted-host| @ ", text) == []


def test_the_locks_agree_with_each_other() -> None:
    pins = [
        dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
        for lock in LOCKS
    ]
    for name in set().union(*pins):
        assert len({versions[name] for versions in pins if name in versions}) == 1, name


def test_the_lock_holds_every_dependency(project: dict[str, Any]) -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9._-]+)", lock, re.MULTILINE))
    wanted = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["dev"]
    assert [each for each in wanted if re.split(r"[\[<>=]", each)[0] not in locked] == []


def test_every_folder_of_event_assets_is_kept_from_dagster(project: dict[str, Any]) -> None:
    contracts = project["tool"]["importlinter"]["contracts"]
    (rule,) = (each for each in contracts if each.get("forbidden_modules") == ["dagster"])
    folders = {f"event_assets.{path.parent.name}" for path in (ROOT / "event_assets").glob("*/__init__.py")}
    assert folders | {"loaders"} == set(rule["source_modules"])


def test_no_folder_may_import_any_module_of_the_edge(project: dict[str, Any]) -> None:
    contracts = project["tool"]["importlinter"]["contracts"]
    (rule,) = (each for each in contracts if each["name"] == "The edge is never imported from below")
    edge = {f"event_assets.{path.stem}" for path in (ROOT / "event_assets").glob("*.py") if path.stem != "__init__"}
    folders = {f"event_assets.{path.parent.name}" for path in (ROOT / "event_assets").glob("*/__init__.py")}
    assert edge == set(rule["forbidden_modules"])
    assert folders | {"loaders", "sql"} == set(rule["source_modules"])


def test_no_dagster_block_wins_over_the_workspace_file(project: dict[str, Any]) -> None:
    assert not {"dagster", "dg"} & set(project["tool"])
    assert (ROOT / "workspace.yaml").is_file()
