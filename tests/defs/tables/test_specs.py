"""Tables as assets: which there are, what they show, how they come and go without a change of code."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.freshness import TimeWindowFreshnessPolicy  # exported for making one only

from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_ledger
from event_assets.definitions import build_definitions
from event_assets.defs.tables.specs import Tables, column_lineage, describe, find_tables, table_key
from event_assets.health.warehouse_tables import (
    ShownColumn,
    ShownTable,
    kept_tables,
    read_structure,
    read_tables,
    structure_of,
)
from tests.defs.build import held_elsewhere, hour, resource_of, settings_of, track, write_config, write_file
from tests.defs.in_process import tideline
from tests.defs.sensors.test_pending_hours import sensor_tick

TABLES = ["events/order_completed", "events/tracks"]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def definitions(config: Path, tables: Tables | None = None) -> dg.Definitions:
    settings = settings_of(config)
    found = find_tables(settings) if tables is None else tables
    return build_definitions(settings, {"default": hour(0)}, resource_of(config), found)


def lineage_of(config: Path, name: str) -> Mapping[str, Sequence[dg.TableColumnDep]]:
    """Return what each column of a table comes from, as loads report it."""
    (table,) = (shown for shown in find_tables(settings_of(config))["default"] if shown.name == name)
    return column_lineage(table, dg.AssetKey("lake")).deps_by_column


def event_tables(built: dg.Definitions) -> list[str]:
    keys = built.resolve_asset_graph().get_all_asset_keys()
    return sorted(key.to_user_string() for key in keys if key.path[0] == "events" and len(key.path) > 1)


def load(folder: Path, number: int, event: str, **properties: object) -> None:
    write_file(folder / "archive", hour(number), [track(f"m{number}", at=hour(number), event=event, **properties)])
    assert tideline("load", "--config", folder / "tideline.toml", cwd=folder).returncode == 0


def test_a_table_shows_what_its_columns_are(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    load(tmp_path, 0, "Order Completed", price=1, coupon="x")
    load(tmp_path, 1, "Order Completed", price=2)
    built = definitions(config)
    assert event_tables(built) == TABLES
    node = built.resolve_asset_graph().get(dg.AssetKey(["events", "order_completed"]))
    assert node.parent_keys == {dg.AssetKey("warehouse")}
    assert (node.group_name, node.kinds, node.owners) == ("events_tables", {"table", "duckdb"}, ["team:data"])
    assert node.description == "Every track event whose name gives order_completed, one row each, with its properties."
    assert not node.is_executable
    schema = node.metadata["dagster/column_schema"]
    shown = {column.name: (column.type, column.description) for column in schema.columns}
    assert shown["price"] == (
        "BIGINT",
        "properties.price of the event. First seen in 2026-01-31T07, last in 2026-01-31T08. Nearly every row has "
        "a value.",
    )
    assert str(shown["coupon"][1]).endswith(
        "First seen in 2026-01-31T07, last in 2026-01-31T07. About 50% of rows have no value."
    )
    assert [name for name, (_, text) in shown.items() if not text] == []
    assert shown["timestamp"][1] == "When it happened, corrected for the client's clock"
    assert node.metadata["dagster/table_name"] == "events.order_completed"
    assert node.metadata.keys() == {"dagster/table_name", "dagster/column_schema"}, "what every reader is sent"
    assert [dep.column_name for dep in lineage_of(config, "order_completed")["coupon"]] == ["properties"]


def test_users_show_where_their_traits_come_from(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    for number, traits in enumerate(({"plan": "pro"}, {"plan": "free", "seats": 2}, {"plan": "pro"}, {"odd": 1})):
        person = track(f"i{number}", at=hour(number)) | {"type": "identify", "userId": f"u{number}", "traits": traits}
        write_file(tmp_path / "archive", hour(number), [person])
    assert tideline("load", "--config", config, cwd=tmp_path).returncode == 0
    node = definitions(config).resolve_asset_graph().get(dg.AssetKey(["events", "users"]))
    shown = {column.name: column.description for column in node.metadata["dagster/column_schema"].columns}
    assert shown["plan"] == (
        "traits.plan of the event. First seen in 2026-01-31T07, last in 2026-01-31T09. About 25% of rows have no value."
    )
    assert str(shown["seats"]).endswith(
        "First seen in 2026-01-31T08, last in 2026-01-31T08. About 75% of rows have no value."
    )
    assert (shown["id"], shown["received_at"]) == ("Id of the user", "When the gateway received it")
    assert [name for name, text in shown.items() if not text] == []
    assert lineage_of(config, "users")["seats"] == [dg.TableColumnDep(dg.AssetKey("lake"), "traits")]


def test_the_ledger_and_every_rollup_are_assets_by_schema_and_table(tmp_path: Path) -> None:
    graph = definitions(write_config(tmp_path), {}).resolve_asset_graph()
    assert {key.to_user_string() for key in graph.get_all_asset_keys()} >= {"tideline/arrivals", "rollups/sessions"}
    assert graph.get(dg.AssetKey(["tideline", "arrivals"])).parent_keys == {dg.AssetKey("warehouse")}


def test_a_new_table_comes_and_a_dropped_one_goes_by_the_sensor(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    config = write_config(tmp_path)
    load(tmp_path, 0, "Order Completed")
    assert "2 tables" in str(sense(config, instance, definitions(config)).skip_reason)
    before = definitions(config)
    cursor = sense(config, instance, before).cursor
    assert isinstance(sensor_tick(before, resource_of(config), instance, "table_assets", cursor), dg.SkipReason)

    load(tmp_path, 1, "Cart Viewed")
    assert event_tables(definitions(config)) == TABLES, "what the lake keeps, until the sensor has looked"
    again = sense(config, instance, before, cursor)
    assert "1 new: cart_viewed" in str(again.skip_reason)
    assert event_tables(definitions(config)) == ["events/cart_viewed", *TABLES]

    key = dg.AssetKey(["events", "cart_viewed"])
    instance.report_runless_asset_event(dg.AssetMaterialization(key))
    assert tideline("catalog", "drop", "cart_viewed", "--config", config, cwd=tmp_path).returncode == 0
    gone = sense(config, instance, definitions(config), again.cursor)
    assert "1 gone: cart_viewed" in str(gone.skip_reason)
    assert event_tables(definitions(config)) == TABLES
    assert not instance.has_asset_key(key)


def sense(
    config: Path, instance: dg.DagsterInstance, built: dg.Definitions, cursor: str | None = None
) -> dg.SensorResult:
    found = sensor_tick(built, resource_of(config), instance, "table_assets", cursor)
    assert isinstance(found, dg.SensorResult)
    return found


def test_a_new_column_is_a_change_and_a_further_row_is_none(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    config = write_config(tmp_path)
    load(tmp_path, 0, "Order Completed", price=1)
    built = definitions(config)
    cursor = sense(config, instance, built).cursor
    load(tmp_path, 1, "Order Completed", price=2)
    assert isinstance(sensor_tick(built, resource_of(config), instance, "table_assets", cursor), dg.SkipReason)
    load(tmp_path, 2, "Order Completed", price=2, colour="red")
    assert "1 with other columns" in str(sense(config, instance, built, cursor).skip_reason)


def test_the_structure_is_that_of_the_tables_with_their_columns(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    load(tmp_path, 0, "Order Completed", price=1, colour="red")
    settings = settings_of(config)
    with open_ledger(settings) as session:
        assert session is not None
        found = read_structure(session, settings.only_source())
        assert found == structure_of(read_tables(session, settings.only_source()))
    assert found["order_completed"]["price"] == "BIGINT"


def test_a_warehouse_that_another_process_holds_leaves_the_tables_that_the_lake_keeps(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    config = write_config(tmp_path)
    load(tmp_path, 0, "Order Completed")
    sense(config, instance, definitions(config))
    with held_elsewhere(tmp_path / "warehouse.duckdb"):
        assert event_tables(definitions(config)) == TABLES
        held = sensor_tick(definitions(config), resource_of(config), instance, "table_assets")
        assert "busy" in str(held)
    (tmp_path / "lake/default/tables.json").write_text("[{]")
    assert kept_tables(settings_of(config).lake, "default") is None
    assert event_tables(definitions(config)) == TABLES, "read from the warehouse"


def test_names_of_events_that_are_names_of_assets_get_a_key_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(
        "lake = 'l'\nwarehouse = 'w'\n[sources.web]\narchive = 'a'\nschema = 'web'\n[sources.app]\narchive = 'b'\n"
        "schema = 'app'\n"
    )
    settings = settings_of(tmp_path / "two.toml")
    names = ("warehouse", "archive", "lake", "audit", "tracks")
    tables = {"web": tuple(ShownTable(name, "Rows", 0, ()) for name in names)}
    built = build_definitions(settings, dict.fromkeys(settings.sources, hour(0)), resource_of(tmp_path), tables)
    dg.Definitions.validate_loadable(built)
    keys = {key.to_user_string() for key in built.resolve_asset_graph().get_all_asset_keys()}
    assert keys >= {f"web/{name}" for name in names}
    assert keys >= {f"web/tables/{name}" for name in names[:-1]}
    assert table_key("app", "lake", settings) == dg.AssetKey(["app", "tables", "lake"])


def test_names_of_rollups_that_are_names_of_assets_get_a_key_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "lake.sql").write_text("SELECT CAST(:start AS DATE) AS date")
    (tmp_path / "two.toml").write_text(
        f"lake = 'l'\nwarehouse = 'w'\nrollups = '{tmp_path / 'own'}'\n"
        "[sources.app]\narchive = 'a'\nschema = 'app_events'\n"
        "[sources.web]\narchive = 'b'\nschema = 'web'\nrollups_schema = 'app'\n"
    )
    settings = settings_of(tmp_path / "two.toml")
    built = build_definitions(settings, dict.fromkeys(settings.sources, hour(0)), resource_of(tmp_path), {})
    dg.Definitions.validate_loadable(built)
    keys = {key.to_user_string() for key in built.resolve_asset_graph().get_all_asset_keys()}
    assert keys >= {"app/lake", "app/tables/lake", "app/sessions", "rollups_app/lake"}


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (ShownColumn("p", "BIGINT", path="properties.p"), "properties.p of the event. No event has had it yet."),
        (
            ShownColumn("n", "BIGINT", "", "properties.n", hour(0), hour(1), 0.25, 1200),
            "properties.n of the event. First seen in 2026-01-31T07, last in 2026-01-31T08. About 75% of rows have no "
            "value. 1,200 values did not fit its type and are in _rescued.",
        ),
        (ShownColumn("by_hand", "BIGINT"), None),
    ],
)  # fmt: skip
def test_a_column_is_described_by_what_is_known(column: ShownColumn, text: str | None) -> None:
    assert describe(column) == text


def test_home_tables_the_warehouse_and_rollups_are_stale_after_what_the_source_sets(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    config.write_text(config.read_text() + 'fresh_within = "3h"\n')
    settings = settings_of(config)
    tables = {"default": tuple(ShownTable(name, "Rows", 0, ()) for name in ("tracks", "order_completed"))}
    built = build_definitions(settings, {"default": hour(0)}, resource_of(config), tables)
    graph = built.resolve_asset_graph()
    windows = {
        key.to_user_string(): policy.fail_window.to_timedelta()
        for key in graph.get_all_asset_keys()
        if isinstance(policy := graph.get(key).freshness_policy, TimeWindowFreshnessPolicy)
    }
    stale = ("events/tracks", "rollups/active_users_daily", "rollups/events_daily", "rollups/sessions", "warehouse")
    assert windows == dict.fromkeys(stale, timedelta(hours=3))


def many_tables(settings: Settings) -> Tables:
    column = ShownColumn("price", "BIGINT", "", "properties.price", hour(0), hour(1), 0.5, 3)
    columns = tuple(replace(column, name=f"property_{number}") for number in range(40))
    tables = tuple(ShownTable(f"event_{number}", "Rows", 10, columns) for number in range(500))
    return dict.fromkeys(settings.sources, tables)


def test_three_sources_of_500_tables_are_defined_in_seconds(tmp_path: Path) -> None:
    (tmp_path / "three.toml").write_text(
        "lake = 'l'\nwarehouse = 'w'\n"
        + "".join(f"[sources.{name}]\narchive = '{name}'\nschema = '{name}'\n" for name in ("one", "two", "three"))
    )
    settings = settings_of(tmp_path / "three.toml")
    tables = many_tables(settings)
    started = time.process_time()
    built = build_definitions(settings, dict.fromkeys(settings.sources, hour(0)), resource_of(tmp_path), tables)
    built.get_repository_def().load_all_definitions()
    assert time.process_time() - started < 3
    assert len(built.resolve_asset_graph().get_all_asset_keys()) > 1500


def test_an_empty_warehouse_has_no_tables(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    (tmp_path / "archive").mkdir()
    assert find_tables(settings_of(config)) == {"default": ()}
    assert event_tables(definitions(config)) == []
