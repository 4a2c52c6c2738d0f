"""Shipped mappings: each is a mapping, and its producer's members are no part of it."""

from __future__ import annotations

import pytest

from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.paths import MappingError
from event_assets.events.mapping.shipped import RECOGNIZE, preset, preset_names, preset_table, recognition


@pytest.mark.parametrize("name", preset_names())
def test_a_shipped_mapping_is_one_that_a_configuration_may_write_too(name: str) -> None:
    assert RECOGNIZE not in preset_table(name)
    assert Mapping.parse(preset_table(name)) == preset(name)


def test_members_that_identify_a_producer_are_paths_or_choices_of_them() -> None:
    known = recognition("wikiticker")
    assert ("channel",) in [path for paths in known.members for path in paths]
    assert known.size == len(known.members) + len(known.line)
    assert recognition("segment-batch").size == 0


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(MappingError, match=r"no preset 'posthogs'; write .*posthog"):
        preset("posthogs")
