"""Rules of masking in the configuration file, and what of them is refused (contract §13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from event_assets.config.settings import SettingsError, load_settings
from event_assets.events.masking.rules import MaskRule
from event_assets.lake.config_hash import hash_config

FILE = """
lake = "lake"
warehouse = "warehouse.duckdb"
{top}
[source]
archive = "archive"
layout = "rudderstack"
{source}
"""
KEY = {"TIDELINE_MASKING_KEY": "a key of this test alone"}


def read(
    folder: Path, source: str, environment: dict[str, str] | None = None, *, top: str = ""
) -> tuple[MaskRule, ...]:
    """The rules of the source of a configuration file."""
    return masking_of(folder, source, environment, top=top)[0]


def masking_of(
    folder: Path, source: str, environment: dict[str, str] | None = None, *, top: str = ""
) -> tuple[tuple[MaskRule, ...], str, str]:
    """The rules, the hash of the lake's configuration and that of a load."""
    (folder / "tideline.toml").write_text(FILE.format(top=top, source=source))
    found = load_settings(KEY if environment is None else environment, folder=folder).sources["default"]
    return found.masking.rules, hash_config(found), found.hash_loads("lake")


def test_a_rule_is_a_table_and_a_path_may_be_several(tmp_path: Path) -> None:
    source = """
    [[source.mask]]
    path = ["context.ip", "request_ip"]
    how = "truncate"
    [[source.mask]]
    path = "traits.email"
    how = "hash"
    at = "lake"
    """
    assert read(tmp_path, source) == (
        MaskRule("context.ip", "truncate"),
        MaskRule("request_ip", "truncate"),
        MaskRule("traits.email", "hash", "lake"),
    )
    assert read(tmp_path, 'mask = [{ path = "writeKey", how = "drop" }]\nkeep_members = ["writeKey"]', {})
    assert read(tmp_path, "") == ()


def test_rules_and_key_are_part_of_the_hash_that_status_compares(tmp_path: Path) -> None:
    rule = 'mask = [{{ path = "userId", how = "hash", at = "{}" }}]'
    plain = masking_of(tmp_path, "")[1:]
    other = {"TIDELINE_MASKING_KEY": "another key, as long as it"}
    in_load, in_lake = (masking_of(tmp_path, rule.format(at))[1:] for at in ("load", "lake"))
    assert (in_load[0], in_load[1] != plain[1]) == (plain[0], True)
    assert (in_lake[0] != plain[0], in_lake[1]) == (True, plain[1])
    assert masking_of(tmp_path, rule.format("load"), other)[2] != in_load[1]
    assert masking_of(tmp_path, rule.format("lake"), other)[1] != in_lake[0]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('mask = "context.ip"', "mask is a list of tables"),
        ('mask = [{ how = "drop" }]', "has no path"),
        ('mask = [{ path = "context.ip" }]', "has no how"),
        ('mask = [{ path = "context.ip", how = "md5" }]', "use one of drop, null, hash"),
        ('mask = [{ path = "context.ip", how = "drop", at = "warehouse" }]', "use one of load, lake"),
        ('mask = [{ path = "context.ip", how = "drop", when = "now" }]', "Unknown setting 'when' in mask"),
        ('mask = [{ path = "ip", how = "drop" }]', "must begin with one of context"),
        ('mask = [{ path = "messageId", how = "hash" }]', "messageId cannot be masked"),
        (
            'mask = [{ path = "properties.no", how = "drop" }]\nmapping = { id = ["messageId", "properties.no"] }',
            "makes the id of an event of 'properties.no'",
        ),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(tmp_path: Path, source: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read(tmp_path, source)


def test_a_hash_needs_a_key_that_is_long_enough(tmp_path: Path) -> None:
    rule = 'mask = [{ path = "context.ip", how = "hash" }]'
    for environment in ({}, {"TIDELINE_MASKING_KEY": "short"}):
        with pytest.raises(SettingsError, match="TIDELINE_MASKING_KEY"):
            read(tmp_path, rule, environment)
    assert read(tmp_path, rule.replace("hash", "drop"), {})


def test_the_top_of_the_file_has_no_rules(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Unknown setting 'mask'"):
        read(tmp_path, "", top='mask = [{ path = "context.ip", how = "drop" }]')
