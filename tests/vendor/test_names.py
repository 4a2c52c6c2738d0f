"""The one name function has the known answers, and those of a second function written from the same page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loaders.transform.names import RESERVED, event_table, name
from tests.independent import names as again
from tests.independent.known_names import naming_cases
from tests.independent.rows import event_table as event_table_again


def test_known_keys_have_their_known_names() -> None:
    cases = naming_cases()
    assert {key: name(key) for key in cases} == cases


def test_reserved_words_are_the_same() -> None:
    assert RESERVED == again.RESERVED


@given(st.text(alphabet="abcXYZ019_ -.$é", max_size=80))
def test_both_functions_agree_on_any_key(key: str) -> None:
    assert name(key) == again.name_of(key)


@given(st.sampled_from(["users", "Tracks", "_users", "accounts", "a", "Order Completed", "screens ", "é", "PAGES"]))
def test_event_tables_never_take_a_name_that_is_taken(event: str) -> None:
    if name(event):
        assert event_table(name(event)) == event_table_again(event)
