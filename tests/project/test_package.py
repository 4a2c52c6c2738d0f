"""The package holds what it needs, the locks name no index, and every folder is under the import rules."""

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

MOST_MODULES = 16
"""In one folder: more are two rooms."""

LOCKS = sorted(ROOT.glob("requirements*.lock"))
EXAMPLES = sorted((ROOT / "examples").rglob("*.lock"))
"""Of tools beside the project, in environments of their own."""


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


@pytest.mark.parametrize("lock", LOCKS + EXAMPLES, ids=lambda lock: lock.relative_to(ROOT).as_posix())
def test_a_lock_is_exact_and_hashed_and_names_no_place(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?(\S*) \\\n +--hash=sha256:", text, re.MULTILINE)
    starts = re.findall(r"^[A-Za-z0-9]\S*", text, re.MULTILINE)
    assert len(pins) == len(starts) > (5 if lock.name == "requirements-snowflake.lock" else 50)
    assert all(version.startswith("==") for _, version in pins)
    assert re.findall(r"https?:|file:/|--(?:extra-)?index|--find-links|--trusted-host| @ ", text) == []


def test_the_locks_agree_with_each_other() -> None:
    """All but those of dbt and Snowflake's emulator, which have environments of their own."""
    own = {"requirements-dbt.lock", "requirements-snowflake.lock"}
    _agree([lock for lock in LOCKS if lock.name not in own])
    _agree([ROOT / "requirements.lock", ROOT / "requirements-dbt.lock"])


def _agree(locks: list[Path]) -> None:
    pins = [
        dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
        for lock in locks
    ]
    for name in set().union(*pins):
        assert len({versions[name] for versions in pins if name in versions}) == 1, name


def test_the_lock_holds_every_dependency(project: dict[str, Any]) -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9._-]+)", lock, re.MULTILINE))
    wanted = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["dev"]
    assert [each for each in wanted if re.split(r"[\[<>=]", each)[0] not in locked] == []


def test_the_import_rules_name_every_room_and_no_module(project: dict[str, Any]) -> None:
    contracts = project["tool"]["importlinter"]["contracts"]
    named = {
        name.strip()
        for contract in contracts
        for key in ("layers", "modules", "source_modules")
        for entry in contract.get(key, ())
        for name in entry.split("|")
    }
    event_assets = {f"event_assets.{path.parent.name}" for path in (ROOT / "event_assets").glob("*/__init__.py")}
    loaders = {f"loaders.{path.parent.name}" for path in (ROOT / "loaders").glob("*/__init__.py")}
    assert event_assets | loaders <= named
    within = {name for name in named - event_assets - loaders if name.count(".") > 1}
    assert named - event_assets - loaders - within == {"event_assets", "loaders", "sql"}
    assert [name for name in within if not (ROOT / name.replace(".", "/") / "__init__.py").exists()] == []
    assert not any("ignore_imports" in contract for contract in contracts)


def test_only_defs_and_the_code_location_may_import_dagster(project: dict[str, Any]) -> None:
    contracts = project["tool"]["importlinter"]["contracts"]
    (rule,) = (contract for contract in contracts if contract.get("forbidden_modules") == ["dagster"])
    folders = {f"event_assets.{path.parent.name}" for path in (ROOT / "event_assets").glob("*/__init__.py")}
    assert (folders | {"loaders", "sql"}) - {"event_assets.defs"} == set(rule["source_modules"])


def test_two_files_and_no_crowded_room(project: dict[str, Any]) -> None:
    assert sorted(path.name for path in (ROOT / "event_assets").glob("*.py")) == ["__init__.py", "definitions.py"]
    for package in ("event_assets", "loaders"):
        for folder in (ROOT / package).rglob("__init__.py"):
            modules = [path for path in folder.parent.glob("*.py") if path.name != "__init__.py"]
            assert len(modules) <= MOST_MODULES, folder.parent


def test_no_dagster_block_wins_over_the_workspace_file(project: dict[str, Any]) -> None:
    assert not {"dagster", "dg"} & set(project["tool"])
    assert (ROOT / "workspace.yaml").is_file()
