"""Contracts over a dirty archive: the independent reader explains the tables, and no order of loads changes them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from event_assets.demo.generate import generate
from loaders.transform.contracts.contract import Contracts, EventContract
from tests.drive import Place, archive_hours, load_archive, place
from tests.independent.junk import Junk
from tests.promises.archives import condense, rudderstack_files
from tests.promises.compare import differences
from tests.promises.proof import prove, prove_sums, read_again

VIEWED = {
    "type": "object",
    "required": ["product_id", "price"],
    "properties": {"price": {"type": "number", "maximum": 60}, "product_id": {"type": "string"}},
}
ADDED = {"type": "object", "properties": {"quantity": {"type": "integer", "maximum": 1}}}
SCHEMAS = {"Product Viewed": VIEWED, "Product Added": ADDED}
CONTRACTS = Contracts(
    "evolve",
    tuple(
        EventContract("track", name, "quarantine", {"properties": {"properties": schema}}, f"{name}.json")
        for name, schema in SCHEMAS.items()
    ),
)
JUNK = Junk(contracts=tuple((name, json.dumps(schema)) for name, schema in SCHEMAS.items()))


@pytest.mark.slow
def test_a_dirty_archive_under_contracts_is_what_the_independent_reader_expects_in_any_order(tmp_path: Path) -> None:
    generate(tmp_path / "demo", events=1_200, days=1)
    archive = condense(tmp_path / "demo", tmp_path / "archive", hours=8)

    def under_contracts(folder: str) -> Place:
        where = place(archive, tmp_path / folder)
        return replace(where, source=replace(where.source, contracts=CONTRACTS))

    ordered, shuffled = under_contracts("ordered"), under_contracts("shuffled")
    load_archive(ordered)
    read = read_again(rudderstack_files(archive), junk=JUNK)
    assert sum(read.refused.values()) > 40
    prove(ordered, read)
    prove_sums(ordered.settings, ordered.source)
    hours = archive_hours(shuffled)
    Random(3).shuffle(hours)
    load_archive(shuffled, hours)
    load_archive(shuffled, hours[:2], reload=True)
    assert differences(ordered.warehouse, shuffled.warehouse) == []
