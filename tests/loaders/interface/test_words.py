"""A number and its noun agree."""

from __future__ import annotations

from loaders.interface.words import counted


def test_a_number_and_its_noun_agree() -> None:
    assert [counted(number, "row") for number in (0, 1, 2, 1234)] == ["0 rows", "1 row", "2 rows", "1,234 rows"]
    assert counted(1, "row is", "rows are") == "1 row is"
    assert counted(2, "row is", "rows are") == "2 rows are"
