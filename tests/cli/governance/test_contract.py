"""`tideline contract`: what is printed, written and returned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from event_assets.cli.app import run
from event_assets.config.settings import load_settings
from tests.defs.build import hour, track, write_config, write_file
from tests.pipeline.contracts.build import load_all, write_contract


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hours of events in the lake, five of which violate the contract, and one of a hostile name."""
    folder = tmp_path_factory.mktemp("contract")
    write_config(folder)
    for number in range(2):
        events = [track(f"m{number}-{n}", at=hour(number), event="Bought", price=n - 2) for n in range(40)]
        events += [track(f"x{number}", at=hour(number), event="\x1b[31mred", price=1)]
        write_file(folder / "archive", hour(number), events)
    write_file(folder / "archive", hour(1), [track("bad", at=hour(1), event="Bought", price="x")], part=1)
    load_all(load_settings({"TIDELINE_CONFIG": str(folder / "tideline.toml")}))
    write_contract(folder, {"price": {"type": "number", "minimum": 0}})
    return folder


@pytest.fixture(autouse=True)
def inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("TIDELINE_CONFIG", raising=False)


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_check_counts_by_event_path_and_sdk_and_writes_examples(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = folder / "examples.jsonl"
    assert run(["contract", "check", "--json", "--examples", str(examples)]) == 3
    (source,) = document(capsys)["sources"]
    assert (source["hours"], source["checked"], source["violating"]) == (2, 81, 5)
    found = [(one["path"], one["problem"], one["events"]) for one in source["violations"]]
    assert found == [("properties.price", "is less than 0", 4), ("properties.price", "is a string, not number", 1)]
    assert source["without_contract"] == {"\x1b[31mred": 2}
    lines = [json.loads(line) for line in examples.read_text().splitlines()]
    assert [line["event"]["properties"]["price"] for line in lines] == [-2, -1, "x", -2]
    assert {line["problems"][0]["path"] for line in lines} == {"properties.price"}


def test_the_hours_and_the_events_of_a_check_are_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["contract", "check", "--json", "--from", "2026-01-31T07", "--to", "2026-01-31T07"]) == 3
    assert document(capsys)["sources"][0]["hours"] == 1
    assert run(["contract", "check", "--event", "Bought"]) == 3
    printed = capsys.readouterr()
    assert "default: 5 of 81 events violate their contract, of 1 contract, in 2 hours." in printed.out
    assert "\x1b" not in printed.err
    assert run(["contract", "check", "--event", "Sold"]) == 2
    assert "no contract for the event 'Sold'" in capsys.readouterr().err


def test_contracts_are_listed_with_how_they_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["contract", "list", "--json"]) == 0
    (one,) = document(capsys)["contracts"]
    assert (one["event"], one["mode"], one["checked"]) == ("Bought", "evolve", "by column")


def test_an_imported_plan_is_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = {"type": "TRACK", "key": "Sold", "version": 1, "jsonSchema": {"type": "object"}}
    plan = folder / "plan.json"
    plan.write_text(json.dumps({"data": {"rules": [rule]}}))
    assert run(["contract", "import", str(plan), "--folder", str(folder / "new"), "--mode", "strict"]) == 2
    assert "is no mode" in capsys.readouterr().err
    assert run(["contract", "import", str(plan), "--folder", str(folder / "new"), "--mode", "report"]) == 0
    assert "Segment: 1 contracts written" in capsys.readouterr().out
    assert json.loads((folder / "new" / "sold.json").read_text())["x-tideline"]["mode"] == "report"


def test_a_check_without_a_contract_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_config(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(["contract", "check"]) == 2
    assert "tideline contract import" in capsys.readouterr().err
    assert run(["contract", "list"]) == 0


def test_a_broken_contract_ends_every_command_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_config(tmp_path)
    monkeypatch.chdir(tmp_path)
    write_contract(tmp_path, {}).write_text('{\n"type": ["object",]}')
    assert run(["status"]) == 2
    assert "Bought.json, line 2: not valid JSON" in capsys.readouterr().err


def test_a_load_ends_with_the_violations_of_its_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path)
    for number, bad in enumerate((0, 2, 1)):
        events = [track(f"m{number}-{n}", at=hour(number), event="Bought", price=n - bad) for n in range(20)]
        write_file(tmp_path / "archive", hour(number), events)
    write_file(tmp_path / "archive", hour(2), [track("x", at=hour(2), event="Bought", price="free")], part=1)
    write_contract(tmp_path, {"price": {"type": "number", "minimum": 0}}, mode="quarantine")
    monkeypatch.chdir(tmp_path)
    line = (
        "tideline: warning: default: 4 of 61 events violate their contract, 4 of them are quarantined: of 3 'Bought'"
        " properties.price is less than 0. All of them: tideline contract check (2026-01-31T08, 2026-01-31T09)\n"
    )
    assert run(["load", "--config", str(config)]) == 0
    assert capsys.readouterr().err[-len(line) :] == line
    assert run(["status", "--json"]) == 0
    assert [one["count"] for one in document(capsys)["sources"][0]["warnings"]] == [4]
    assert run(["load", "--reload", "--to", "2026-01-31T07", "--strict"]) == 0
    capsys.readouterr()
    assert run(["load", "--reload", "--from", "2026-01-31T08", "--to", "2026-01-31T08", "--strict", "--json"]) == 3
    (warning,) = document(capsys)["warnings"]
    assert (warning["kind"], warning["count"]) == ("contract", 2)
