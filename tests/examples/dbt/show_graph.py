"""Load the example's definitions as Dagster does; print their graph, what a load starts, and what a run reports.

Run by the Python that has dbt, for tests/examples/dbt/test_definitions.py.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import dagster as dg

from tests.examples.script import load_script

SCHEMA: Final = "dagster/column_schema"


def main(file: str) -> None:
    """Print it as JSON."""
    module = load_script(Path(file))
    built: dg.Definitions = module.defs()
    dg.Definitions.validate_loadable(built)
    graph = built.resolve_asset_graph()
    names = {
        key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }
    with dg.DagsterInstance.ephemeral() as instance:
        requested = _after_a_load(built, instance)
    with dg.DagsterInstance.ephemeral() as instance:
        dbt = {"dbt": module.DbtCliResource(module.project)}
        done = dg.materialize([module.shop], instance=instance, resources=dbt)
        rows, columns = _reports(module.shop, done.get_asset_materialization_events())
    checks = [evaluation.passed for evaluation in done.get_asset_check_evaluations()]
    found = {
        "graph": names,
        "requested": requested,
        "rows": rows,
        "columns": columns,
        "checks": checks,
    }
    sys.stdout.write("\n" + json.dumps(found) + "\n")


def _reports(shop: dg.AssetsDefinition, events: Sequence[dg.DagsterEvent]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return per model how many rows it reports, and of each column of its table its type and what it is."""
    rows, columns = {}, {}
    for event in events:
        report = event.step_materialization_data.materialization
        name, described = report.asset_key.to_user_string(), shop.specs_by_key[report.asset_key].metadata
        texts = {column.name: column.description for column in described[SCHEMA].columns}
        rows[name] = report.metadata["dagster/row_count"].value
        found = report.metadata[SCHEMA]
        assert isinstance(found, dg.TableSchemaMetadataValue)
        columns[name] = {column.name: [column.type, texts.get(column.name)] for column in found.schema.columns}
    return rows, columns


def _after_a_load(built: dg.Definitions, instance: dg.DagsterInstance) -> list[list[str]]:
    """Return which models are requested before a load, after one, and after nothing more."""
    requested, cursor = [], None
    for tables in ([], ["events/order_completed", "tideline/arrivals"], []):
        for table in tables:
            instance.report_runless_asset_event(dg.AssetMaterialization(table.split("/")))
        found = dg.evaluate_automation_conditions(built, instance, cursor=cursor)
        cursor = found.cursor
        requested.append(
            sorted({result.key.to_user_string() for result in found.results if result.true_subset.size > 0})
        )
    return requested


if __name__ == "__main__":
    main(sys.argv[1])
