"""Tracking plans of Segment and RudderStack, in their published forms, become contracts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from event_assets.config.governance.contracts import read_contracts
from event_assets.config.settings import SettingsError
from event_assets.pipeline.contracts.plans import read_plan
from event_assets.pipeline.contracts.write import import_plan
from loaders.transform.contracts.check import find_violating, plan_of
from tests.loaders.transform.contracts.build import frame_of

DRAFT_7 = "http://json-schema.org/draft-07/schema#"
PAID = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}


def whole(properties: dict[str, Any], member: str = "properties") -> dict[str, Any]:
    others = {name: {"type": "object"} for name in ("context", "traits", "properties") if name != member}
    return {"$schema": DRAFT_7, "type": "object", "properties": {member: properties, **others}, "labels": {}}


def segment_public() -> dict[str, Any]:
    """The answer of the Public API to the rules of a tracking plan."""
    device = {
        "properties": {"device": {"type": "object", "required": ["id"]}},
        "required": ["device"],
        "type": "object",
    }
    rules = [
        {"type": "TRACK", "key": "Paid", "version": 1, "jsonSchema": whole({"type": "object"})},
        {"type": "TRACK", "key": "Paid", "version": 2, "jsonSchema": whole(PAID), "createdAt": "2026-01-01"},
        {"type": "TRACK", "key": "page / view", "version": 1, "jsonSchema": whole({"type": "object"})},
        {
            "type": "IDENTIFY",
            "key": None,
            "version": 1,
            "jsonSchema": whole({"type": "object", "required": ["email"]}, "traits"),
        },
        {
            "type": "COMMON",
            "key": None,
            "version": 1,
            "jsonSchema": {"$schema": DRAFT_7, "properties": {"context": device}},
        },
        {"type": "CLICK", "key": "x", "version": 1, "jsonSchema": whole({})},
    ]
    return {"data": {"rules": rules, "pagination": {"current": "MA==", "totalEntries": len(rules)}}}


def segment_former() -> dict[str, Any]:
    """A tracking plan of the Config API."""
    rules = {
        "events": [{"name": "Paid", "description": "", "version": 1, "rules": whole(PAID)}],
        "identify": whole({"type": "object", "required": ["email"]}, "traits"),
        "group": {},
        "global": {"$schema": DRAFT_7, "type": "object", "properties": {}},
        "identify_traits": [],
        "group_traits": [],
    }
    return {"name": "workspaces/w/tracking-plans/rs_1", "display_name": "Shop", "rules": rules}


def rudderstack() -> dict[str, Any]:
    """A tracking plan of the Data Catalog API with the schemas of its events."""
    common = {"description": "", "categoryId": None, "workspaceId": "w", "createdBy": "u"}
    traits = {
        "type": "object",
        "additionalProperties": True,
        "properties": {"email": {"type": "string"}},
        "required": ["email"],
    }
    context = {"$schema": DRAFT_7, "type": "object", "properties": {"context": {"properties": {"traits": traits}}}}
    events = [
        {
            "id": "ev_1",
            "name": "Paid",
            "eventType": "track",
            "identitySection": "properties",
            "rules": whole(PAID),
            **common,
        },
        {
            "id": "ev_2",
            "name": "",
            "eventType": "identify",
            "identitySection": "context.traits",
            "rules": context,
            **common,
        },
    ]
    return {"id": "tp_1", "name": "Shop", "version": 3, "creationType": "Data catalog API", "events": events}


def rudderstack_names() -> dict[str, Any]:
    """A tracking plan with the properties of its events as lists."""
    item = {
        "id": "p2",
        "name": "item",
        "required": False,
        "properties": [{"id": "p3", "name": "sku", "required": True}],
    }
    listed = [{"id": "p1", "name": "total", "type": "number", "required": True}, item]
    event = {"id": "ev_1", "name": "Paid", "eventType": "track", "identitySection": "properties"}
    return {"id": "tp_1", "events": [{**event, "additionalProperties": False, "properties": listed}]}


PLANS = {
    "Segment": segment_public, "Segment before": segment_former, "RudderStack": rudderstack,
    "RudderStack names": rudderstack_names,
}  # fmt: skip


@pytest.mark.parametrize("form", PLANS)
def test_an_imported_plan_is_checked(tmp_path: Path, form: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(PLANS[form]()))
    done = import_plan(file, tmp_path / "contracts", mode="report", replace=False)
    assert done.product == form.split(" ")[0]
    contracts = {one.key: one for one in read_contracts(tmp_path / "contracts", "default", "evolve").events}
    paid = contracts["track", "Paid"]
    assert paid.mode == "report"
    rows = frame_of([{"total": 1}, {"total": "x"}, {}])
    found = {violating.row: violating.problems for violating in find_violating(rows, [paid])}
    if form == "Segment":
        assert [problem.path for problem in found.pop(0)] == ["context.device"]
    totals = {
        row: {one.problem for one in problems if one.path == "properties.total"} for row, problems in found.items()
    }
    assert totals == {1: {"is a string, not number"}, 2: {"is missing"}}
    assert plan_of(paid.text) is not None
    again = import_plan(file, tmp_path / "contracts", mode="report", replace=False)
    assert (again.written, len(again.unchanged)) == ((), len(done.written))


def test_what_is_no_rule_of_an_event_is_left_out_and_named(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(segment_public()))
    done = import_plan(file, tmp_path / "contracts", mode=None, replace=False)
    assert done.left_out == ("rule 5: 'click' is no type of event",)
    assert sorted(path.name for path in done.written) == ["identify.json", "page_view.json", "paid.json"]


def test_traits_in_the_context_are_checked_where_rudderstack_has_them(tmp_path: Path) -> None:
    plan = read_plan(rudderstack())
    assert plan is not None
    identify = next(event for event in plan.events if event.type == "identify")
    assert identify.schema["properties"]["context"]["properties"]["traits"]["required"] == ["email"]


def test_a_file_that_is_there_and_differs_is_kept(tmp_path: Path) -> None:
    file, kept = tmp_path / "plan.json", tmp_path / "contracts" / "paid.json"
    file.write_text(json.dumps(rudderstack()))
    kept.parent.mkdir()
    kept.write_text("{}")
    with pytest.raises(SettingsError, match="--replace"):
        import_plan(file, kept.parent, mode=None, replace=False)
    assert [path.name for path in kept.parent.iterdir()] == ["paid.json"]
    import_plan(file, kept.parent, mode=None, replace=True)
    assert kept.read_text() != "{}"


@pytest.mark.parametrize(
    "content", ["{}", "[]", "5", "{", '{"rules": {"events": []}}', '"x"', '{"events": [{"name": "a"}]}']
)
def test_what_is_no_plan_is_an_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(content)
    with pytest.raises(SettingsError, match=r"plan\.json"):
        import_plan(file, tmp_path / "contracts", mode=None, replace=False)


def test_names_that_are_alike_and_hostile_get_files_of_their_own(tmp_path: Path) -> None:
    names = ["Paid", "paid", "../../etc/passwd", "日本", "identify", "x" * 300]
    rules = [{"type": "TRACK", "key": name, "version": 1, "jsonSchema": whole(PAID)} for name in names]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(rules))
    done = import_plan(file, tmp_path / "contracts", mode=None, replace=False)
    assert len(set(done.written)) == len(names)
    assert {path.parent for path in done.written} == {tmp_path / "contracts"}
    assert {one.event for one in read_contracts(tmp_path / "contracts", "default", "evolve").events} == set(names)
