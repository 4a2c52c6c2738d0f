"""A project of RudderStack's command line, in both of its published forms, becomes contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from event_assets.config.governance.contracts import read_contracts
from event_assets.config.settings import SettingsError
from event_assets.pipeline.contracts.write import import_plan
from loaders.transform.contracts.check import find_violating
from loaders.transform.contracts.contract import EventContract
from tests.loaders.transform.contracts.build import frame_of

EVENTS: Final = """
  events:
    - id: order_paid
      name: "Order Paid"
      event_type: track
      description: Paid at the till
    - {id: left, name: Left, event_type: track}
    - {id: signed_up, event_type: identify}
"""
V1: Final = {
    "plan.yaml": """
version: rudder/v1
kind: tracking-plan
metadata: {name: shop}
spec:
  id: shop
  display_name: Shop
  rules:
    - type: event_rule
      id: order_paid_rule
      event: "#event:order_paid"
      properties:
        - {property: "#property:total", required: true}
        - {property: "#property:country"}
        - {property: "#property:tags"}
        - {property: "#property:mail"}
        - property: "#property:address"
          additional_properties: false
          properties:
            - {property: "#property:country", required: true}
        - property: "#property:items"
          properties:
            - {property: "#property:sku", required: true}
      variants:
        - type: discriminator
          discriminator: "#property:country"
          cases:
            - {display_name: In Norway, match: [NO], properties: [{property: "#property:sku", required: true}]}
          default:
            properties: [{property: "#property:mail", required: true}]
    - {type: event_rule, id: left_rule, event: "#event:left", additional_properties: true}
    - type: event_rule
      id: signed_up_rule
      event: "#event:signed_up"
      identity_section: context.traits
      properties: [{property: "#property:mail", required: true}]
    - {type: event_rule, id: gone_rule, event: "#event:gone"}
""",
    "catalog/events.yml": "version: rudder/v1\nkind: events\nmetadata: {name: shop}\nspec:" + EVENTS,
    "catalog/properties.yaml": """
version: rudder/v1
kind: properties
metadata: {name: shop}
spec:
  properties:
    - {id: total, name: total, types: [number, "null"], config: {minimum: 0, exclusive_maximum: 1000}}
    - {id: country, name: country, type: string, config: {enum: [NO, SE, 2026-01-31]}}
    - {id: tags, name: tags, type: array, item_types: [string, integer], config: {max_items: 2}}
    - {id: mail, name: mail, type: "#custom-type:mail_type"}
    - {id: address, name: address, type: object}
    - {id: items, name: items, type: array}
    - {id: sku, name: sku, type: string, config: {min_length: 2}}
---
version: rudder/v1
kind: custom-types
metadata: {name: shop}
spec:
  types:
    - {id: mail_type, name: Mail, type: string, config: {pattern: "@"}}
""",
    "catalog/notes.yaml": "a: list of other things\n",
}
V0: Final = {
    "plan.yaml": """
version: rudder/v0.1
kind: tp
metadata: {name: shop}
spec:
  id: shop
  display_name: Shop
  rules:
    - type: event_rule
      id: order_paid_rule
      event: {$ref: "#/events/shop/order_paid", allow_unplanned: false}
      properties:
        - {$ref: "#/properties/shop/total", required: true}
        - {$ref: "#/properties/shop/country"}
        - {$ref: "#/properties/shop/tags"}
        - {$ref: "#/properties/shop/mail"}
        - $ref: "#/properties/shop/address"
          additionalProperties: false
          properties:
            - {$ref: "#/properties/shop/country", required: true}
        - $ref: "#/properties/shop/items"
          properties:
            - {$ref: "#/properties/shop/sku", required: true}
      variants:
        - type: discriminator
          discriminator: "#/properties/shop/country"
          cases:
            - {display_name: In Norway, match: [NO], properties: [{$ref: "#/properties/shop/sku", required: true}]}
          default: [{$ref: "#/properties/shop/mail", required: true}]
    - {type: event_rule, id: left_rule, event: {$ref: "#/events/shop/left", allow_unplanned: true}}
    - type: event_rule
      id: signed_up_rule
      event: {$ref: "#/events/shop/signed_up", identity_section: context.traits}
      properties: [{$ref: "#/properties/shop/mail", required: true}]
    - {type: event_rule, id: gone_rule, event: {$ref: "#/events/shop/gone"}}
""",
    "events.yaml": "version: rudder/0.1\nkind: events\nmetadata: {name: shop}\nspec:" + EVENTS,
    "properties.yaml": """
version: rudder/0.1
kind: properties
metadata: {name: shop}
spec:
  properties:
    - {id: total, name: total, type: "number, null", propConfig: {minimum: 0, exclusiveMaximum: 1000}}
    - {id: country, name: country, type: string, propConfig: {enum: [NO, SE, 2026-01-31]}}
    - {id: tags, name: tags, type: array, propConfig: {itemTypes: [string, integer], maxItems: 2}}
    - {id: mail, name: mail, type: "#/custom-types/shop/mail_type"}
    - {id: address, name: address, type: object}
    - {id: items, name: items, type: array}
    - {id: sku, name: sku, type: string, propConfig: {minLength: 2}}
