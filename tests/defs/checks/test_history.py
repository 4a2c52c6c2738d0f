"""Checks against the ledger's history in real runs: they warn, name hour, column and file, and stay red for a day."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from event_assets.anomalies.columns import column_values
from event_assets.definitions import build_definitions
from event_assets.defs.checks.history import describe_pass
from event_assets.health.history import History, count_days, types_frame
from loaders.queries.loads import HourCounts
from tests.defs.build import hour, resource_of, settings_of, track, write_config, write_file
from tests.defs.in_process import tideline
from tests.defs.test_assets import metadata_of, run_hours

EMPTY = History([], column_values([]), types_frame([]))
DAYS = (0, 24, 48, 72)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Four days with one sound hour each, loaded by the command."""
    for number in DAYS:
        write_file(tmp_path / "archive", hour(number), [track(f"m{number}-{n}", at=hour(number)) for n in range(60)])
    path = write_config(tmp_path, hours=98)
    assert tideline("load", "--config", path, cwd=tmp_path).returncode == 0
    return path


def warned(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    found = {check.check_name: check for check in result.get_asset_check_evaluations() if not check.passed}
    assert {check.severity for check in found.values()} <= {dg.AssetCheckSeverity.WARN}
    return found


def test_an_unusual_hour_fails_every_check_and_stays_reported(config: Path, instance: dg.DagsterInstance) -> None:
    archive = config.parent / "archive"
    odd = [track(f"odd-{n}", at=hour(96), price="free", colour="red") for n in range(60)]
    write_file(archive, hour(96), [*odd, *['{"type": "tra'] * 60])
    bad = write_file(archive, hour(96), [track("lost", at=hour(96))], part=1)
    bad.write_bytes(gzip.compress(b"{}" * 1000)[:-9])
    write_file(archive, hour(97), [track(f"sound-{n}", at=hour(97)) for n in range(60)])

    result = run_hours(config, instance, 96, 96)
    passed = {check.check_name: check.description for check in result.get_asset_check_evaluations() if check.passed}
    assert passed["duplicate_rate"] == "As usual."
    found = warned(result)
    assert set(found) == {"quarantine_rate", "rescue_rate", "no_bad_file", "schema_is_stable"}
    assert "60 of 120 (50.0%), usually 0.0%" in str(found["quarantine_rate"].description)
    assert "2026-02-04T07 order_completed.price: values rescued: 60 of 60" in str(found["rescue_rate"].description)
    assert "order_completed.price: its values are 100% strings" in str(found["schema_is_stable"].description)
    assert "order_completed.colour" in str(found["schema_is_stable"].metadata["new"].value)
    assert bad.name in str(found["no_bad_file"].description)
    for check in found.values():
        assert "/assets/" in str(check.metadata["what"].value)
        assert check.metadata["how_to_look"].value

    shown = metadata_of(instance, "warehouse")[f"{hour(96):%Y-%m-%dT%H}"]
    assert "order\\_completed.price | 60" in shown["rescued_by_column"]
    assert ":61  \n" in shown["quarantined_lines"]
    assert shown["lateness"].startswith("![share of rows that came later than](data:image/svg+xml;base64,")
    assert "2026-02-04" in shown["recent_hours"]
    assert "bad\\_file" in metadata_of(instance, "lake")[f"{hour(96):%Y-%m-%dT%H}"]["quarantined_lines"]

    after = warned(run_hours(config, instance, 97, 97))
    assert {"quarantine_rate", "rescue_rate", "no_bad_file"} <= set(after)
    assert "2026-02-04T07" in str(after["quarantine_rate"].description)


@pytest.mark.slow
def test_a_range_of_old_hours_is_compared_with_the_days_before_each_hour(
    config: Path, instance: dg.DagsterInstance
) -> None:
    write_file(config.parent / "archive", hour(73), ['{"type": "tra'] * 60)
    assert set(warned(run_hours(config, instance, 24, 73))) == {"quarantine_rate", "events_flow"}


def test_a_silent_archive_is_reported_without_a_run_once(config: Path, instance: dg.DagsterInstance) -> None:
    config.write_text(config.read_text().replace(f"{hour(97):%Y-%m-%dT%H}", f"{hour(199):%Y-%m-%dT%H}"))
    settings, resource = settings_of(config), resource_of(config)
    sensor = build_definitions(settings, {"default": hour(0)}, resource).resolve_sensor_def("events_flow")
    with dg.build_sensor_context(instance, resources={"tideline": resource}) as context:
        result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    (evaluation,) = result.asset_events
    assert isinstance(evaluation, dg.AssetCheckEvaluation)
    assert (evaluation.passed, evaluation.check_name) == (False, "events_flow")
    assert f"no event is loaded of the 127 hours after {hour(72):%Y-%m-%dT%H}" in str(evaluation.description)
    with dg.build_sensor_context(instance, resources={"tideline": resource}, cursor=result.cursor) as context:
        again = sensor(context)
    assert isinstance(again, dg.SkipReason)


def test_more_copies_than_usual_and_mostly_quarantined_first_hours_warn(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    events = [track(f"a-{n}", at=hour(0)) for n in range(60)]
    write_file(tmp_path / "archive", hour(0), [*events, *['{"type": "tra'] * 61])
    for number in (24, 48):
        write_file(tmp_path / "archive", hour(number), [track(f"b{number}-{n}", at=hour(number)) for n in range(60)])
    config = write_config(tmp_path, hours=98)
    first = warned(run_hours(config, instance, 0, 0))
    assert "more than half are quarantined: 61 of 121" in str(first["quarantine_rate"].description)
    for number in (24, 48):
        assert "duplicate_rate" not in warned(run_hours(config, instance, number, number))
    again = [track(f"c-{n}", at=hour(72)) for n in range(60)]
    write_file(tmp_path / "archive", hour(72), [*again, *again[:50]])
    found = warned(run_hours(config, instance, 72, 72))
    assert "events: copies of other events of the hour: 50 of 110" in str(found["duplicate_rate"].description)


def test_a_check_without_enough_earlier_days_reports_that_it_has_not_judged(tmp_path: Path) -> None:
    counts = [
        HourCounts(hour(number), 1, 0, events, events, 0, 0)
        for number, events in ((0, 40), (1, 20), (24, 60), (48, 49), (49, 0), (72, 500))
    ]
    history, settings = replace(EMPTY, hours=counts), settings_of(write_config(tmp_path))
    assert [count_days(settings, history, [hour(number)]) for number in (0, 24, 48, 73, 96)] == [0, 1, 2, 2, 3]
    assert count_days(settings, history, [hour(96), hour(24)]) == 1, "of the oldest hour that is judged"
    assert count_days(settings, history, [hour(24 * 40)]) == 0, "too long ago"
    assert describe_pass(2, judges_hours=True) == "Not judged: 2 of 3 earlier days to compare with."
    assert describe_pass(3, judges_hours=True) == describe_pass(0, judges_hours=False) == "As usual."
