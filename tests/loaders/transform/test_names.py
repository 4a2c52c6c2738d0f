"""The one function that names tables and columns (contract §5, Names)."""

from __future__ import annotations

import pytest

from loaders.transform.names import RESERVED, event_table, events_of, has_name, name
from loaders.transform.placement import column_of
from tests.conftest import shared_files

OWN = [
    ("Order Completed", "order_completed"),
    ("HTMLPage", "html_page"),
    ("pageHTML", "page_html"),
    ("step3Done", "step3_done"),
    ("abc123def", "abc123_def"),
    ("7days", "_7days"),
    ("  spaced  out  ", "spaced_out"),
    ("__private", "__private"),
    ("a.b-c/d", "a_b_c_d"),
    ("select", "_select"),
    ("Ünï", "n"),
    ("", ""),
    ("☃", ""),
    ("x" * 70, "x" * 63),
]
KNOWN = [
    (line.partition("\t")[0], line.partition("\t")[2])
    for file in shared_files("cases/naming.tsv")
    for line in file.read_text().splitlines()[1:]
]


@pytest.mark.parametrize(("text", "expected"), OWN + KNOWN)
def test_a_text_has_one_name(text: str, expected: str) -> None:
    assert name(text) == expected


def test_the_reserved_words_are_those_that_were_agreed() -> None:
    for file in shared_files("cases/reserved.txt"):
        assert set(file.read_text().split()) == RESERVED
    assert {"user", "order", "tableoid"} <= RESERVED


def test_no_name_is_longer_than_a_warehouse_allows_or_changes_when_named_again() -> None:
    for text, _ in OWN + KNOWN:
        assert len(name(text)) <= 63
        assert name(name(text)) == name(text) or name(text) in {f"_{word}" for word in RESERVED}


def test_only_names_with_a_letter_or_digit_are_names() -> None:
    assert has_name("é1")
    assert not has_name("$_")


def test_an_event_table_never_takes_the_place_of_another() -> None:
    assert event_table("users") == "_users"
    assert event_table("signed_up") == "signed_up"
    for event in ("users", "_users", "signed_up", "_private"):
        assert event in events_of(event_table(event))
    assert events_of("_private") == ("_private",)


def test_a_key_without_a_name_has_no_column_in_any_position() -> None:
    assert column_of("track", "properties", ("a", "$", "b")) is None
    assert column_of("track", "context", ("日本語",)) is None
    assert column_of("track", "context", ("page", "URL")) == "context_page_url"
    assert column_of("page", "properties", ("Name",)) == "_name"
    assert column_of("track", "properties", ("name",)) == "name"
