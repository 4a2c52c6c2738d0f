"""A code server that loads the definitions of a project, and a webserver that answers what the catalog page asks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dagster import deserialize_value
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import ListRepositoriesResponse

from benchmarks.dagster import tree_cpu
from benchmarks.many_tables_project import Project, Spent
from tests.browser.dagster_dev import Dagster, free_port, wait_for
from tests.conftest import ROOT

LOCATION: Final = "event_assets.definitions"
EMPTY: Final = "empty_location"
"""A location without definitions: what it takes is Dagster's own."""
OWN: Final = "import, build, snapshot, serialize"
PATIENCE: Final = 120.0
CATALOG: Final = """{ assetNodes {
  id groupName description isPartitioned isMaterializable isObservable kinds hasMaterializePermission
  assetKey { path } owners { ... on UserAssetOwner { email } ... on TeamAssetOwner { team } } tags { key value }
  dependencyKeys { path } dependedByKeys { path } jobNames opNames computeKind
  metadataEntries { label description __typename ... on TextMetadataEntry { text }
    ... on TableSchemaMetadataEntry { schema { columns {
      name type description constraints { nullable unique other } } } }
    ... on TableColumnLineageMetadataEntry { lineage { columnName columnDeps { assetKey { path } columnName } } } }
  repository { id name location { id name } } partitionDefinition { description }
  partitionStats { numMaterialized numPartitions numFailed numMaterializing }
  assetChecksOrError { ... on AssetChecks { checks { name } } }
  assetMaterializations(limit: 1) { runId timestamp partition } } }"""
TABLES: Final = """{ assetsOrError(limit: 1000) { ... on AssetConnection { cursor nodes { id key { path }
  definition { id groupName description isPartitioned kinds owners { ... on TeamAssetOwner { team } }
    repository { id name location { id name } } } } } } }"""


def time_definitions(project: Project) -> dict[str, Spent]:
    """Return what the definitions take in one new process, and until a new code server, which has two, has sent them.

    Each is beside the same of a location without definitions.
    """
    (project.folder / f"{EMPTY}.py").write_text("import dagster as dg\n\ndefs = dg.Definitions()\n")
    found: dict[str, Spent] = {}
    for location, of in ((LOCATION, ""), (EMPTY, ", empty location")):
        found[f"{OWN}{of}"] = _load_alone(project, location)
        with _code_server(project, location) as (_, spent):
            found[f"answer of the code server{of}"] = spent
    return found


def _load_alone(project: Project, location: str) -> Spent:
    started = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.many_tables_location", location]
    process = subprocess.Popen(command, env=project.environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{location} does not load")
    return Spent(time.perf_counter() - started, usage.ru_utime + usage.ru_stime)


def time_catalog(project: Project, runs: int) -> dict[str, Spent]:
    """Return how long a webserver takes for the catalog: the first time, which fills its caches, and usually."""
    found: dict[str, Spent] = {}
    with _code_server(project, LOCATION) as (port, _), _webserver(project, port) as dagster:
        for name, query in {"list of assets": TABLES, "assets with their metadata": CATALOG}.items():
            first, *others = (_time_query(dagster, query) for _ in range(1 + runs))
            found |= {f"{name}, first": first, name: sorted(others, key=lambda spent: spent.wall)[len(others) // 2]}
        listed = len(dagster.ask("{ assetNodes { id } }")["assetNodes"])
    if listed < project.shape.tables:
        raise SystemExit(f"the catalog has only {listed} assets")
    return found


@contextmanager
def _code_server(project: Project, location: str) -> Iterator[tuple[int, Spent]]:
    """Provide the port of a code server, and what it took from its start until it had sent all definitions."""
    port = free_port()
    command = [sys.executable, "-m", "dagster", "code-server", "start", "-m", location, "-p", str(port)]
    started = time.perf_counter()
    with _process(project, [*command, "-h", "127.0.0.1"], "code-server") as (pid, _):
        origin = GrpcServerCodeLocationOrigin("127.0.0.1", port, location_name=location)
        client = DagsterGrpcClient(port=port, host="127.0.0.1")
        wait_for(lambda: _answers(client, origin), "the code server", seconds=PATIENCE, every=0.02)
        yield port, Spent(time.perf_counter() - started, tree_cpu(pid))


def _answers(client: DagsterGrpcClient, origin: GrpcServerCodeLocationOrigin) -> bool:
    """Return whether the server sends its definitions, as webserver and daemon ask for them."""
    try:
        listed = deserialize_value(client.list_repositories(), ListRepositoriesResponse)
    except Exception:  # noqa: BLE001  it is not there yet
        return False
    for symbol in listed.repository_symbols:
        client.external_repository(RemoteRepositoryOrigin(origin, symbol.repository_name), defer_snapshots=True)
    return True


@contextmanager
def _webserver(project: Project, port: int) -> Iterator[Dagster]:
    """Provide a webserver over the code server, once it has the definitions."""
    workspace, own = project.home / "workspace.yaml", free_port()
    server = f"{{host: 127.0.0.1, port: {port}, location_name: {LOCATION}}}"
    workspace.write_text(f"load_from:\n  - grpc_server: {server}\n")
    command = [str(Path(sys.executable).with_name("dagster-webserver")), "-w", str(workspace), "-p", str(own)]
    with _process(project, command, "webserver") as (pid, log):
        dagster = Dagster(own, log, pid)
        wait_for(dagster.answers, "the webserver", seconds=PATIENCE)
        yield dagster


@contextmanager
def _process(project: Project, command: list[str], name: str) -> Iterator[tuple[int, Path]]:
    log = project.home / f"{name}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(project.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process.pid, log
    finally:
        process.terminate()
        process.wait()


def _time_query(dagster: Dagster, query: str) -> Spent:
    started, cpu = time.perf_counter(), tree_cpu(dagster.pid)
    dagster.ask(query)
    return Spent(time.perf_counter() - started, tree_cpu(dagster.pid) - cpu)
