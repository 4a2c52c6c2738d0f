"""The JSON Schema: it accepts every configuration of the pages and the tests, and refuses the mistakes it can know."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from event_assets.config.description.schema import SCHEMA_LINE, SCHEMA_NAME, json_schema, schema_text
from event_assets.config.file import demo_configuration
from event_assets.config.layers import KEYS
from event_assets.config.source_table import SOURCE
from event_assets.events.mapping.shipped import preset_names, preset_table
from tests.config.test_settings import EVERY_KEY, MISTAKES
from tests.defs.build import write_config
from tests.docs.pages import Block, blocks

UNSEEN = ("[source]\nmapping = {event = 'type'}", "this is no TOML")
"""Mistakes that only the reader of the file sees."""


def problems(text: str) -> list[str]:
    """Return what the schema refuses in a configuration; dates are texts in JSON."""
    document = json.loads(json.dumps(tomllib.loads(text), default=date.isoformat))
    validator = jsonschema.Draft202012Validator(json_schema())
    return [error.message for error in validator.iter_errors(document)]


def test_it_is_a_schema_of_2020_12_that_names_every_setting() -> None:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(schema["properties"]) == set(KEYS)
    assert list(schema["$defs"]["source"]["properties"]) == list(SOURCE)
    assert schema["properties"]["grace"]["default"] == "10m"
    assert f"#:schema ./{SCHEMA_NAME}\n" == SCHEMA_LINE


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block.place)
def test_it_accepts_the_configurations_of_the_pages(block: Block) -> None:
    assert problems(block.text) == []


def test_it_accepts_the_configurations_of_the_tests_and_the_demo(tmp_path: Path) -> None:
    assert problems(EVERY_KEY) == []
    assert problems(demo_configuration(tmp_path)) == []
    assert problems(write_config(tmp_path).read_text()) == []


@pytest.mark.parametrize("name", preset_names())
def test_it_accepts_the_mappings_that_are_shipped(name: str) -> None:
    mapping = preset_table(name)
    validator = jsonschema.Draft202012Validator(json_schema())
    assert list(validator.iter_errors({"source": {"archive": "a", "mapping": mapping}})) == []


@pytest.mark.parametrize("text", [text for text, _ in MISTAKES if text not in UNSEEN])
def test_it_refuses_the_mistakes_that_the_reader_refuses(text: str) -> None:
    assert problems(text) != []
