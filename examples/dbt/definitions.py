"""Tideline's assets and the models of this dbt project as one code location: one graph from the archive to the marts.

Run by `dagster dev -f examples/dbt/definitions.py` in an environment that has dbt. docs/dbt.md explains it.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from sqlalchemy import make_url

from event_assets import definitions as tideline
from event_assets.config.settings import load_settings
from event_assets.defs.assets import warehouse_pool

settings = load_settings(os.environ, demo=True)
if settings.warehouse.startswith("duckdb"):
    os.environ.setdefault("TIDELINE_DUCKDB", str(Path(make_url(settings.warehouse).database or "").resolve()))
project = DbtProject(Path(__file__).parent, target_path=os.environ.get("DBT_TARGET_PATH", "target"))
project.prepare_if_dev()
if not project.manifest_path.exists():
    project.preparer.prepare(project)


class AfterLoads(DagsterDbtTranslator):
    """Runs a model when a table or model that it reads has changed."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return the group of models."""
        return "marts"

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition[dg.AssetKey]:
        """Return when a model runs: a load or a model before it has changed what it reads."""
        return dg.AutomationCondition.eager()


@dbt_assets(
    manifest=project.manifest_path,
    project=project,
    dagster_dbt_translator=AfterLoads(),
    pool=warehouse_pool(settings),  # on DuckDB, models and loads take turns
)
def shop(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build the models and run their tests; report the rows and columns of each.

    Not where the columns come from: dagster-dbt does not find that through ephemeral models, and warns.
    """
    events = dbt.cli(["build"], context=context).stream()
    yield from events.fetch_row_counts().fetch_column_metadata(with_column_lineage=False)


@dg.definitions
def defs() -> dg.Definitions:
    """Return both as one list of what exists."""
    run_models = dg.AutomationConditionSensorDefinition(
        "run_models",
        target=dg.AssetSelection.assets(shop),
        description="Runs models whose tables have changed.",
        minimum_interval_seconds=60,
    )
    models = dg.Definitions(assets=[shop], sensors=[run_models], resources={"dbt": DbtCliResource(project)})
    return dg.Definitions.merge(tideline.defs(), models)
