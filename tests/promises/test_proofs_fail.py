"""The proofs can fail: one wrong cell, row or count in a right warehouse is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drive import Place, load_archive, place
from tests.independent.reader import Archive
from tests.postgres import Server
from tests.promises.archives import rudderstack_files
from tests.promises.compare import differences
from tests.promises.dirty import dirty_archive
from tests.promises.proof import find_differences, read_again

ONE = "(SELECT min(id) FROM events.{table} WHERE {having})"
DAMAGE = {
    "a standard cell": "UPDATE events.tracks SET channel = 'x' WHERE id = " + ONE.format(table="tracks", having="TRUE"),
    "a value lost": "UPDATE events.event_simple SET plan = NULL WHERE id = "
    + ONE.format(table="event_simple", having="plan IS NOT NULL"),
    "a value rounded": "UPDATE events.event_simple SET price = price + 1e-9 WHERE id = "
    + ONE.format(table="event_simple", having="price IS NOT NULL"),
    "an instant moved": "UPDATE events.tracks SET timestamp = timestamp + INTERVAL '1 microsecond' WHERE id = "
    + ONE.format(table="tracks", having="TRUE"),
    "a value from nowhere": "UPDATE events.tracks SET context_user_agent = 'x' WHERE id = "
    + ONE.format(table="tracks", having="context_user_agent IS NULL"),
    "a rescue forgotten": "UPDATE events.tracks SET _rescued = NULL WHERE id = "
    + ONE.format(table="tracks", having="_rescued IS NOT NULL"),
    "a rescue too much": 'UPDATE events.tracks SET _rescued = \'{"context":{"a":1}}\' WHERE id = '
    + ONE.format(table="tracks", having="_rescued IS NULL"),
    "a row lost": "DELETE FROM events.tracks WHERE id = " + ONE.format(table="tracks", having="TRUE"),
    "a row doubled": "INSERT INTO events.event_simple SELECT * FROM events.event_simple WHERE id = "
    + ONE.format(table="event_simple", having="TRUE"),
    "another copy": "UPDATE events.tracks SET _fingerprint = 1 WHERE id = " + ONE.format(table="tracks", having="TRUE"),
    "a user's trait": "UPDATE events.users SET context_library_name = 'x'",
    "a user too much": "INSERT INTO events.users (id) VALUES ('nobody')",
    "an arrival": "DELETE FROM tideline.arrivals WHERE table_name = 'event_simple'",
    "a count of lines": "UPDATE tideline.loads SET lines = lines + 1",
    "a library": "UPDATE tideline.duplicates SET library = library || '1'",
    "a copy": "DELETE FROM tideline.copies",
    "a type": "UPDATE tideline.columns SET type = 'string' WHERE column_name = 'price'",
    "a quarantined line": "DELETE FROM tideline.quarantine",
}
ON_A_SERVER = ("a value lost", "a value rounded", "an instant moved", "a rescue forgotten", "a user's trait", "a copy")
"""What is tried in a database too: the proofs look at a file that has the same rows."""
UNSEEN_BY_COMPARISON = ("a count of lines", "a quarantined line")


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory, server: Server | None) -> tuple[Place, Archive]:
    """A small dirty archive, loaded and read again, without a difference."""
    folder = tmp_path_factory.mktemp("proved")
    database = server.new_database() if server else None
    where = place(dirty_archive(folder / "archive"), folder / "loaded", database=database)
    load_archive(where)
    archive = read_again(rudderstack_files(folder / "archive"))
    assert find_differences(where, archive) == []
    return where, archive


@pytest.mark.parametrize(
    ("server", "kind"),
    [*(("duckdb", kind) for kind in DAMAGE), *(("postgresql", kind) for kind in ON_A_SERVER)],
    indirect=["server"],
)
def test_damage_is_reported_by_both_proofs(kind: str, proved: tuple[Place, Archive], tmp_path: Path) -> None:
    where, archive = proved
    damaged = where.copy_to(tmp_path)
    assert damaged.execute(DAMAGE[kind]) >= 1
    assert find_differences(damaged, archive)
    if kind not in UNSEEN_BY_COMPARISON:
        assert differences(where.warehouse, damaged.warehouse)
