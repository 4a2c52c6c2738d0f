"""Names that version 0.1 gave: what has them keeps them, and nothing else gets them (contract §5, Names)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loaders.transform.catalog import WHOLE, Catalog, DropTarget
from loaders.transform.kept_names import event_name_in, find_kept, former_name
from loaders.transform.names import event_name, name
from loaders.transform.placement import column_of
from tests.independent import names as again
from tests.loaders.catalog.test_file import catalog_of, column

LONG = "x" * 70
FORMER = {"1CComega": "_1c_comega", "2FAEnabled": "_2fa_enabled", "2x4": "_2x4", LONG: "x" * 63, "Order": "_order"}


def test_the_former_names_are_those_that_version_0_1_gave() -> None:
    assert {text: former_name(text) for text in FORMER} == FORMER


@given(st.text(alphabet="abXY019_ .é", max_size=90))
def test_a_second_function_gives_the_same_former_names(text: str) -> None:
    assert former_name(text) == again.former_name_of(text)


@given(st.text(alphabet="abXY019_ .é", max_size=90))
def test_a_name_that_is_not_listed_as_kept_is_the_same_by_both_rules(text: str) -> None:
    former = former_name(text)
    catalog = catalog_of(column("t", former, "int")) if former else Catalog()
    listed = former in find_kept(catalog, {"t": [former]}).get("t", frozenset())
    assert listed or former in {name(text), ""}


def test_what_exists_keeps_its_name_and_what_does_not_exist_gets_the_new_one() -> None:
    kept = frozenset({"_2x4", "context_2x4"})
    assert column_of("track", "properties", ("2x4",), kept) == "_2x4"
    assert column_of("track", "context", ("2x4",), kept) == "context_2x4"
    assert column_of("track", "context", ("2x4",), kept - {"context_2x4"}) == "context_2x_4"
    assert column_of("track", "properties", ("2x4",)) == "_2x_4"
    assert column_of("track", "properties", ("other",), kept) == "other"


def test_an_event_table_that_exists_keeps_its_events() -> None:
    assert event_name_in(frozenset({"_2fa_enabled"}), "2FAEnabled") == "_2fa_enabled"
    assert event_name_in(frozenset({"_2fa_enabled"}), "2x4") == event_name("2x4") == "_2x_4"
    assert event_name_in(frozenset({"_order"}), "Order") == "order"


def test_only_tables_that_exist_keep_names_and_what_was_dropped() -> None:
    catalog = catalog_of(column("_2x4", "_1st", "int"), column("_2x4", "n", "int"), column("t", "_9mega", "int"))
    layout = {"_2x4": ["id", "_1st", "n"]}
    assert find_kept(catalog, layout) == {"_2x4": {WHOLE, "_1st"}}
    assert find_kept(catalog, {}) == {}
    dropped = Catalog(catalog.tables, frozenset({DropTarget("t", "_9mega"), DropTarget("x" * 63)}))
    assert find_kept(dropped, layout) == {"_2x4": {WHOLE, "_1st"}, "t": {"_9mega"}, "x" * 63: {WHOLE}}
