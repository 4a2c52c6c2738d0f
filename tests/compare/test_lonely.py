"""Tables, users and columns of which one side has nothing: explained where each row behind them is, and only then."""

from __future__ import annotations

from pathlib import Path

from tests.compare.side_by_side import VENDOR, Events, compare_both, event, load_both, rules_of, unexplained


def taken_ids() -> Events:
    """Events of every type with the id of another one, or with one that is none: the other loader has the first."""
    pages = [event("1", 0, type="page", name="Home", minute=9), event("2", 0, type="screen", name="Home", minute=10)]
    people = [
        event("1", 0, type="identify", userId=f"u-{minute}", traits={"plan": "a"}, minute=minute) for minute in (11, 12)
    ]
    none = [event("undefined", 0, event=name, minute=minute) for minute, name in enumerate(("First", "Second"), 13)]
    return {0: [event("1", 0), event("2", 0, minute=8), *pages, *people, *none]}


def test_tables_of_ids_that_are_taken_there_are_explained(tmp_path: Path) -> None:
    where = load_both(taken_ids(), tmp_path)
    found = compare_both(where)
    assert (unexplained(found), rules_of(found)) == ([], {"copies", "ids"})
    assert {(one.table, one.side, one.rule) for one in found.lonely} == {
        ("identifies", "here", "copies"),
        ("pages", "here", "copies"),
        ("screens", "here", "copies"),
        ("second", "here", "ids"),
        ("users", "here", "copies"),
    }
    where.execute("INSERT INTO events.users (id) VALUES ('u-11 of nobody')")
    where.execute("UPDATE events.pages SET id = 'planted' WHERE id = '1'")
    where.execute("UPDATE events.second SET id = 'planted'")
    where.execute(f"CREATE TABLE {VENDOR}.identifies AS SELECT * FROM events.identifies WHERE false")
    changed = {(one.table, one.rule) for one in compare_both(where).lonely}
    assert changed == {("pages", None), ("screens", "copies"), ("second", None), ("users", None)}
