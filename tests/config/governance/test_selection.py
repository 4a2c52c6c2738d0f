"""`include` and `exclude`: what each key reads as, and what a mistake is told."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from event_assets.config.description.schema import json_schema
from event_assets.config.layers import Flags
from event_assets.config.parse import SettingsError
from event_assets.config.settings import Settings
from loaders.transform.rules.path_values import PathValues
from loaders.transform.selection import Rule, Selection
from tests.config.test_settings import load


def read(rules: str, folder: Path) -> Settings:
    """The settings of a source with these keys."""
    text = f"warehouse = 'w.duckdb'\nlake = 'lake'\n[source]\narchive = 'a'\n{rules}\n"
    return load(text, folder, Flags())


def test_every_criterion_is_read(tmp_path: Path) -> None:
    rules = (
        "include = {user_ids = ['u*'], paths = [{path = 'channel', values = ['web']}]}\n"
        "keep_members = ['rudderId']\n"
        "[source.exclude]\ntypes = ['screen']\nbots = true\nnot_bots = ['okhttp/*']\n"
        "path = 'context.app.env'\nvalues = ['staging', 3, 0.5, true]\n"
        "[[source.exclude.paths]]\npath = ['properties', 'a.b']\nvalues = ['x']\n"
        "[[source.exclude.paths]]\npath = 'rudderId'\nvalues = ['y']\n"
    )
    selection = read(rules, tmp_path).sources["default"].selection
    assert selection == Selection(
        Rule(user_ids=("u*",), paths=(PathValues(("channel",), ("web",)),)),
        Rule(
            types=("screen",),
            paths=(
                PathValues(("context", "app", "env"), ("staging", 3, 0.5, True)),
                PathValues(("properties", "a.b"), ("x",)),
                PathValues(("rudderId",), ("y",)),
            ),
            bots=True,
            not_bots=("okhttp/*",),
        ),
    )


MISTAKES = [
    ("exclude = {path = 'context.app.env'}", ["exclude", "path and values", 'values = ["staging"]']),
    ("exclude = {values = ['staging']}", ["exclude", "path and values", 'path = "context.app.env"']),
    ("exclude = {path = 'context..env', values = ['x']}", ["exclude.path", "'context..env'", '"context.app.env"']),
    ("exclude = {path = 'context', values = ['x']}", ["exclude.path", "whole object", '"context.env"']),
    ("exclude = {path = 'userId.x', values = ['x']}", ["exclude.path", "without members", "'userId'"]),
    ("exclude = {path = 'type', values = ['screen']}", ["exclude.path", 'types = ["screen"]']),
    ("exclude = {path = 'sentAt', values = ['x']}", ["exclude.path", "'sentAt'", "retain_days"]),
    ("exclude = {path = 'context.a', values = []}", ["exclude.values", "one or more", '["staging", "test-*"]']),
    ("exclude = {path = 'context.a', values = [nan]}", ["exclude.values", "numbers"]),
    ("exclude = {path = 'context.a', values = [['x']]}", ["exclude.values", "texts, numbers"]),
    ("exclude = {paths = {path = 'context.a', values = ['x']}}", ["exclude.paths", "list of tables", "[{path"]),
    ("exclude = {paths = [{path = 'context.a'}]}", ["exclude.paths[0]", "belong together"]),
    ("exclude = {paths = [{path = 'context.a', value = ['x']}]}", ["'value'", "exclude.paths[0]", "'values'"]),
    (
        "exclude = {paths = [{path = 'cotext.a', values = ['x']}]}",
        ["exclude", "'cotext.a'", "keep_members = ['cotext']"],
    ),
    ("exclude = {user_ids = 'u1'}", ["exclude.user_ids", "list of texts"]),
    ("exclude = {bots = 'yes'}", ["exclude.bots", "true or false"]),
    ("exclude = {not_bots = ['okhttp/*']}", ["exclude.not_bots", "bots = true"]),
    ("include = {bots = true}", ["include", "exclude = {bots = true}"]),
]


@pytest.mark.parametrize(("rules", "words"), MISTAKES)
def test_a_mistake_names_the_key_and_an_example(rules: str, words: list[str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        read(rules, tmp_path)
    assert "\n" not in str(raised.value)
    assert [word for word in words if word not in str(raised.value)] == [], str(raised.value)


def test_editors_know_the_criteria() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    pair = {"path": ["context", "a.b"], "values": ["x", 1, True]}
    good = {"user_ids": ["u"], "paths": [pair], "bots": True, "not_bots": ["x"], **pair}
    assert [error.message for error in validator.iter_errors({"source": {"exclude": good}})] == []
    for bad in ({"paths": [{"path": "a"}]}, {"bots": "yes"}, {"path": "a", "values": []}, {"user": ["x"]}):
        assert list(validator.iter_errors({"source": {"exclude": bad}}))
