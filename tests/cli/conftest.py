"""The command as a user runs it, in a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from event_assets.cli.app import run


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code, and what it wrote where."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed


Tideline = Callable[..., Done]


@pytest.fixture
def tideline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tideline:
    """The command in an empty folder, with no TIDELINE_ variable."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("ARCHIVE", "LAYOUT", "LAKE", "WAREHOUSE", "CONFIG"):
        monkeypatch.delenv(f"TIDELINE_{name}", raising=False)

    def call(*arguments: str | Path) -> Done:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return call
