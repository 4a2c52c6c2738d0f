"""`dagster dev` as a process of its own, and the questions that its GraphQL answers."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from event_assets.defs.instance.run_history import begin_history
from tests.conftest import ROOT

CHECKS = """{ assetNodes { assetKey { path } assetChecksOrError { ... on AssetChecks { checks {
  name executionForLatestMaterialization { status evaluation { success description } } } } } } }"""
PARTITIONS = "{ assetNodes { assetKey { path } partitionStats { numMaterialized numPartitions numFailed } } }"
RUNS = "{ runsOrError { ... on Runs { results { runId status jobName tags { key value } } } } }"
START = """mutation($sensor: SensorSelector!) { startSensor(sensorSelector: $sensor) { __typename } }"""
BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILL_STATUS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status } } }"""
LOGS = """query($id: ID!, $after: String) { logsForRun(runId: $id, afterCursor: $after, limit: 1000) {
  ... on EventConnection { cursor hasMore events { __typename ... on MessageEvent {
    message timestamp stepKey eventType } } } } }"""

WARNING = re.compile(r" - (?:WARNING|ERROR|CRITICAL) - |Warning: ")
IGNORED = "ignore:Function `dev_command` is superseded"
"""The warning that `make dev` does not show either: `dg dev` is no part of what is installed."""
COLORS = re.compile(r"\x1b\[\d+m")


class Timeout(Exception):
    """What was waited for did not come."""


@dataclass(frozen=True)
class Dagster:
    """A running `dagster dev`."""

    port: int
    log: Path
    pid: int = 0
    """Of the process above all its others."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The data that GraphQL answers with."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            body = json.dumps({"query": query, "variables": variables})
            connection.request("POST", "/graphql", body, {"content-type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if answer.get("errors"):
            raise RuntimeError(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    def answers(self) -> bool:
        """Return whether the webserver is there."""
        try:
            return bool(self.ask("{ version }"))
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def partitions(self) -> dict[str, tuple[int, int]]:
        """Partitioned asset -> materialized and all partitions."""
        return {
            "/".join(node["assetKey"]["path"]): (
                node["partitionStats"]["numMaterialized"],
                node["partitionStats"]["numPartitions"],
            )
            for node in self.ask(PARTITIONS)["assetNodes"]
            if node["partitionStats"] is not None
        }

    def runs(self) -> list[dict[str, Any]]:
        """Every run with its status and tags."""
        return [
            {**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}}
            for run in self.ask(RUNS)["runsOrError"]["results"]
        ]

    def checks(self, asset: str) -> dict[str, str]:
        """Return per check of one asset `passed`, or the message of its last execution."""
        return {
            check["name"]: _ending(check["executionForLatestMaterialization"])
            for node in self.ask(CHECKS)["assetNodes"]
            if "/".join(node["assetKey"]["path"]) == asset
            for check in node["assetChecksOrError"].get("checks", [])
        }

    def backfill(self, assets: Sequence[str], partitions: Sequence[str]) -> str:
        """Start a backfill of partitions of assets as the UI does; its id."""
        paths = [{"path": asset.split("/")} for asset in assets]
        params = {"assetSelection": paths, "partitionNames": list(partitions)}
        answer = self.ask(BACKFILL, params=params)["launchPartitionBackfill"]
        if "backfillId" not in answer:
            raise RuntimeError(answer)
        return str(answer["backfillId"])

    def backfill_status(self, identifier: str) -> str:
        """Such as `REQUESTED`, `COMPLETED_SUCCESS`."""
        return str(self.ask(BACKFILL_STATUS, id=identifier)["partitionBackfillOrError"]["status"])

    def logs(self, run_id: str) -> list[dict[str, Any]]:
        """Every event of a run, in order."""
        events: list[dict[str, Any]] = []
        after, more = None, True
        while more:
            answer = self.ask(LOGS, id=run_id, after=after)["logsForRun"]
            events += answer["events"]
            after, more = answer["cursor"], answer["hasMore"]
        return events

    def warnings(self) -> list[str]:
        """What Dagster's own processes have warned of."""
        lines = COLORS.sub("", self.log.read_text()).splitlines()
        return [line for line in lines if WARNING.search(line)]

    def start_sensor(self, name: str) -> None:
        """Turn a sensor on."""
        location = {"repositoryLocationName": "event_assets.definitions", "repositoryName": "__repository__"}
        self.ask(START, sensor={**location, "sensorName": name})


def _ending(execution: dict[str, Any] | None) -> str:
    if execution is None:
        return "not executed"
    evaluation = execution["evaluation"]
    if execution["status"] == "SUCCEEDED" and evaluation["success"]:
        return "passed"
    return f"{execution['status']}: {evaluation and evaluation['description']}"


@contextmanager
def running_dagster(
    home: Path, config: Path, *, environment: Mapping[str, str] | None = None, instance: str = "", patience: float = 180
) -> Iterator[Dagster]:
    """`dagster dev` with its own instance, as `make dev` starts it; its processes end with the block.

    `instance` is the text of another dagster.yaml than the repository's.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(instance or (ROOT / "deploy" / "dagster-dev.yaml").read_text())
    with dg.DagsterInstance.from_config(str(home)) as new:
        begin_history(new)
    port = free_port()
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "-w", "workspace.yaml", "-p", str(port)]
    variables = {"DAGSTER_HOME": str(home), "TIDELINE_CONFIG": str(config), "PYTHONWARNINGS": IGNORED}
    variables |= environment or {}
    with serving(command, port, home / "dev.log", variables, patience=patience) as dagster:
        yield dagster


@contextmanager
def serving(
    command: Sequence[str], port: int, log: Path, variables: Mapping[str, str], *, patience: float
) -> Iterator[Dagster]:
    """Dagster as this command starts it at a port; its processes end with the block."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        started = Dagster(port, log, process.pid)
        wait_for(started.answers, "Dagster's webserver", seconds=patience)
        yield started
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(holds: Callable[[], bool], what: str, *, seconds: float, every: float = 1.0) -> None:
    """Return once it holds, which is asked in steps of seconds; raise Timeout after so many of them."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise Timeout(f"waited {seconds:.0f} s for {what}")
        time.sleep(every)


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