""",
    "types.yaml": """
version: rudder/0.1
kind: custom-types
metadata: {name: shop}
spec:
  types:
    - {id: mail_type, name: Mail, type: string, config: {pattern: "@"}}
""",
}
GOOD: Final[dict[str, Any]] = {"total": 5, "country": "SE", "mail": "a@b"}
BAD: Final[dict[str, dict[str, Any]]] = {
    "properties.total": {"total": -1},
    "properties.country": {"country": "DK"},
    "properties.tags": {"tags": [1, 2, 3]},
    "properties.tags[]": {"tags": [True]},
    "properties.mail": {"mail": "none"},
    "properties.address.country": {"address": {}},
    "properties.address.street": {"address": {"country": "NO", "street": "x"}},
    "properties.items[].sku": {"items": [{"sku": "1"}]},
    "properties.sku": {"country": "NO"},
    "properties.other": {"other": 1},
}


def write_files(folder: Path, files: dict[str, str]) -> Path:
    """A folder of files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def contracts_of(folder: Path) -> dict[tuple[str, str | None], EventContract]:
    return {one.key: one for one in read_contracts(folder, "default", "evolve").events}


def paths_of(contract: EventContract, *events: dict[str, Any]) -> list[set[str]]:
    """The paths at which each event violates a contract."""
    found = {
        one.row: {problem.path for problem in one.problems}
        for one in find_violating(frame_of(events, event=contract.event or ""), [contract])
    }
    return [found.get(row, set()) for row in range(len(events))]


@pytest.mark.parametrize("files", [V1, V0], ids=["v1", "v0.1"])
def test_a_project_becomes_contracts_that_check_what_it_says(files: dict[str, str], tmp_path: Path) -> None:
    project = write_files(tmp_path / "project", files)
    done = import_plan(project, tmp_path / "contracts", mode="report", replace=False)
    assert (done.product, len(done.written)) == ("RudderStack", 3)
    (left_out,) = done.left_out
    assert left_out.startswith("rule gone_rule of shop: #")
    contracts = contracts_of(tmp_path / "contracts")
    paid = contracts["track", "Order Paid"]
    assert paid.mode == "report"
    sound = [
        GOOD,
        {**GOOD, "total": None, "tags": ["a", 1], "country": "2026-01-31"},
        {"total": 1, "country": "NO", "sku": "ab"},
    ]
    assert paths_of(paid, *sound) == [set(), set(), set()]
    assert paths_of(paid, *({**GOOD, **changed} for changed in BAD.values())) == [{path} for path in BAD]
    assert paths_of(paid, {"country": "SE", "mail": "a@b"}) == [{"properties.total"}]
    assert paths_of(contracts["track", "Left"], {"anything": 1}) == [set()]
    assert '"context"' in contracts["identify", None].text
    again = import_plan(project, tmp_path / "contracts", mode="report", replace=False)
    assert (again.written, len(again.unchanged)) == ((), 3)


def test_one_file_is_a_project_where_it_has_all_documents(tmp_path: Path) -> None:
    whole = tmp_path / "all.yml"
    whole.write_text("\n---\n".join(V1.values()))
    assert len(import_plan(whole, tmp_path / "contracts", mode=None, replace=False).written) == 3


RULE: Final = (
    "version: rudder/v1\nkind: tracking-plan\nspec: {id: p, rules: [{id: r, event: '#event:e', properties: [%s]}]}\n"
)
OTHERS: Final = (
    "---\nversion: rudder/v1\nkind: events\nspec: {events: [{id: e, name: E, event_type: track}]}\n"
    "---\nversion: rudder/v1\nkind: properties\nspec: {properties: [{id: a, name: a, type: '#custom-type:t'}]}\n"
    "---\nversion: rudder/v1\nkind: custom-types\n"
    "spec: {types: [{id: t, name: T, type: object, properties: [{property: '#property:a'}]}]}\n"
)
BROKEN: Final = {
    "no YAML": ("a: [1", "line 1"),
    "no plan": ("a: 1", "has no rule of an event"),
    "only a plan": (V1["plan.yaml"], "give the folder that has all files"),
    "a plan of no rules": ("version: rudder/v1\nkind: tp\nspec: {rules: 5}", "has no rule of an event"),
    "a type inside of itself": (RULE % "{property: '#property:a'}" + OTHERS, "is inside of itself"),
    "a reference to nothing": (RULE % "{property: 5}" + OTHERS, "5 is not there"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_no_project_is_an_error_of_one_line(broken: str, tmp_path: Path) -> None:
    text, message = BROKEN[broken]
    file = tmp_path / "plan.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=message) as error:
        import_plan(file, tmp_path / "contracts", mode=None, replace=False)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "contracts").exists()
