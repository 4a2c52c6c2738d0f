"""Sensors that report failed runs and failed checks to a webhook.

Covered by tests/health/test_webhook.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from event_assets.config.alerts import Alerts
from event_assets.defs.partitions import DAYS, HOURS
from event_assets.defs.resources import Tideline
from event_assets.health.webhook import Alert, deliver, first_line, link_to

SHOWN = 10
"""Problems in one alert at most."""


def failed_runs_sensor(name: str) -> dg.SensorDefinition:
    """Return the sensor for runs that failed."""

    @dg.run_failure_sensor(
        name=name,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends an alert to the webhook of `[alerts]` for every run that failed.",
    )
    def failed_runs(context: dg.RunFailureSensorContext, tideline: Tideline) -> None:
        problem = first_line(_cause(context))
        _send(_alerts(tideline), context, "run_failed", [problem, *_failed_checks(context)])

    return failed_runs


def failed_checks_sensor(name: str) -> dg.SensorDefinition:
    """Return the sensor for checks that failed in runs that succeeded."""

    @dg.run_status_sensor(
        name=name,
        run_status=dg.DagsterRunStatus.SUCCESS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends an alert to the webhook of `[alerts]` for checks that failed in a run that succeeded.",
    )
    def failed_checks(context: dg.RunStatusSensorContext, tideline: Tideline) -> None:
        problems = list(_failed_checks(context))
        if problems:
            _send(_alerts(tideline), context, "checks_failed", problems)

    return failed_checks


def _alerts(tideline: Tideline) -> Alerts:
    return tideline.settings().alerts or Alerts("", variable="TIDELINE_ALERTS_WEBHOOK")


def _send(alerts: Alerts, context: dg.RunStatusSensorContext, event: str, problems: Sequence[str]) -> None:
    """Deliver one alert. Raise AlertError: the tick fails in the UI, and the next one continues with the next run."""
    run = context.dagster_run
    alert = Alert(
        event=event,
        run_id=run.run_id,
        job=run.job_name,
        assets=tuple(sorted(key.to_user_string() for key in run.asset_selection or ())),
        partitions=_partitions(run.tags),
        problems=tuple(problems[:SHOWN]),
        url=link_to(alerts, run.run_id),
    )
    deliver(alerts, alert)


def _partitions(tags: Mapping[str, str]) -> str:
    for grain in (HOURS, DAYS):
        if starts := grain.of_run(tags):
            first, last = grain.key(starts[0]), grain.key(starts[-1])
            return first if first == last else f"{first} to {last}"
    return ""


def _cause(context: dg.RunFailureSensorContext) -> str:
    """Return the message of the first failed step, or of its innermost error; else the run's, such as a lost worker."""
    for event in context.get_step_failure_events():
        failure = event.step_failure_data
        if failure.user_failure_data is not None and failure.user_failure_data.description:
            return f"{event.step_key}: {failure.user_failure_data.description}"
        error = failure.error
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            return f"{event.step_key}: {error.message}"
    return context.failure_event.message or "no message"


def _failed_checks(context: dg.RunStatusSensorContext) -> Iterator[str]:
    records = context.instance.get_records_for_run(
        context.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    for record in records:
        event = record.event_log_entry.dagster_event
        evaluation = event.event_specific_data if event is not None else None
        if isinstance(evaluation, dg.AssetCheckEvaluation) and not evaluation.passed:
            result = f"{evaluation.severity.value}: {evaluation.description or 'failed'}"
            yield first_line(f"check {evaluation.check_name} of {evaluation.asset_key.to_user_string()} {result}")
