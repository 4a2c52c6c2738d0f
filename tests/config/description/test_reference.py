"""The reference in docs/configuration.md matches the declarations."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from event_assets.config.declaration import Setting
from event_assets.config.description.reference import PAGE, write_reference
from event_assets.config.layers import TABLES, TOP_LEVEL
from event_assets.config.source_table import SOURCE
from tests.conftest import ROOT


def test_the_page_is_current() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert page == write_reference(page), "run `make docs-reference`"


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="begin flags"):
        write_reference("# Configuration\n")


@pytest.mark.parametrize("table", [TOP_LEVEL, SOURCE, *TABLES.values()], ids=["top", "source", *TABLES])
def test_every_text_is_sentences_that_fit_into_a_table(table: Mapping[str, Setting]) -> None:
    for name, setting in table.items():
        assert re.fullmatch(r"[A-Z`\[][^|\n]*\.", setting.description), name
