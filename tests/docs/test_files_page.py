"""docs/files.md: every line of its tables has a test, by its words or by the name of the test here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.cli.mistakes import MISTAKES
from tests.conftest import ROOT
from tests.defs.sensors import test_pending_hours as sensors
from tests.lake.reading import test_damaged as damaged
from tests.loaders.connection import test_warehouse as connection
from tests.loaders.dialects import test_publishing as publishing
from tests.pipeline.recovery import test_lost_warehouse as warehouse
from tests.pipeline.recovery import test_repair as repair

ROW: Final = re.compile(r"^\| (?!what happened|---)(?P<situation>[^|]+?) \| [^|]+ \|$", re.MULTILINE)
ROWS: Final = [row["situation"] for row in ROW.finditer((ROOT / "docs" / "files.md").read_text(encoding="utf-8"))]

TESTS: Final[dict[str, Callable[..., Any]]] = {
    "a flipped bit in a pack": damaged.test_a_flipped_bit_in_a_pack_costs_the_hours_it_is_in,
    "a record of packs damaged": repair.test_a_damaged_pack_or_record_of_packs_is_replaced_by_the_hours_own_files,
    "a foreign file added": repair.test_a_foreign_file_beside_an_hours_own_is_not_read,
    "damaged, and a file has left the archive": (
        repair.test_a_damaged_hour_whose_file_has_left_the_archive_costs_that_hour
    ),
    "lost, and a file has left the archive, in Dagster": (
        repair.test_a_load_that_would_delete_rows_of_files_that_lake_and_archive_have_lost_is_refused
    ),
    "restored from yesterday's copy": warehouse.test_yesterdays_copy_loads_what_it_lacks,
    "a copy newer than the lake": warehouse.test_a_copy_that_is_newer_than_the_lake_brings_the_lake_up_to_date,
    "deleted": warehouse.test_a_deleted_warehouse_is_built_again_with_its_log_left_behind,
    "deleted, and the archive has expired": (
        warehouse.test_a_deleted_warehouse_is_built_from_the_lake_where_the_archive_has_expired
    ),
    "a flipped bit inside": warehouse.test_a_flipped_bit_inside_the_file_is_found_when_it_is_read,
    "an older DuckDB": warehouse.test_a_copy_of_another_storage_version_is_read_and_loaded_into,
    "read-only, or in a read-only folder": warehouse.test_a_warehouse_that_this_user_may_not_write_is_named,
    "opened by another process": connection.test_a_load_waits_for_who_holds_the_file_and_then_names_it,
    "restored from an older dump": warehouse.test_a_database_restored_from_an_older_dump_loads_what_it_lacks,
    "set a year ahead, and back": warehouse.test_a_clock_that_was_a_year_ahead_changes_no_table,
    "ahead during the last load of an hour": (
        sensors.test_late_files_are_loaded_after_a_load_of_a_clock_that_was_ahead
    ),
    "ahead when a run failed": sensors.test_a_run_that_failed_while_the_clock_was_ahead_is_requested_again,
    "ahead when a copy was published": publishing.test_a_copy_of_a_clock_that_was_set_back_since_is_replaced,
}
BY_WORDS: Final = {*repair.DAMAGE, *warehouse.REFUSED}
MISTAKES_OF_THE_LAKE: Final = {
    "a note of a newer version": "a note of the lake was written by a newer version",
    "a file is where the lake's folder should be": "a file is where the lake's folder should be",
}


def test_every_line_of_the_tables_has_a_test_and_every_test_a_line() -> None:
    assert sorted(ROWS) == sorted({*TESTS, *BY_WORDS, *MISTAKES_OF_THE_LAKE})
    assert set(MISTAKES_OF_THE_LAKE.values()) <= set(MISTAKES)


@pytest.mark.parametrize("situation", TESTS)
def test_the_test_of_a_line_is_one(situation: str) -> None:
    assert TESTS[situation].__name__.startswith("test_")
