"""The one list of what exists: its names are a contract with schedules, dashboards and saved links."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import dagster as dg
import pytest

from event_assets.definitions import build_definitions
from event_assets.defs.checks.runbook import GUIDES
from event_assets.discovery.first_hours import first_hours
from event_assets.health.reconciliation import IDENTITIES
from tests.conftest import ROOT
from tests.defs.build import hour, resource_of, settings_of, write_config, write_hours
from tests.pipeline.contracts.build import write_contract

NAMES = ROOT / "tests" / "data" / "names.txt"
ROLLUPS = ["rollups/active_users_daily", "rollups/events_daily", "rollups/sessions"]
LATE: Final = {
    "event_assets.cli",
    "event_assets.demo",
    "event_assets.health.compare.compare",
    "event_assets.health.pages.status_page",
    "event_assets.pipeline.audit.audit",
    "event_assets.pipeline.contracts.check",
    "event_assets.pipeline.erasure.forget",
    "event_assets.pipeline.fan_out",
    "event_assets.pipeline.hour",
    "event_assets.pipeline.load",
    "event_assets.pipeline.plan.plan",
    "event_assets.pipeline.quarantine.replay",
    "event_assets.pipeline.recovery.repair",
    "event_assets.pipeline.shared_loads.run_hours",
    *("aiobotocore", "cramjam", "crawleruseragents", "fastavro", "jsonschema_rs", "psycopg", "s3fs", "typer"),
}
"""What definitions do not import: work of runs, and libraries for it."""
LEDGER = [f"tideline/{table}" for table in ("arrivals", "columns", "loads", "quarantine", "restatements")]


def definitions(config: Path) -> dg.Definitions:
    settings = settings_of(config)
    return build_definitions(settings, dict.fromkeys(settings.sources, hour(0)), resource_of(config))


def test_one_source_has_plain_names(tmp_path: Path) -> None:
    built = definitions(write_config(tmp_path))
    dg.Definitions.validate_loadable(built)
    graph = built.resolve_asset_graph()
    assert sorted(key.to_user_string() for key in graph.get_all_asset_keys()) == [
        "archive",
        "audit",
        "lake",
        *ROLLUPS,
        *LEDGER,
        "warehouse",
    ]
    assert {key.to_user_string(): list(graph.get(key).parent_keys) for key in graph.get_all_asset_keys()} == {
        "archive": [],
        "lake": [dg.AssetKey("archive")],
        "warehouse": [dg.AssetKey("lake")],
        **{table: [dg.AssetKey("warehouse")] for table in (*ROLLUPS, *LEDGER, "audit")},
    }
    assert not graph.get(dg.AssetKey("archive")).is_executable
    assert built.resolve_job_def("load_hours").partitions_def is not None
    assert built.resolve_job_def("recompute_rollups").partitions_def is not None
    assert built.resolve_sensor_def("due_rollup_days").minimum_interval_seconds == 60
    assert built.resolve_schedule_def("closed_hours").cron_schedule == "10 * * * *"
    assert built.resolve_sensor_def("pending_hours").minimum_interval_seconds == 60


def names_of(built: dg.Definitions) -> list[str]:
    """Return everything that has a name: links, alerts and dashboards depend on these."""
    graph, repository = built.resolve_asset_graph(), built.get_repository_def()
    return sorted(
        [
            *(f"asset {key.to_user_string()}" for key in graph.get_all_asset_keys()),
            *(f"check {key.asset_key.to_user_string()}:{key.name}" for key in graph.asset_check_keys),
            *(f"job {job.name}" for job in repository.get_all_jobs() if not job.name.startswith("__")),
            *(f"schedule {schedule.name}" for schedule in repository.schedule_defs),
            *(f"sensor {sensor.name}" for sensor in repository.sensor_defs),
        ]
    )


def test_the_list_names_everything(tmp_path: Path) -> None:
    """A reader of definitions.py finds every name there; the files of rollups name their assets."""
    text = (ROOT / "event_assets" / "definitions.py").read_text(encoding="utf-8")
    names = (line.split(" ")[1].split(":")[-1] for line in NAMES.read_text(encoding="utf-8").splitlines())
    assert [name for name in names if name not in text and name not in ROLLUPS] == []


def test_names_are_those_that_were_published(tmp_path: Path) -> None:
    """A name that changes breaks what others built on it. Where it must, renew the file."""
    found = names_of(definitions(write_config(tmp_path)))
    if os.environ.get("TIDELINE_RENEW_NAMES"):
        NAMES.write_text("\n".join(found) + "\n", encoding="utf-8")
    assert found == NAMES.read_text(encoding="utf-8").splitlines(), (
        "Renew the file by TIDELINE_RENEW_NAMES=1 pytest tests/test_definitions.py, and note it in CHANGELOG.md."
    )


def test_every_check_job_schedule_and_sensor_has_a_description(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    write_contract(tmp_path, {}, mode="report")
    built = definitions(config)
    repository = built.get_repository_def()
    checks = [spec for check in built.asset_checks or [] for spec in check.check_specs]
    named = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
    descriptions = {job.name: job.description for job in named}
    descriptions |= {schedule.name: schedule.description for schedule in repository.schedule_defs}
    descriptions |= {sensor.name: sensor.description for sensor in repository.sensor_defs}
    assert [name for name, description in descriptions.items() if not description] == []
    assert {spec.name for spec in checks} == set(GUIDES)
    for spec in checks:
        assert "**How to look:**" in str(spec.description)
        assert "**What to do:**" in str(spec.description)
        assert spec.blocking == (spec.name in IDENTITIES), "only checks of wrong tables block"


def test_several_sources_carry_their_names(tmp_path: Path) -> None:
    config = tmp_path / "two.toml"
    config.write_text(
        "lake = 'l'\nwarehouse = 'w'\n[sources.web]\narchive = 'a'\n[sources.gh]\narchive = 'b'\nschema = 'gh'\n"
    )
    graph = definitions(config).resolve_asset_graph()
    assert sorted(key.to_user_string() for key in graph.get_all_asset_keys()) == [
        *(f"gh/{name}" for name in ("archive", "audit", "lake", "warehouse")),
        *(rollup.replace("/", f"_{source}/") for source in ("gh", "web") for rollup in ROLLUPS),
        *LEDGER,
        *(f"web/{name}" for name in ("archive", "audit", "lake", "warehouse")),
    ]


def test_every_asset_is_described_owned_and_partitioned_by_the_hour_or_a_rollup_by_the_day(tmp_path: Path) -> None:
    config = write_config(tmp_path, hours=5)
    graph = definitions(config).resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description
        assert node.owners == ["team:data"]
        assert node.group_name == ("tideline" if key.to_user_string() in LEDGER else "events")
        assert node.kinds
        if key.to_user_string() in (*LEDGER, "audit"):
            continue
        assert node.partitions_def is not None
        if key.to_user_string() in ROLLUPS:
            assert node.partitions_def.get_partition_keys() == [f"{hour(0):%Y-%m-%d}"]
            assert node.backfill_policy == dg.BackfillPolicy.multi_run(366)
            continue
        assert node.partitions_def.get_partition_keys() == [f"{hour(n):%Y-%m-%dT%H}" for n in range(5)]
        if node.is_executable:
            assert ("dagster/column_schema" in node.metadata) == (key.to_user_string() == "lake")
            assert node.backfill_policy == dg.BackfillPolicy.multi_run(240)


def test_no_secret_is_in_the_metadata(tmp_path: Path) -> None:
    config = tmp_path / "secret.toml"
    config.write_text(
        "lake = {url = 's3://me:hush@lake'}\nwarehouse = 'postgresql://me:hush@host/db'\n"
        "[source]\narchive = 's3://me:hush@archive'\nstorage_options = {secret = 'hush'}\n"
    )
    graph = definitions(config).resolve_asset_graph()
    shown = [f"{graph.get(key).metadata} {graph.get(key).description}" for key in graph.get_all_asset_keys()]
    assert not any("hush" in text for text in shown)


def test_the_first_partition_is_midnight_of_the_archives_first_hour(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [3, 9])
    settings = replace(settings_of(write_config(tmp_path)), partitions_start=None)
    assert first_hours(settings, hour(400)) == {"default": hour(3).replace(hour=0)}


def test_an_archive_is_listed_once_an_hour_and_an_older_hour_is_found_by_the_next_listing(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [30])
    settings = replace(settings_of(write_config(tmp_path)), partitions_start=None)
    found = {"default": hour(30).replace(hour=0)}
    assert first_hours(settings, hour(400)) == found
    write_hours(tmp_path / "archive", [3])
    assert first_hours(settings, hour(400) + timedelta(minutes=59)) == found, "what the lake keeps"
    assert first_hours(settings, hour(401)) == {"default": hour(3).replace(hour=0)}


@pytest.mark.parametrize("change", [{"archive": "elsewhere"}, {"time_zone": "Asia/Tokyo"}, {"arrival": "modified"}])
def test_the_first_hour_that_is_kept_is_that_of_the_same_archive(tmp_path: Path, change: dict[str, Any]) -> None:
    write_hours(tmp_path / "archive", [3])
    settings = replace(settings_of(write_config(tmp_path)), partitions_start=None)
    first_hours(settings, hour(400))
    write_hours(tmp_path / "archive", [-40])
    write_hours(tmp_path / "elsewhere", [-40])
    given: dict[str, Any] = {
        name: f"{tmp_path}/{value}" if name == "archive" else value for name, value in change.items()
    }
    other = replace(settings, sources={"default": replace(settings.sources["default"], **given)})
    assert first_hours(other, hour(400)) == {"default": hour(-40).replace(hour=0)}


@pytest.mark.parametrize("kept", [b"[", b"{}", b'{"archive": [], "first": "2026", "listed_at": 3}'])
def test_a_damaged_first_hour_is_listed_again(tmp_path: Path, kept: bytes) -> None:
    write_hours(tmp_path / "archive", [3])
    settings = replace(settings_of(write_config(tmp_path)), partitions_start=None)
    first_hours(settings, hour(400))
    path = tmp_path / "lake" / "default" / "first_hour.json"
    assert path.is_file()
    path.write_bytes(kept)
    assert first_hours(settings, hour(400)) == {"default": hour(3).replace(hour=0)}


def test_a_lake_that_cannot_be_written_costs_a_listing_alone(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [3])
    settings = replace(settings_of(write_config(tmp_path)), partitions_start=None)
    (tmp_path / "lake").write_text("no folder")
    assert first_hours(settings, hour(400)) == {"default": hour(3).replace(hour=0)}


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process of its own finds in an empty folder with nothing set, as `dagster dev` starts it."""
    code = """
import gc, json, sys
import event_assets.definitions as d
imported = list(sys.modules)
keys = [key.to_user_string() for key in d.defs().resolve_all_asset_keys()]
print(json.dumps({"keys": keys, "imported": imported, "loaded": list(sys.modules), "frozen": gc.get_freeze_count()}))
"""
    folder = tmp_path_factory.mktemp("location")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_workspace_loads_with_nothing_set(location: dict[str, Any]) -> None:
    assert "warehouse" in location["keys"]
    assert "working_directory: ." in (ROOT / "workspace.yaml").read_text()


def test_definitions_import_nothing_that_only_a_run_needs(location: dict[str, Any]) -> None:
    """Every new process of the code location waits for its imports: a function that needs one of these imports it."""
    assert LATE & set(location["loaded"]) == set()
    assert [name for name in LATE if find_spec(name) is None] == [], "a name that is no module proves nothing"
    assert "duckdb" not in location["imported"], "only where it is the warehouse"


def test_what_imports_made_is_no_garbage(location: dict[str, Any]) -> None:
    """Without it, collections of garbage are a quarter of what hundreds of tables cost."""
    assert location["frozen"] > 100_000
