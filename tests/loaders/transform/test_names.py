"""The one function that names tables and columns (contract §5, Names)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.transform.names import MAX_LENGTH, RESERVED, event_name, event_table, events_of, has_name, name, sent_words
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
    ("1CComega", "_1cc_omega"),
    ("2FAEnabled", "_2fae_nabled"),
    ("2x4", "_2x_4"),
    ("21stCentury", "_21st_century"),
    ("9Mega", "_9mega"),
    ("A1B2c3D", "a1_b2_c3_d"),
    ("_" * 63 + "a", "_a_fpnmoaae"),
    ("x" * 70, f"{'x' * 27}_{'x' * 26}_abmiobjj"),
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
    assert event_table("order") == "_order"
    for event in ("users", "_users", "signed_up", "_private", "order", "_order"):
        assert event in events_of(event_table(event))
    assert events_of("_private") == ("_private",)


def test_the_name_of_an_event_has_no_underscore_that_avoids_a_clash() -> None:
    names = {"Order": "order", "_order": "_order", "Users": "users", "1st": "_1st", "Signed Up": "signed_up", "é": ""}
    assert {event: event_name(event) for event in names} == names


ENDS = st.text(alphabet="abXY019_ .", max_size=40)


@given(ENDS, ENDS)
def test_names_that_are_too_long_meet_only_if_their_words_are_the_same(one: str, other: str) -> None:
    stem = "a stem that is longer than any name may be as there are some of entities"
    first, second = name(f"{stem} {one}"), name(f"{stem} {other}")
    assert (first == second) == (name(f"s {one}") == name(f"s {other}"))
    assert name(first) == first
    assert len(first) <= MAX_LENGTH


def test_the_words_of_a_name_leave_its_hash_out() -> None:
    assert sent_words("_utm_source1") == ["utm", "source1"]
    assert sent_words(name("x" * 70)) == ["x" * 27, "x" * 26]


def test_a_key_without_a_name_has_no_column_in_any_position() -> None:
    assert column_of("track", "properties", ("a", "$", "b")) is None
    assert column_of("track", "context", ("日本語",)) is None
    assert column_of("track", "context", ("page", "URL")) == "context_page_url"
    assert column_of("page", "properties", ("Name",)) == "_name"
    assert column_of("track", "properties", ("name",)) == "name"
