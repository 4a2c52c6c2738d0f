"""The order of findings in the result of a check that warns."""

from datetime import timedelta

import dagster as dg

from event_assets.anomalies.findings import Finding
from event_assets.defs.checks.results import utc_now, warning_result
from tests.defs.build import hour


def test_new_findings_come_before_those_of_earlier_runs() -> None:
    now = utc_now()
    findings = [Finding(hour(number), f"file-{number}", "cannot be read") for number in range(6)]
    known = {hour(number): now - timedelta(minutes=9) for number in range(6) if number != 5}
    key = dg.AssetCheckKey(dg.AssetKey("lake"), "no_bad_file")

    result = warning_result(key, findings, passed="passed", since=known, now=now)

    assert str(result.description).startswith(f"{findings[5]}; {findings[0]}; {findings[1]} and 3 more.")
