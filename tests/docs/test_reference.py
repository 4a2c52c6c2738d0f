"""Reference pages name everything the code has: settings, environment, layouts, columns, quarantine reasons."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from event_assets.anomalies.thresholds import Thresholds
from event_assets.archive.listing.layouts import LAYOUTS
from event_assets.archive.listing.templates import PUBLIC
from event_assets.archive.source import FRAMINGS
from event_assets.cli.app import app
from event_assets.cli.output.prometheus import HELP
from event_assets.config import settings
from event_assets.config.layers import TABLES, TOP_LEVEL
from event_assets.config.memory import DEFAULT_MIB
from event_assets.config.source_table import SOURCE
from event_assets.defs.checks.runbook import GUIDES
from event_assets.events.schema import QUARANTINE_SCHEMA
from loaders.rollups.recompute import find_rollups
from loaders.transform.standard_columns import OURS, USER_STANDARD, standard_columns
from tests.conftest import ROOT


def code_words(page: str) -> set[str]:
    """Return the texts between backquotes on a page."""
    return set(re.findall(r"`([^`\n]+)`", (ROOT / "docs" / page).read_text(encoding="utf-8")))


def test_every_setting_is_on_the_configuration_page() -> None:
    words = code_words("configuration.md")
    known = {
        *TOP_LEVEL,
        "source",
        *SOURCE,
        *(f"{table}.{name}" for table, settings_of_table in TABLES.items() for name in settings_of_table),
    }
    assert len(known) > 45
    assert sorted(known - words) == []


def test_defaults_on_the_configuration_page_are_those_of_the_code(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| `([^`]+)` \|", page, re.MULTILINE)
    documented = {key: tomllib.loads(f"value = {text}")["value"] for key, text in rows}
    (tmp_path / "tideline.toml").write_text('lake = "l"\nwarehouse = "w"\n[source]\narchive = "a"\n', encoding="utf-8")
    found = settings.load_settings({}, folder=tmp_path)
    source = found.sources["default"]
    assert documented == {
        "grace": f"{found.grace.seconds // 60}m",
        "memory_mib": DEFAULT_MIB,
        "chunk_mib": found.memory.chunk_bytes >> 20,
        "hours_per_run": found.hours_per_run,
        "publish_every": f"{found.publish_every.seconds // 60}m",
        "settle": f"{found.settling.settle.seconds // 60}m",
        "settle_at_most": f"{found.settling.settle_at_most.seconds // 3600}h",
        "look_back": f"{found.settling.look_back.days}d",
        "closed_by": found.settling.closed_by,
        "alerts.format": "json",
        "owners": list(found.owners),
        "budgets.columns": found.budgets.columns,
        "budgets.tables": found.budgets.tables,
        "budgets.values": found.budgets.values,
        **{f"checks.{part.name}": getattr(found.checks, part.name) for part in fields(Thresholds)},
        "dagster.executor": found.dagster.executor,
        "dagster.fan_out": found.dagster.fan_out,
        "dagster.fan_out_mib": found.dagster.fan_out_mib,
        "dagster.sample_rows": found.dagster.sample_rows,
        "layout": source.layout,
        "arrival": source.arrival,
        "contract_mode": source.contracts.mode,
        "schema": source.schema,
        "rollups_schema": source.rollups_schema,
        "keep_members": list(source.keep_members),
        "not_ids": list(source.not_ids),
        "not_users": list(source.not_users),
        "storage_options": dict(source.storage_options),
    }


def test_every_check_and_metric_is_on_the_checks_page() -> None:
    page = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert [name for name in (*GUIDES, *HELP) if not re.search(rf"`{name}\b", page)] == []


def test_every_layout_placeholder_and_framing_is_on_the_layouts_page() -> None:
    words = code_words("layouts.md")
    assert sorted({*LAYOUTS, *PUBLIC, *FRAMINGS} - words) == []


def test_every_shipped_mapping_is_on_the_layouts_or_the_vendors_page() -> None:
    shipped = [path.stem for path in (ROOT / "event_assets" / "events" / "mapping" / "presets").glob("*.toml")]
    assert shipped
    words = code_words("layouts.md") | code_words("vendors.md")
    assert [name for name in shipped if f'mapping = "{name}"' not in words] == []


@pytest.mark.parametrize("kind", ["track", "identify", "page", "screen", "group", "alias"])
def test_every_standard_column_is_on_the_tables_page(kind: str) -> None:
    words = code_words("tables.md")
    columns = standard_columns(kind) | OURS | USER_STANDARD
    assert sorted(set(columns) - words) == []


def test_every_option_of_init_is_on_its_page() -> None:
    words = set(re.findall(r"`(--[a-z-]+)", (ROOT / "docs" / "init.md").read_text(encoding="utf-8")))
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    options = {name for option in group.commands["init"].params for name in option.opts if name.startswith("--")}
    assert sorted(options - words) == []


def test_every_shipped_rollup_is_on_the_rollups_page() -> None:
    assert sorted(set(find_rollups(None)) - code_words("rollups.md")) == []


def test_every_column_of_the_quarantine_is_a_column_that_can_be_asked_for() -> None:
    assert {"file", "line", "byte_offset", "reason", "detail"} <= set(QUARANTINE_SCHEMA)
