"""The sensor for a silent archive: without files no run starts, and no check would report it.

Covered by tests/defs/checks/test_history.py.
"""

from datetime import UTC, datetime

import dagster as dg

from event_assets.config.settings import Settings
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.history import FLOW, evaluate
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import skip_busy
from loaders.interface.errors import Transient


def flow_sensor(name: str, source: str, keys: SourceKeys, settings: Settings) -> dg.SensorDefinition:
    """Return the sensor: it evaluates the check `events_flow` every ten minutes and reports it when it changes."""
    key = dg.AssetCheckKey(keys.warehouse, FLOW)

    @dg.sensor(
        name=name,
        minimum_interval_seconds=600,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports the check `events_flow` when the archive becomes silent or events arrive again. Starts no "
        "runs.",
        owners=list(settings.owners),
        tags={"tideline/source": source},
    )
    def flow(context: dg.SensorEvaluationContext, tideline: Tideline) -> dg.SensorResult | dg.SkipReason:
        now = tideline.settings()
        try:
            (result,) = evaluate(now, now.sources[source], [key], (), context.instance)
        except Transient as busy:
            return skip_busy(busy)
        state = f"{datetime.now(UTC):%Y-%m-%d} {result.passed} {result.description}"
        if state == context.cursor:
            return dg.SkipReason("The result has not changed.")
        return dg.SensorResult(asset_events=[_evaluation(key, result)], cursor=state)

    return flow


def _evaluation(key: dg.AssetCheckKey, result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=result.passed,
        severity=result.severity,
        description=result.description,
        metadata=result.metadata,
    )
