"""Lines of keys: headings, dotted and quoted keys, inline tables, and texts of several lines that look like keys."""

from __future__ import annotations

import pytest

from event_assets.config.description.toml_lines import find_lines, line_of

TEXT = '''# a comment
lake = "lake"
lake_note = """
grace = "never"
"""
budgets.columns = 3
[ sources . "web" ] # a heading
archive = "web"
exclude = { events = [
  "debug*",
] }
[sources.web.storage_options]
'client.key' = 1
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("lake",), 2),
        (("grace",), None),
        (("budgets", "columns"), 6),
        (("sources", "web", "archive"), 8),
        (("sources", "web", "exclude"), 9),
        (("sources", "web", "exclude", "events"), 9),
        (("sources", "web", "storage_options", "client.key"), 13),
        (("sources", "web", "layout"), 7),
        (("sources", "app"), None),
    ],
)
def test_a_key_has_its_line_or_that_of_what_holds_it(key: tuple[str, ...], line: int | None) -> None:
    assert line_of(find_lines(TEXT), key) == line


def test_an_empty_text_has_no_keys() -> None:
    assert find_lines("") == {}


def test_a_text_that_only_looks_like_a_key_is_no_error() -> None:
    text = "a = '''x''' # '''\nb = 1\nc = '''\n\"\\q\" = 2\n'''\n"
    assert line_of(find_lines(text), ("a",)) == 1
