"""The status page in Dagster: written to the configured folder, absent without one; what cannot be written is named."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from event_assets.definitions import build_definitions
from event_assets.defs.status_page import page_of
from tests.defs.build import hour, resource_of, settings_of, track, write_config, write_file, write_hours
from tests.defs.in_process import tideline
from tests.defs.test_assets import run_hours

KEY = dg.AssetKey(["tideline", "status_page"])


def definitions(config: Path) -> dg.Definitions:
    return build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config))


def test_the_page_is_written_where_it_is_configured(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    config = write_config(tmp_path, extra=f'status_page = "{tmp_path}/pages"\n')
    built = definitions(config)
    dg.Definitions.validate_loadable(built)
    page = tmp_path / "pages" / "status.html"
    with dg.DagsterInstance.ephemeral() as instance:
        run_hours(config, instance, 0, 1)
        job = built.resolve_job_def("write_status_page")
        (written,) = job.execute_in_process(instance=instance).asset_materializations_for_node("tideline__status_page")
        assert "loaded hours</span><b>2</b>" in page.read_text(encoding="utf-8")
        assert written.metadata["page"].value == f"{page}"
        summary = "**default:** 10 events in 2 loaded hours, the last load 2"
        assert str(written.metadata["summary"].value).startswith(summary)
        assert str(written.metadata["summary"].value).endswith("Needs a person: nothing.")
        assert "| default | 10 | 2 | 0 | 0 | 0 | 2 |" in str(written.metadata["sources"].value)
        assert written.metadata["bytes"].value == page.stat().st_size
        shown = page.read_text(encoding="utf-8").splitlines()
        assert tideline("status", "--html", "by_command.html", "--config", config, cwd=tmp_path).returncode == 0
        by_command = (tmp_path / "by_command.html").read_text(encoding="utf-8").splitlines()
        assert [line for line in by_command if "UTC</p>" not in line] == [
            line for line in shown if "UTC</p>" not in line
        ]
        (status,) = json.loads(tideline("status", "--json", "--config", config, cwd=tmp_path).stdout)["sources"]
        cards = {
            "events": status["totals"]["events"],
            "late events": status["totals"]["late"],
            "duplicates": status["totals"]["duplicates"],
            "quarantined": f"{status['totals']['quarantined']} lines",
            "loaded hours": len(status["loaded"]),
            "pending hours": len(status["pending"]),
            "failing hours": len(status["failing"]),
        }
        for title, number in cards.items():
            assert f"{title}</span><b>{number}</b>" in "".join(shown)
        shutil.rmtree(page.parent)
        page.parent.write_text("no folder")
        failed = job.execute_in_process(instance=instance, raise_on_error=False)
        assert "The page of the last hour stays" in str(failed.failure_data_for_node("tideline__status_page"))
        shutil.rmtree(tmp_path / "archive")
        failed = job.execute_in_process(instance=instance, raise_on_error=False)
        cause = f"The page of the last hour stays: The archive '{tmp_path}/archive' of source 'default' is no folder"
        assert cause in str(failed.failure_data_for_node("tideline__status_page"))
    assert KEY not in definitions(write_config(tmp_path)).resolve_asset_graph().get_all_asset_keys()


def test_a_page_is_asked_for_at_once_and_then_once_an_hour(tmp_path: Path) -> None:
    config = write_config(tmp_path, extra=f'status_page = "{tmp_path}/pages"\n')
    built = definitions(config)
    sensor = next(one for one in built.sensors or () if one.name == "hourly_status_page")
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    assert sensor.job_name == built.resolve_job_def("write_status_page").name
    (request,) = sensor.evaluate_tick(dg.build_sensor_context()).run_requests or ()
    assert request.run_key in {page_of(datetime.now(UTC) - timedelta(minutes=ago)) for ago in (0, 1)}
    due = [page_of(hour(5) + timedelta(minutes=minute)) for minute in (0, 1, 19, 20, 59, 79, 80)]
    first, second, third = (f"{hour(number):%Y-%m-%dT%H}" for number in (4, 5, 6))
    assert due == [first, first, first, second, second, second, third]


@pytest.mark.parametrize(
    ("folder", "address"),
    [
        ("{}/pages", "{}/pages/status.html"),
        ("file://{}/pages/", "{}/pages/status.html"),
        ("s3://bucket/pages", "s3://bucket/pages/status.html"),
    ],
)
def test_the_page_has_an_address_to_copy_and_no_link_that_a_browser_refuses(
    folder: str, address: str, tmp_path: Path
) -> None:
    config = write_config(tmp_path, extra=f'status_page = "{folder.format(tmp_path)}"\n')
    asset = definitions(config).resolve_assets_def(KEY)
    assert asset.metadata_by_key[KEY]["dagster/uri"] == address.format(tmp_path)


def test_the_summary_names_what_needs_a_person(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    late = write_file(tmp_path / "archive", hour(0), [track("m1", at=hour(0))], part=7)
    late.write_bytes(late.read_bytes()[:20])
    config = write_config(tmp_path, extra=f'status_page = "{tmp_path}/pages"\n')
    with dg.DagsterInstance.ephemeral() as instance:
        run_hours(config, instance, 0, 0)
        job = definitions(config).resolve_job_def("write_status_page")
        (written,) = job.execute_in_process(instance=instance).asset_materializations_for_node("tideline__status_page")
    assert "Needs a person:\n* 1 file could not be read and is left out whole" in str(written.metadata["summary"].value)
