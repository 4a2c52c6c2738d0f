"""Promises 1 to 3 on small archives of damaged real lines: nothing lost, nothing doubled, the same in any order."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from event_assets.pipeline.audit.audit import audit
from event_assets.pipeline.audit.draw import Draw
from tests.conftest import on_both_in_time
from tests.drive import archive_hours, load_archive, place
from tests.postgres import Server
from tests.promises.archives import PACKS, choose_pack, hour_number, pack_anyhow, rudderstack_files, write_archive
from tests.promises.compare import differences
from tests.promises.dirty import (
    KINDS,
    RECEIVED,
    Drawn,
    Hours,
    dirty_hours,
    drawn_hours,
    fixed_hours,
    real_lines,
    with_members,
)
from tests.promises.pinned import pin_catalog
from tests.promises.proof import prove, prove_catalog, read_again
from tests.s3 import Store

FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
EXPLORE = int(os.environ.get("EXPLORE", "0"))
"""How many archives `make explore` makes up anew; the tests take the same ones every time."""
MANY = settings(FEW, max_examples=EXPLORE or 20, derandomize=not EXPLORE, print_blob=True)


PER_LOAD: st.SearchStrategy[tuple[int | None, int | None]] = st.sampled_from(
    [(1, None), (2, 1), (None, 2), (None, None), (1, 2)]
)
"""Hours of a load, in order and backwards: one, two, or as many as there are."""


def prove_any_order(
    hours: Hours,
    server: Server | None,
    store: Store | None = None,
    *,
    per_load: tuple[int | None, int | None] = (1, None),
) -> None:
    """Load in order and prove it; then backwards, file by file, with the catalog pinned, compare, and audit.

    `per_load` are the hours that share a load in order, and backwards.
    """
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        archive = write_archive(folder / "archive", hours, pack_anyhow)
        where = place(archive, folder / "in_order", database=server.new_database() if server else None, store=store)
        where = replace(where, hours_per_load=per_load[0])
        load_archive(where)
        again = read_again(rudderstack_files(archive))
        prove(where, again)
        prove_catalog(where, again)
        growing = folder / "growing"
        other = pin_catalog(where.elsewhere(folder / "backwards").with_archive(growing), where)
        other = replace(other, hours_per_load=per_load[1])
        most = max(len(files) for files in hours.values())
        for number in reversed(range(most)):
            write_archive(
                growing, {hour: files[number:] for hour, files in hours.items() if files[number:]}, pack_anyhow
            )
            other.drop_lake()
            load_archive(other, reversed(archive_hours(other)))
        found = differences(where.warehouse, other.warehouse)
        assert not found, "\n".join(found[:20])
        audited = list(audit(other.settings, Draw(None, 0)))
        assert [(result.findings, result.error) for result in audited] == [((), None)] * len(hours)


def test_every_kind_of_dirt_is_drawn() -> None:
    kinds, packs = Counter[str](), Counter[str]()

    @settings(FEW, max_examples=30)
    @given(hours=drawn_hours())
    def count(hours: dict[datetime, list[list[Drawn]]]) -> None:
        for file in (file for files in hours.values() for file in files):
            kinds.update(drawn.kind for drawn in file)
            packs[choose_pack(b"".join(drawn.line + b"\n" for drawn in file))] += 1

    count()
    assert min(kinds[kind] for kind in KINDS) >= 5, kinds
    assert min(packs[pack] for pack in PACKS) >= 5, packs


@on_both_in_time
def test_a_fixed_dirty_archive(server: Server | None, store: Store | None) -> None:
    prove_any_order(fixed_hours(), server, store)


@on_both_in_time
def test_a_column_and_a_table_whose_only_values_were_taken_back_are_no_difference(
    server: Server | None, store: Store | None
) -> None:
    """File by file the copy that loses comes first, and what it alone had stays behind, empty (docs/adr/0008)."""
    line = real_lines()[31]
    loses, wins = (
        with_members(line, [("type", '"track"'), *members, ("receivedAt", received)])
        for members, received in (
            ([("event", '"Gone again"'), ("properties", '{"only_here": 1}')], RECEIVED[0]),
            ([("event", '"Stays"')], RECEIVED[3]),
        )
    )
    prove_any_order({hour_number(0): [[wins], [loses]], hour_number(1): [[real_lines()[0]]]}, server, store)


@pytest.mark.slow
@pytest.mark.parametrize(("store", "server"), [("folder", "postgresql"), ("s3", "duckdb")], indirect=True)
@FEW
@given(hours=dirty_hours(), per_load=PER_LOAD)
def test_a_few_dirty_archives(
    server: Server | None, store: Store | None, hours: Hours, per_load: tuple[int | None, int | None]
) -> None:
    prove_any_order(hours, server, store, per_load=per_load)


@pytest.mark.slow
@MANY
@given(hours=dirty_hours(), per_load=PER_LOAD)
def test_many_dirty_archives(hours: Hours, per_load: tuple[int | None, int | None]) -> None:
    prove_any_order(hours, None, per_load=per_load)
