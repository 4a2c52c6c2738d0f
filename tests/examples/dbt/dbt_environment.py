"""The environment that has dbt: `make test-slow` makes it beside that of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from tests.conftest import ROOT
from tests.drive import Place

PROJECT: Final = ROOT / "examples" / "dbt"
FOLDER: Final = Path(f"{sys.prefix}-dbt")


def run_python(script: Path, *arguments: str, variables: dict[str, str]) -> str:
    """Run a script by the Python that has dbt; return what it prints."""
    command = [str(_found("python")), str(script), *arguments]
    done = subprocess.run(command, env=_environment(variables), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@dataclass(frozen=True)
class Models:
    """The example's models over one warehouse."""

    where: Place
    target: Path
    """The folder for what dbt writes."""

    def build(self) -> str:
        """`dbt build`; return what it prints."""
        folders = ["--target-path", str(self.target), "--log-path", str(self.target)]
        command = [str(_found("dbt")), "--no-use-colors", "build", "--profiles-dir", ".", *folders]
        environment = _environment(connection_variables(self.where))
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout


def connection_variables(where: Place) -> dict[str, str]:
    """Return the variables of profiles.yml for a warehouse."""
    if where.database is None:
        return {"DBT_TARGET": "duckdb", "TIDELINE_DUCKDB": str(where.warehouse)}
    parts = urlsplit(where.database.url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return {
        "DBT_TARGET": "postgres",
        "PGHOST": host,
        "PGPORT": str(parts.port or 5432),
        "PGUSER": parts.username or "postgres",
        "PGPASSWORD": parts.password or "",
        "PGDATABASE": where.database.name,
    }


def _found(program: str) -> Path:
    path = FOLDER / "bin" / program
    assert path.exists(), f"There is no {path}: `make test-slow` makes the environment of requirements-dbt.lock."
    return path


def _environment(variables: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIDELINE_", "DBT_", "PG"))}
    path = f"{FOLDER / 'bin'}{os.pathsep}{kept.get('PATH', '')}"
    return kept | {"PYTHONPATH": str(ROOT), "PATH": path, "DO_NOT_TRACK": "1"} | variables
