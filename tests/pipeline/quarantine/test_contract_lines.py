"""Events that a contract quarantines are listed with the lines, and come back when the contract changes."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from event_assets.config.settings import Settings, load_settings
from event_assets.discovery.survey import survey_source
from event_assets.health.reconciliation import IDENTITIES, find_differences
from event_assets.pipeline.quarantine.lines import LineChoice, group_lines, read_lines
from event_assets.pipeline.quarantine.replay import replay
from tests.defs.build import hour, track, write_config, write_file
from tests.pipeline.contracts.build import load_all, write_contract

CONTRACT = LineChoice(reasons=frozenset({"contract"}))


def settings_of(tmp_path: Path) -> Settings:
    return load_settings({}, folder=tmp_path)


def ids_of(tmp_path: Path) -> list[str]:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        return [id for (id,) in connection.sql("SELECT id FROM events.tracks ORDER BY id").fetchall()]


def differences(settings: Settings) -> list[str]:
    found = find_differences(settings, settings.sources["default"], IDENTITIES, None)
    return [str(one) for several in found.values() for one in several]


def test_a_changed_contract_and_a_replay_bring_events_back_and_the_counts_add_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_config(tmp_path)
    events = [track(f"m{number}", at=hour(0), event="Bought", price=number - 1) for number in range(3)]
    write_file(tmp_path / "archive", hour(0), [*events, {**track("bad", at=hour(0)), "type": "sale"}])
    write_contract(tmp_path, {"price": {"type": "integer", "minimum": 0}}, mode="quarantine")
    settings = settings_of(tmp_path)
    load_all(settings)
    assert ids_of(tmp_path) == ["m1", "m2"]
    assert differences(settings) == []
    (line,) = read_lines(settings, CONTRACT)
    assert (line.reason, line.detail) == ("contract", "track 'Bought': properties.price is less than 0")
    assert line.raw is not None
    assert json.loads(line.raw)["properties"] == {"price": -1}
    assert [(group.reason, group.lines) for group in group_lines(settings, LineChoice())] == [
        ("contract", 1), ("unknown_type", 1),
    ]  # fmt: skip
    (kept,) = replay(settings, CONTRACT)
    assert (kept.way, kept.tried, kept.readable) == ("", 1, 0)

    write_contract(tmp_path, {"price": {"type": "integer", "minimum": -1}}, mode="quarantine")
    settings = settings_of(tmp_path)
    survey = survey_source(settings, settings.sources["default"])
    assert survey.loaded_by_other_settings() == (hour(0),)
    (dry,) = replay(settings, CONTRACT, dry_run=True)
    assert (dry.way, dry.tried, dry.readable, ids_of(tmp_path)) == ("warehouse", 1, 1, ["m1", "m2"])
    (done,) = replay(settings, CONTRACT)
    assert (done.way, done.readable, ids_of(tmp_path)) == ("warehouse", 1, ["m0", "m1", "m2"])
    assert differences(settings) == []
    assert list(replay(settings, CONTRACT)) == []
    assert survey_source(settings, settings.sources["default"]).loaded_by_other_settings() == ()
