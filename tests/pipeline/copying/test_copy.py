"""A copy has the rows, types and records of the old warehouse, which is only read; where it could not, it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from event_assets.cli.app import run
from event_assets.config.settings import Flags, Settings, SettingsError, load_settings, redacted
from event_assets.events.masking.rules import VARIABLE
from event_assets.lake.paths import note_path
from event_assets.pipeline.catalog import drop, retype
from event_assets.pipeline.copying.copy import Copied, copy_warehouse
from event_assets.pipeline.erasure.forget import forget
from event_assets.pipeline.load import Choice
from event_assets.pipeline.retention import drop_days
from event_assets.pipeline.rollups import recompute_sources
from loaders.interface.errors import Terminal, Transient
from loaders.rewrite.forget import Persons
from loaders.rewrite.retype import Retype
from loaders.transform.catalog import Budgets, DropTarget
from tests.defs.build import hour, settings_of, track, write_config, write_file
from tests.drive import load_pending, place
from tests.pipeline.contracts.build import write_contract
from tests.pipeline.quarantine.replayed import (
    TODAY,
    YESTERDAY,
    hide_archive,
    load_all,
    replay_all,
    with_mapping,
    write_dirty,
)
from tests.postgres import Server
from tests.promises.compare import differences

PRICES: Final[list[list[object]]] = [[1, 2.5, 3], [0.5, 7, "free"], [9, 1.25, 4]]
KEY: Final = "a key that only these tests know"
FLAGS: Final = "SELECT table_name, column_name, type, pinned, provisional FROM tideline.columns ORDER BY ALL"


def write_archive(folder: Path) -> None:
    """Three hours of orders whose prices disagree, with a copy in another hour, other persons and a broken line."""
    for number, prices in enumerate(PRICES):
        plain = [track(f"p{number}-{n}", at=hour(number), price=n, junk="x") for n in range(20)]
        odd = [track(f"o{number}-{n}", at=hour(number), price=price) for n, price in enumerate(prices)]
        late = track(f"p{max(number - 1, 0)}-0", at=hour(number), price=100)
        other = {**track(f"x{number}", at=hour(number), event=f"Other {number}", code=number), "userId": "u2"}
        who = {"type": "identify", "messageId": f"i{number}", "traits": {"plan": number}}
        who = {**track("", at=hour(number)), **who}
        del who["event"], who["properties"]
        write_file(folder / "archive", hour(number), [*plain, *odd, late, other, who, '{"type": "track", '])


def loaded(folder: Path) -> Settings:
    """The archive in a DuckDB file, with rollups."""
    write_archive(folder)
    settings = settings_of(write_config(folder))
    load_pending(settings, Choice())
    assert [done.errors for done in recompute_sources(settings) if done.errors] == []
    return settings


def copied(settings: Settings, to: str) -> Copied:
    """Copy, and find nothing that differs."""
    done = copy_warehouse(settings, to, lambda *_: None)
    assert [difference for source in done.sources for difference in source.differences] == []
    assert done.rollup_errors == ()
    return done


def change_by_hand(settings: Settings, *statements: str) -> None:
    """Change the DuckDB file of the warehouse, or of another one, as somebody might."""
    with duckdb.connect(settings.warehouse.removeprefix("duckdb:///")) as connection:
        for statement in statements:
            connection.execute(statement)


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Fail where the file is written in the block."""
    before = path.read_bytes()
    yield
    assert path.read_bytes() == before


