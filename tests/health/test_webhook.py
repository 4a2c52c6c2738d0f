"""Alerts: the requests after a failed run and a failed check, and a webhook that does not answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from event_assets.config.alerts import Alerts
from event_assets.config.settings import SettingsError, load_settings
from event_assets.definitions import build_definitions
from event_assets.health.webhook import Alert, AlertError, compose, deliver, first_line
from tests.defs.build import hour, resource_of, settings_of, write_config, write_hours
from tests.defs.test_assets import run_hours
from tests.health.webhook_server import Webhook, serving

ALERT = Alert("run_failed", "0123456789", "load_hours", ("lake",), "2026-01-31T07", ("lake: <no> & note",), None)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with serving() as hook:
        yield hook


def tick(config: Path, instance: dg.DagsterInstance, sensor: str, cursor: str | None) -> Any:  # noqa: ANN401  Dagster's
    """One tick of a sensor as the daemon does it."""
    definitions = build_definitions(settings_of(config), {"default": hour(0)}, resource_of(config))
    with dg.build_sensor_context(
        instance=instance,
        repository_def=definitions.get_repository_def(),
        resources={"tideline": resource_of(config)},
        cursor=cursor,
        sensor_name=sensor,
    ) as context:
        return definitions.resolve_sensor_def(sensor).evaluate_tick(context)


def alerting(folder: Path, webhook: Webhook, *, form: str = "json") -> Path:
    path = write_config(folder)
    extra = f'\n[alerts]\nwebhook = "{webhook.url}"\nformat = "{form}"\nui = "https://dagster.example/"\n'
    path.write_text(path.read_text() + extra)
    return path


def test_a_failed_run_is_reported_once_with_hours_error_and_link(
    tmp_path: Path, instance: dg.DagsterInstance, webhook: Webhook
) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    config = alerting(tmp_path, webhook)
    run_hours(config, instance, 0, 0)
    cursor = tick(config, instance, "alert_failed_runs", None).cursor
    next((tmp_path / "lake").glob("default/hours/*.json")).write_text('{"format": 1000}')
    run_id = run_hours(config, instance, 0, 1, raises=False).run_id
    done = tick(config, instance, "alert_failed_runs", cursor)
    (body,) = webhook.received
    assert (body["event"], body["run_id"], body["job"]) == ("run_failed", run_id, "load_hours")
    assert body["partitions"] == "2026-01-31T07 to 2026-01-31T08"
    assert body["url"] == f"https://dagster.example/runs/{run_id}"
    assert body["problems"][0].startswith("lake: ")
    assert "2026-01-31T07" in body["problems"][0]
    assert "\n" not in body["problems"][0]
    tick(config, instance, "alert_failed_runs", done.cursor)
    assert len(webhook.received) == 1


@pytest.mark.slow
def test_checks_that_fail_in_a_successful_run_are_reported(
    tmp_path: Path, instance: dg.DagsterInstance, webhook: Webhook
) -> None:
    write_hours(tmp_path / "archive", [0])
    config = alerting(tmp_path, webhook, form="slack")
    run_hours(config, instance, 0, 0)
    cursor = tick(config, instance, "alert_failed_checks", None).cursor
    for path in (tmp_path / "archive").rglob("*.gz"):
        path.unlink()
    run_hours(config, instance, 0, 0)
    tick(config, instance, "alert_failed_checks", cursor)
    (body,) = webhook.received
    assert set(body) == {"text"}
    assert "Checks failed: load_hours" in body["text"]
    assert "check no_file_vanished of lake WARN: 2026-01-31T07" in body["text"]
    assert "|Open the run>" in body["text"]


@pytest.mark.parametrize("manner", ["500", "hang", "drip"])
def test_a_webhook_that_does_not_answer_ends_in_time_with_a_message_without_its_address(
    webhook: Webhook, manner: str
) -> None:
    webhook.manner = manner
    started = time.monotonic()
    with pytest.raises(AlertError) as raised:
        deliver(Alerts(webhook.url), ALERT, timeout=1.0)
    assert time.monotonic() - started < 30
    assert len(webhook.received) == 2
    assert "hush" not in str(raised.value)
    assert ("500" if manner == "500" else "no answer") in str(raised.value)


@pytest.mark.slow
def test_a_webhook_that_fails_does_not_keep_the_next_run_from_being_reported(
    tmp_path: Path, instance: dg.DagsterInstance, webhook: Webhook
) -> None:
    write_hours(tmp_path / "archive", [0])
    config = alerting(tmp_path, webhook)
    run_hours(config, instance, 0, 0)
    cursor = tick(config, instance, "alert_failed_runs", None).cursor
    next((tmp_path / "lake").glob("default/hours/*.json")).write_text('{"format": 1000}')
    webhook.manner = "500"
    first = run_hours(config, instance, 0, 0, raises=False).run_id
    failed = tick(config, instance, "alert_failed_runs", cursor)
    assert [body["run_id"] for body in webhook.received] == [first, first]
    reactions = [reaction for reaction in failed.dagster_run_reactions or [] if reaction.error]
    assert len(reactions) == 1
    assert "answered 500" in str(reactions[0].error)
    assert "hush" not in str(reactions[0].error)
    webhook.manner = "well"
    second = run_hours(config, instance, 0, 0, raises=False).run_id
    tick(config, instance, "alert_failed_runs", failed.cursor)
    assert [body["run_id"] for body in webhook.received[2:]] == [second]


def test_an_unreachable_server_and_an_invalid_address_have_different_messages() -> None:
    with pytest.raises(AlertError, match="could not be reached") as raised:
        deliver(Alerts("http://127.0.0.1:1/hush"), ALERT, tries=1)
    assert "hush" not in str(raised.value)
    with pytest.raises(AlertError, match="environment variable HOOK must be"):
        deliver(Alerts("", variable="HOOK"), ALERT)


def test_slack_gets_its_characters_escaped() -> None:
    body = compose(Alerts("http://x", format="slack"), ALERT).decode()
    assert "lake: &lt;no&gt; &amp; note" in body


def test_the_address_comes_from_the_environment_and_shows_nowhere(tmp_path: Path) -> None:
    config = tmp_path / "tideline.toml"
    base = 'lake = "l"\nwarehouse = "w"\n[source]\narchive = "a"\n'
    config.write_text(base + '[alerts]\nwebhook = {env = "HOOK"}\n')
    found = load_settings({"HOOK": "https://hush"}, folder=tmp_path)
    assert found.alerts is not None
    assert found.alerts.webhook == "https://hush"
    assert "hush" not in repr(found)
    unset = load_settings({}, folder=tmp_path).alerts
    assert unset is not None
    assert (unset.webhook, unset.variable) == ("", "HOOK")
    config.write_text(base)
    assert load_settings({}, folder=tmp_path).alerts is None
    alerts = load_settings({"TIDELINE_ALERTS_WEBHOOK": "https://x"}, folder=tmp_path).alerts
    assert alerts is not None
    assert alerts.webhook == "https://x"
    for wrong in ('format = "teams"', "webhook = {}", 'hook = "x"'):
        config.write_text(f"{base}[alerts]\n{wrong}\n")
        with pytest.raises(SettingsError):
            load_settings({}, folder=tmp_path)


def test_the_first_line_is_short_and_without_secrets() -> None:
    assert first_line("\n  \npostgresql://me:hush@host failed\nmore") == "postgresql://me:***@host failed"
    assert len(first_line("x" * 9000)) == 500
