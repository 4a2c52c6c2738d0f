"""Three hours of which something is left out: loaded in any order, and given back what was taken."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from loaders.interface.hour import Hour
from loaders.load.load import load_hour
from tests.loaders.tables import Files, check_sums, snapshot
from tests.promises.compare import differences


def check_any_order(tmp_path: Path, chosen: Sequence[Hour], without: Sequence[Hour]) -> None:
    """The tables of the chosen hours are those of hours without what they leave out, in any order with one repeated."""
    reference = Files(tmp_path / "reference.duckdb")
    for hour in without:
        load_hour(reference.warehouse, hour)
    for number, order in enumerate(itertools.permutations(range(3))):
        warehouse = Files(tmp_path / f"{number}.duckdb")
        for step in (*order, order[0]):
            load_hour(warehouse.warehouse, chosen[step], reload=step == order[0])
        assert differences(warehouse.path, reference.path) == []
        check_sums(warehouse)


def check_given_back(files: Files, tmp_path: Path, everything: Sequence[Hour], chosen: Sequence[Hour]) -> None:
    """Hours that are loaded again as chosen give the tables of a first load, and those of before once all is back.

    Until an hour is loaded again its rows stay as they were, and the sums hold at every step.
    """
    for hour in everything:
        load_hour(files.warehouse, hour)
    before = snapshot(files)
    assert {hour.config_hash for hour in chosen}.isdisjoint({hour.config_hash for hour in everything})
    for number in (1, 0, 2):
        load_hour(files.warehouse, chosen[number], reload=True)
        check_sums(files)
    fresh = Files(tmp_path / "fresh.duckdb")
    for hour in chosen:
        load_hour(fresh.warehouse, hour)
    with files.open():
        assert differences(files.path, fresh.path) == []
    for number in (2, 0, 1):
        load_hour(files.warehouse, everything[number], reload=True)
        check_sums(files)
    assert snapshot(files) == before