def change_types(settings: Settings) -> None:
    """Retype, pin and drop: nothing but the catalog has that."""
    (source,) = settings.sources.values()
    for wanted in (Retype("order_completed", "price", "int"), Retype("other_1", "code", "string", pin=True)):
        retype(settings, source, wanted, dry_run=False, on_progress=lambda *_: None)
    target = DropTarget("order_completed", "junk")
    drop(settings, source, target, dry_run=False, on_progress=lambda *_: None)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A loaded file; nobody changes it."""
    return loaded(tmp_path_factory.mktemp("loaded"))


@pytest.fixture
def here(base: Settings, tmp_path: Path) -> Settings:
    """A place with a copy of everything."""
    folder = Path(base.warehouse.removeprefix("duckdb:///")).parent
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return settings_of(write_config(tmp_path))


def test_a_duckdb_file_is_copied_to_postgresql_with_its_types(
    here: Settings, tmp_path: Path, postgres: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    new = postgres.new_database()
    for statement in ("CREATE SCHEMA events", "CREATE TABLE events.mine AS SELECT 1 AS a"):
        new.execute(statement)
    change_types(here)
    command = ["copy", "--config", str(tmp_path / "tideline.toml"), "--to", new.warehouse_url, "--json"]
    with unchanged(tmp_path / "warehouse.duckdb"):
        assert run(command) == 0, capsys.readouterr().err
    document = json.loads(capsys.readouterr().out)
    (source,) = document["sources"]
    assert (source["hours"], source["loaded"], source["rows"]["order_completed"]) == (3, 3, 69)
    assert document["setting"] == f'warehouse = "{redacted(new.warehouse_url)}"'
    new.mirror(tmp_path / "new.duckdb")
    assert rows(tmp_path / "new.duckdb", "SELECT a FROM events.mine") == [(1,)]
    new.execute("DROP TABLE events.mine")
    new.mirror(tmp_path / "new.duckdb")
    assert differences(tmp_path / "warehouse.duckdb", tmp_path / "new.duckdb") == []
    assert rows(tmp_path / "new.duckdb", FLAGS) == rows(tmp_path / "warehouse.duckdb", FLAGS)
    days = "SELECT * FROM rollups.events_daily ORDER BY ALL"
    assert rows(tmp_path / "new.duckdb", days) == rows(tmp_path / "warehouse.duckdb", days) != []


@pytest.mark.slow
@pytest.mark.parametrize("server", ["ducklake", "clickhouse"], indirect=True)
def test_from_a_file_to_another_warehouse_and_back(here: Settings, tmp_path: Path, server: Server) -> None:
    other = server.new_database()
    change_types(here)
    copied(here, other.warehouse_url)
    copied(replace(here, warehouse=other.warehouse_url), str(tmp_path / "back.duckdb"))
    other.mirror(tmp_path / "other.duckdb")
    assert differences(tmp_path / "warehouse.duckdb", tmp_path / "other.duckdb") == []
    assert differences(tmp_path / "warehouse.duckdb", tmp_path / "back.duckdb") == []
    assert rows(tmp_path / "back.duckdb", FLAGS) == rows(tmp_path / "warehouse.duckdb", FLAGS)


@pytest.mark.slow
def test_an_erased_person_stays_away_and_the_record_comes_along(here: Settings, tmp_path: Path) -> None:
    settings = replace(here, erasure_key=KEY)
    change_types(settings)
    forget(settings, Persons(frozenset({"u2"})), reason="asked", by="somebody")
    copied(settings, str(tmp_path / "new.duckdb"))
    assert differences(tmp_path / "warehouse.duckdb", tmp_path / "new.duckdb") == []
    for query in (
        "SELECT * FROM tideline.erasures",
        "SELECT * FROM tideline.suppressed",
        "SELECT * FROM tideline.erased ORDER BY ALL",
    ):
        assert rows(tmp_path / "new.duckdb", query) == rows(tmp_path / "warehouse.duckdb", query) != []
    forget(settings, Persons(frozenset({"u1"})))
    with pytest.raises(Terminal, match="erased after hours had been copied"):
        copied(settings, str(tmp_path / "new.duckdb"))


@pytest.mark.slow
def test_the_budget_of_tables_goes_to_the_same_tables(tmp_path: Path) -> None:
    """The old warehouse has loaded the last hour first: its event has the one table, which has no column of its own."""
    for number in range(3):
        plain = {**track(f"e{number}", at=hour(number), event=f"Plain {number}"), "properties": {}, "context": {}}
        write_file(tmp_path / "archive", hour(number), [plain])
    settings = replace(settings_of(write_config(tmp_path)), budgets=Budgets(tables=1))
    for number in (2, 0, 1):
        load_pending(settings, Choice(start=hour(number), end=hour(number)))
    copied(settings, str(tmp_path / "new.duckdb"))
    assert differences(tmp_path / "warehouse.duckdb", tmp_path / "new.duckdb") == []
    tables = {name for (name,) in rows(tmp_path / "new.duckdb", "SELECT table_name FROM duckdb_tables()")}
    assert {"plain_0", "plain_1", "plain_2"} & tables == {"plain_2"}


@pytest.mark.slow
def test_hours_that_are_loaded_meanwhile_are_followed(here: Settings, tmp_path: Path) -> None:
    arrived = [track("late", at=hour(3), price=1)]

    def load_more(*_: object) -> None:
        while arrived:
            write_file(tmp_path / "archive", hour(3), [arrived.pop()])
            load_pending(here, Choice())

    done = copy_warehouse(here, str(tmp_path / "new.duckdb"), load_more)
    assert [(source.hours, source.loaded, source.differences) for source in done.sources] == [(4, 4, ())]
    again = copied(here, str(tmp_path / "new.duckdb"))
    assert [(source.hours, source.loaded) for source in again.sources] == [(4, 0)]


@pytest.mark.slow
def test_hours_that_were_replayed_after_they_had_been_copied_are_copied_again(tmp_path: Path) -> None:
    """Their files and settings are the same, but lines that were no events before are some now."""
    where = with_mapping(place(write_dirty(tmp_path / "archive"), tmp_path), YESTERDAY)
    load_all(where)
    copied(where.settings, str(tmp_path / "new.duckdb"))
    hide_archive(where)
    mapped = with_mapping(where, TODAY)
    assert {result.way for result in replay_all(mapped)} == {"lake"}
    again = copied(mapped.settings, str(tmp_path / "new.duckdb"))
    assert [(source.hours, source.loaded) for source in again.sources] == [(4, 3)]
    assert differences(tmp_path / "warehouse.duckdb", tmp_path / "new.duckdb") == []


@pytest.mark.slow
def test_loads_that_never_pause_end_the_copy_for_now(here: Settings, tmp_path: Path) -> None:
    def load_again(what: str, done: int, _: int) -> None:
        if (what, done) == ("tables", 0):
            load_pending(here, Choice(start=hour(0), end=hour(0), reload=True))

    with pytest.raises(Transient, match="loads went on"):
        copy_warehouse(here, str(tmp_path / "new.duckdb"), load_again)


@pytest.mark.slow
def test_dropped_days_stay_dropped_and_their_rollups_come_along(here: Settings, tmp_path: Path) -> None:
    lately = (datetime.now(UTC) - timedelta(hours=30)).replace(minute=0, second=0, microsecond=0)
    write_file(tmp_path / "archive", lately, [track("new", at=lately, price=1)])
    load_pending(here, Choice())
    list(recompute_sources(here))
    (source,) = here.sources.values()
    kept = replace(here, sources={source.name: replace(source, retain_days=10)})
    assert drop_days(kept, kept.sources.values())[0].tables["order_completed"] > 0
    done = copied(kept, str(tmp_path / "new.duckdb"))
    assert done.sources[0].rows["order_completed"] == 1
    days = "SELECT * FROM rollups.events_daily ORDER BY ALL"
    assert rows(tmp_path / "new.duckdb", days) == rows(tmp_path / "warehouse.duckdb", days)
    assert len(rows(tmp_path / "new.duckdb", "SELECT DISTINCT date FROM rollups.events_daily")) == 2
    copied(here, str(tmp_path / "other.duckdb"))


@pytest.mark.slow
def test_what_somebody_has_added_or_named_is_not_copied_and_keeps_events_out(tmp_path: Path) -> None:
    write_archive(tmp_path)
    settings = settings_of(write_config(tmp_path))
    change_by_hand(settings, "CREATE SCHEMA events", "CREATE VIEW events.other_1 AS SELECT 1 AS a")
    load_pending(settings, Choice(end=hour(1)))
    change_by_hand(
        settings,
        "ALTER TABLE events.order_completed ADD COLUMN note VARCHAR",
        "UPDATE events.order_completed SET note = 'mine'",
    )
    write_file(tmp_path / "archive", hour(3), [track("n", at=hour(3), note="theirs")])
    load_pending(settings, Choice())
    done = copied(settings, str(tmp_path / "new.duckdb"))
    assert done.sources[0].left == ("order_completed.note",)
    assert "other_1" not in done.sources[0].rows


GOVERNED: Final = """
[sources.shop]
archive = "{folder}/archive"
schema = "events"
layout = "rudderstack"
contract_mode = "quarantine"
columns = ["{folder}/own.toml"]
exclude = {{ events = ["Other 0"] }}
[[sources.shop.mask]]
path = "userId"
how = "hash"
[sources.app]
archive = "{folder}/app"
schema = "app"
rollups_schema = "app_rollups"
layout = "rudderstack"
"""
"""Two sources; one with a contract, a mask, declared columns and events that are left out."""


@pytest.mark.slow
def test_masks_contracts_declared_columns_and_other_sources_are_the_settings_and_hold_in_the_copy(
    tmp_path: Path,
) -> None:
    write_archive(tmp_path)
    write_file(tmp_path / "app", hour(1), [track("a1", at=hour(1), event="Opened", screen="home")])
    write_contract(tmp_path, {"code": {"type": "string"}}, event="Other 1")
    (tmp_path / "own.toml").write_text("[order_completed]\nrefund = 'float'\n[refunds]\namount = 'float'\n")
    top = f'lake = "{tmp_path}/lake"\nwarehouse = "{tmp_path}/warehouse.duckdb"\nsettle = "0s"\n'
    (tmp_path / "tideline.toml").write_text(
        f'{top}contracts = "{tmp_path}/contracts"\n{GOVERNED.format(folder=tmp_path)}'
    )
    settings = load_settings({VARIABLE: KEY}, Flags(config=str(tmp_path / "tideline.toml")))
    load_pending(settings, Choice())
    done = copied(settings, str(tmp_path / "new.duckdb"))
    assert {source.source: (source.hours, "refunds" in source.rows) for source in done.sources} == {
        "shop": (3, True),
        "app": (1, False),
    }
    for schema in ("events", "app"):
        assert differences(tmp_path / "warehouse.duckdb", tmp_path / "new.duckdb", schema) == []
    for table in ("violations", "contract_events", "excluded", "quarantine"):
        query = f"SELECT * FROM tideline.{table} ORDER BY ALL"
        assert rows(tmp_path / "new.duckdb", query) == rows(tmp_path / "warehouse.duckdb", query) != []
    assert rows(tmp_path / "new.duckdb", "SELECT user_id FROM events.tracks WHERE user_id IN ('u1', 'u2')") == []
    other = load_settings({VARIABLE: f"another {KEY}"}, Flags(config=str(tmp_path / "tideline.toml")))
    with pytest.raises(Terminal, match=r"3 archive hours, .* loaded under other settings"):
        copied(other, str(tmp_path / "other.duckdb"))


def remove_note(settings: Settings) -> None:
    settings.lake.remove(note_path("default", hour(1)))


def retire_hour(settings: Settings) -> None:
    remove_note(settings)
    settings.lake.publish_bytes(b"{}", f"default/retired/{hour(1):%Y-%m-%dT%H}.json")


def add_file(settings: Settings) -> None:
    folder = Path(settings.warehouse.removeprefix("duckdb:///")).parent
    write_file(folder / "archive", hour(1), [track("new", at=hour(1))], part=1)
    load_pending(replace(settings, warehouse=f"duckdb:///{folder}/third.duckdb"), Choice())


def forget_load(settings: Settings) -> None:
    change_by_hand(settings, "DELETE FROM tideline.loads")


def be_outdated(settings: Settings) -> None:
    change_by_hand(settings, "UPDATE tideline.loads SET config_hash = 'another'")


def leave_erasure(settings: Settings) -> None:
    settings.lake.publish_bytes(b"{}", "default/erasures/half.json")


REFUSED: Final[dict[str, tuple[Callable[[Settings], None], type[Exception], str]]] = {
    "an hour is missing in the lake": (remove_note, Terminal, r"1 archive hour \(2026-01-31T08\) .* missing from"),
    "an hour has left the lake": (retire_hour, Terminal, r"1 archive hour .* left the lake for their age"),
    "a late file is not loaded": (add_file, Terminal, r"1 archive hour .* other files since their load"),
    "other settings": (be_outdated, Terminal, r"3 archive hours, the first is .* tideline load --reload --from"),
    "nothing is loaded": (forget_load, SettingsError, "there is nothing to copy"),
    "half an erasure": (leave_erasure, Terminal, "an erasure of default is not complete: run tideline load"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_lake_cannot_give_exactly_is_refused_before_anything_is_written(
    name: str, here: Settings, tmp_path: Path
) -> None:
    spoil, kind, message = REFUSED[name]
    spoil(here)
    with pytest.raises(kind, match=message):
        copy_warehouse(here, str(tmp_path / "new.duckdb"), lambda *_: None)
    assert not (tmp_path / "new.duckdb").exists()


TAKEN: Final = {
    "a table of somebody has a name that is needed": (
        ["CREATE SCHEMA events", "CREATE TABLE events.order_completed (a INT)"],
        r"events\.order_completed cannot be created in the other warehouse: a table that is not Tideline's",
    ),
    "event tables without a ledger": (
        ["CREATE SCHEMA events", "CREATE TABLE events.strange (id TEXT, _archive_hour TIMESTAMPTZ)"],
        "has event tables already, and its ledger no load of them",
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_schema_with_somebodys_tables_is_refused_where_a_name_is_taken(
    name: str, base: Settings, tmp_path: Path
) -> None:
    statements, message = TAKEN[name]
    new = tmp_path / "new.duckdb"
    change_by_hand(replace(base, warehouse=f"duckdb:///{new}"), *statements)
    with unchanged(new), pytest.raises(Terminal, match=message):
        copy_warehouse(base, str(new), lambda *_: None)


def test_the_same_warehouse_under_any_name_is_refused(here: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is the warehouse itself"):
        copy_warehouse(here, str(tmp_path / "." / "warehouse.duckdb"), lambda *_: None)
    (tmp_path / "copy.duckdb").write_bytes((tmp_path / "warehouse.duckdb").read_bytes())
    with unchanged(tmp_path / "copy.duckdb"), pytest.raises(Terminal, match="the same one, or a copy of its files"):
        copy_warehouse(here, str(tmp_path / "copy.duckdb"), lambda *_: None)


def test_rows_that_differ_are_named_and_end_with_3(
    here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.duckdb"
    copied(here, str(new))
    change_by_hand(
        replace(here, warehouse=f"duckdb:///{new}"),
        "UPDATE events.other_1 SET code = code + 1",
        "DELETE FROM events.order_completed WHERE id = 'o1-0'",
        "UPDATE events.users SET plan = 9",
        "DROP TABLE events.other_2",
        "ALTER TABLE events.other_0 ALTER COLUMN code TYPE VARCHAR",
        "ALTER TABLE events.identifies ADD COLUMN mine INTEGER DEFAULT 1",
    )
    assert run(["copy", "--config", str(tmp_path / "tideline.toml"), "--to", str(new), "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert document["equal"] is False
    assert sorted(document["sources"][0]["differences"]) == [
        "identifies has columns with values only in the new warehouse: mine",
        "order_completed has other rows in the old and the new warehouse: 2026-01-31 (69 and 68 rows)",
        "other_0 has columns of other types: code (int, string)",
        "other_1 has other rows in the old and the new warehouse: 2026-01-31 (1 and 1 rows)",
        "other_2 has other rows in the old and the new warehouse: 2026-01-31 (1 and 0 rows)",
        "users has other rows in the old and the new warehouse: all rows (1 and 1 rows)",
    ]


def test_a_dry_run_counts_the_hours_and_writes_nothing(
    base: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Path(base.warehouse.removeprefix("duckdb:///")).with_name("tideline.toml")
    command = ["copy", "--config", str(config), "--to", str(tmp_path / "new.duckdb"), "--dry-run"]
    assert run([*command, "--json"]) == 0
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert (source["hours"], source["loaded"]) == (3, 3)
    assert run(command) == 0
    assert "Would be copied" in capsys.readouterr().out
    assert not (tmp_path / "new.duckdb").exists()
