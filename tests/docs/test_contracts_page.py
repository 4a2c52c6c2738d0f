"""The page about contracts: its schema, checked over the demo's lake, gives the output that it shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from event_assets.cli.app import run
from event_assets.config.settings import load_settings
from event_assets.demo.generate import generate
from event_assets.pipeline.hour import normalize_hour
from event_assets.pipeline.load import Choice, plan_hours
from tests.conftest import ROOT
from tests.docs.pages import blocks

PAGE = ROOT / "docs" / "contracts.md"


def block(language: str) -> str:
    """The first block of a language on the page."""
    return next(found.text for found in blocks(language) if found.page == PAGE)


@pytest.mark.slow
def test_the_page_shows_what_the_check_prints_of_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("TIDELINE_CONFIG", raising=False)
    generate(tmp_path / "archive", events=6000, days=1)
    Path("tideline.toml").write_text(
        'lake = "lake"\nwarehouse = "w.duckdb"\n[source]\narchive = "archive"\nlayout = "rudderstack"\n'
    )
    Path("contracts").mkdir()
    Path("contracts/Product Viewed.json").write_text(json.dumps(json.loads(block("json"))))
    settings = load_settings({})
    for plan in plan_hours(settings, Choice()):
        normalize_hour(settings, plan.source, plan.state.manifest)
    assert run(["contract", "check"]) == 3
    printed = capsys.readouterr()
    shown = "\n".join(line.rstrip() for line in f"{printed.out}{printed.err}".splitlines())
    assert shown.strip() == block("text").strip()
