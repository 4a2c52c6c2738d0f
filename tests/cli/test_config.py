"""`tideline config`: effective settings with their origins, without secrets, and the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from event_assets.cli.app import run
from event_assets.config.description.schema import json_schema
from event_assets.config.layers import TABLES, TOP_LEVEL
from event_assets.config.source_table import SOURCE

CONFIG = """warehouse = "postgresql://me:hush@host/db"
grace = "15m"

[lake]
url = "s3://hush:hush@lake/x"
storage_options = { secret = "hush" }

[alerts]
webhook = "https://hooks.example/hush"

[source]
archive = "abfs://c?account_key=hush"
layout = "segment"

[source.storage_options]
client_kwargs.token = "hush"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, with no TIDELINE_ variable."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("ARCHIVE", "LAYOUT", "LAKE", "WAREHOUSE", "CONFIG", "ALERTS_WEBHOOK"):
        monkeypatch.delenv(f"TIDELINE_{name}", raising=False)
    return tmp_path


def show(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, Any]]:
    """The settings that the command prints as JSON, by key."""
    assert run(["config", "show", "--json", *arguments]) == 0
    document = json.loads(capsys.readouterr().out)
    return {setting["key"]: setting for setting in document["settings"]}


def origin(setting: dict[str, Any]) -> tuple[object, ...]:
    return (setting["value"], setting["origin"], setting["name"], setting["line"])


def test_every_setting_has_its_value_and_origin(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tideline.toml").write_text(CONFIG)
    monkeypatch.setenv("TIDELINE_LAYOUT", "rudderstack")
    monkeypatch.setenv("TIDELINE_LAKE", "overridden")
    found = show(capsys, "--archive", "other", "--lake", "mine")
    known = {f"source.{name}" for name in SOURCE} | set(TOP_LEVEL) - {"lake"} | {"lake.url", "lake.storage_options"}
    assert set(found) == known | {f"{table}.{name}" for table, settings in TABLES.items() for name in settings}
    assert origin(found["grace"]) == ("15m", "file", "tideline.toml", 2)
    assert origin(found["settle"]) == ("2m", "default", None, None)
    assert origin(found["source.archive"]) == ("other", "flag", "--archive", None)
    assert origin(found["source.layout"]) == ("rudderstack", "environment", "TIDELINE_LAYOUT", None)
    assert origin(found["lake.url"]) == ("mine", "flag", "--lake", None)
    assert origin(found["lake.storage_options"]) == ({"secret": "***"}, "file", "tideline.toml", 6)
    assert origin(found["source.storage_options"]) == ({"client_kwargs": "***"}, "file", "tideline.toml", 15)
    assert origin(found["source.rollups_schema"]) == ("rollups", "default", None, None)
    assert (found["source.framing"]["value"], found["source.framing"]["unset"]) == (None, "the layout's")


def test_a_webhook_of_the_environment_is_named_and_not_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tideline.toml").write_text(CONFIG)
    monkeypatch.setenv("TIDELINE_ALERTS_WEBHOOK", "https://hush")
    found = show(capsys)
    assert origin(found["alerts.webhook"]) == (
        {"env": "TIDELINE_ALERTS_WEBHOOK"},
        "environment",
        "TIDELINE_ALERTS_WEBHOOK",
        None,
    )
    assert "hush" not in json.dumps(found)


def test_the_table_shows_origins_and_no_secret(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "etc.toml").write_text(CONFIG)
    assert run(["config", "show", "--config", "etc.toml"]) == 0
    printed = capsys.readouterr().out
    assert "hush" not in printed
    assert "postgresql://me:***@host/db" in printed
    assert "etc.toml:2" in printed
    assert "(the layout's)" in printed


def test_several_sources_are_shown_by_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tideline.toml").write_text(
        'lake = "l"\nwarehouse = "w"\n[sources.a]\narchive = "a"\nschema = "a"\n'
        '[sources.b]\narchive = "b"\nschema = "b"\n'
    )
    found = show(capsys)
    assert origin(found["sources.b.archive"]) == ("b", "file", "tideline.toml", 7)
    assert found["sources.b.rollups_schema"]["value"] == "rollups_b"
    assert "sources.a.archive" not in show(capsys, "--source", "b")


def test_a_mistake_in_the_configuration_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tideline.toml").write_text(CONFIG.replace("grace", "grcae"))
    assert run(["config", "show"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "tideline: Unknown setting 'grcae' in the configuration file: did you mean 'grace'?\n"


def test_the_schema_is_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()
