"""The proofs can fail: without the tie-break of the merge, copies that arrived at one instant depend on the order."""

from __future__ import annotations

from pathlib import Path

import pytest

import sql
from tests.drive import archive_hours, load_archive, place
from tests.postgres import Database
from tests.promises.archives import hour_number, rudderstack_files, write_archive
from tests.promises.compare import differences
from tests.promises.pinned import pin_catalog
from tests.promises.proof import find_differences, read_again
from tests.s3 import Store

ORDER = "fingerprint DESC, archive_hour ASC"
OF_THE_LOAD = "SELECT n.archive_hour FROM {hours} AS n"
COPY = b'{"type":"track","messageId":"m%d","event":"Tie","receivedAt":"2026-11-23T00:00:01Z","properties":{"n":%d}}'


def ties(folder: Path) -> Path:
    """Eight ids in each of three hours, received at one instant with other content."""
    hours = {hour_number(number): [[COPY % (ident, number) for ident in range(8)]] for number in range(3)}
    return write_archive(folder, hours)


def test_ties_are_the_same_in_any_order(tmp_path: Path, database: Database | None, store: Store | None) -> None:
    changed, wrong = load_both_ways(tmp_path, database, store)
    assert not changed
    assert not wrong


@pytest.mark.parametrize(
    ("instead", "differs_by_order"),
    [
        pytest.param("archive_hour ASC", False, id="the earliest hour wins"),
        pytest.param(f"CASE WHEN archive_hour IN ({OF_THE_LOAD}) THEN 0 ELSE 1 END", True, id="the last load wins"),
    ],
)
def test_without_the_tie_break_the_proofs_fail(
    instead: str,
    differs_by_order: bool,
    tmp_path: Path,
    database: Database | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = sql.statement

    def without_tie_break(name: str, dialect: str) -> str:
        text = whole(name, dialect)
        if name != "load/merge/judge":
            return text
        assert ORDER in text
        return text.replace(ORDER, instead)

    monkeypatch.setattr(sql, "statement", without_tie_break)
    changed, wrong = load_both_ways(tmp_path, database)
    assert wrong
    assert bool(changed) == differs_by_order


def load_both_ways(
    folder: Path, database: Database | None, store: Store | None = None
) -> tuple[list[str], list[object]]:
    """What differs between the hours loaded forwards and backwards, and what the independent reader objects to."""
    where = place(ties(folder / "archive"), folder / "forwards", database=database, store=store)
    load_archive(where)
    other = pin_catalog(where.elsewhere(folder / "backwards"), where)
    load_archive(other, reversed(archive_hours(where)))
    wrong = find_differences(where, read_again(rudderstack_files(folder / "archive")))
    return differences(where.warehouse, other.warehouse), list(wrong)
