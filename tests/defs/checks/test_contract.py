"""Contracts in Dagster: the check warns with a table, the hour has it in its metadata, the job checks the lake."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from event_assets.definitions import build_definitions
from tests.defs.build import hour, resource_of, settings_of, track, write_config, write_file
from tests.defs.checks.test_history import warned
from tests.defs.governance.jobs import failure_of, output_of, run_job
from tests.defs.test_assets import metadata_of, run_hours
from tests.pipeline.contracts.build import write_contract


def test_violations_warn_are_shown_and_found_by_the_job(tmp_path: Path) -> None:
    for number, bad in enumerate((0, 2)):
        events = [track(f"m{number}-{n}", at=hour(number), event="Bought", price=n - bad) for n in range(20)]
        write_file(tmp_path / "archive", hour(number), events)
    config = write_config(tmp_path)
    write_contract(tmp_path, {"price": {"type": "integer", "minimum": 0}}, mode="quarantine")
    with dg.DagsterInstance.ephemeral() as instance:
        assert "contracts_hold" not in warned(run_hours(config, instance, 0, 0))
        found = warned(run_hours(config, instance, 1, 1))["contracts_hold"]
        assert "2026-01-31T08 Bought: 2 of 20 events violate their contract, 2 of them are quarantined" in str(
            found.description
        )
        row = "| 2026-01-31T08 | 2 | Bought | properties.price | is less than 0 |"
        assert row in str(found.metadata["violations"].value)
        assert row in metadata_of(instance, "warehouse")["2026-01-31T08"]["contract_violations"]
        asked: dict[str, object] = {"start": "2026-01-31T08"}
        shown = output_of(run_job(config, instance, "check_contracts", "check_contracts_lake", asked, raises=True))
        assert (shown["checked"], shown["violating"], shown["unread_hours"]) == (20, 2, [])
        for path in (tmp_path / "lake").rglob("archive_hour=07/*.parquet"):
            path.unlink()
        message, shown = failure_of(run_job(config, instance, "check_contracts", "check_contracts_lake", {}))
        assert message.startswith("1 hour could not be read, the first is 2026-01-31T07: ")
        assert (shown["violating"], shown["unread_hours"]) == (2, ["2026-01-31T07"])


def test_a_source_without_contracts_has_no_check_of_them(tmp_path: Path) -> None:
    write_file(tmp_path / "archive", hour(0), [track("m", at=hour(0))])
    config = write_config(tmp_path)
    built = build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config))
    assert not [check for check in built.asset_checks or () if "contracts_hold" in str(check.check_keys)]
