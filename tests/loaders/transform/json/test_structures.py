"""Groups of rows that can be read together are no wider than they may be."""

from __future__ import annotations

import json

import pyarrow as pa

from loaders.transform.json.structures import alike


def test_no_group_has_more_members_than_it_may() -> None:
    rows = [{f"k{row}_{n}": n for n in range(6)} for row in range(50)]
    groups, rest = alike(pa.array(map(json.dumps, rows)), range(len(rows)), widest=20)
    assert sorted([row for group in groups for row in group] + sorted(rest)) == list(range(len(rows)))
    assert [len({key for row in group for key in rows[row]}) for group in groups] == [18] * 8
