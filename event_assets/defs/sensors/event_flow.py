"""A sensor that tells when an archive goes silent: then no run comes whose checks could."""

from datetime import UTC, datetime

import dagster as dg

from event_assets.config.settings import Settings
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.history import FLOW, judge
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import skip_busy
from loaders.interface.errors import Transient


def flow_sensor(name: str, source: str, keys: SourceKeys, settings: Settings) -> dg.SensorDefinition:
    """Evaluates the check `events_flow` every ten minutes; reports it when it says something else than before."""
    key = dg.AssetCheckKey(keys.warehouse, FLOW)

    @dg.sensor(
        name=name,
        minimum_interval_seconds=600,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports the check `events_flow` when the archive goes silent or flows again. Starts nothing.",
        owners=list(settings.owners),
        tags={"tideline/source": source},
    )
    def flow(context: dg.SensorEvaluationContext, tideline: Tideline) -> dg.SensorResult | dg.SkipReason:
        now = tideline.settings()
        try:
            (result,) = judge(now, now.sources[source], [key], (), context.instance)
        except Transient as busy:
            return skip_busy(busy)
        told = f"{datetime.now(UTC):%Y-%m-%d} {result.passed} {result.description}"
        if told == context.cursor:
            return dg.SkipReason("Nothing has changed.")
        return dg.SensorResult(asset_events=[_evaluation(key, result)], cursor=told)

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
