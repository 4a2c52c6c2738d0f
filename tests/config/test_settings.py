"""Settings: precedence, defaults, and operator errors that name the correction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from event_assets.config.execution import read_dagster
from event_assets.config.memory import plan_memory
from event_assets.config.settings import (
    Flags,
    Settings,
    SettingsError,
    load_settings,
    parse_duration,
    parse_hour,
    parse_range,
    redacted,
    warehouse_url,
)
from loaders.connection.warehouse import Warehouse
from loaders.transform.selection import Rule, Selection

GIVEN = Flags(archive="a", lake="l", warehouse="w.duckdb")


def load(text: str, folder: Path, flags: Flags | None = None, **environment: str) -> Settings:
    (folder / "tideline.toml").write_text(text)
    return load_settings(environment, flags or GIVEN, folder=folder)


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    text = 'lake = "file"\nwarehouse = "file"\n[source]\narchive = "file"\nlayout = "segment"\n'
    settings = load(text, tmp_path, Flags(archive="flag"), TIDELINE_ARCHIVE="env", TIDELINE_LAKE="env")
    source = settings.sources["default"]
    assert (source.archive, source.layout) == ("flag", "segment")
    assert settings.lake.url == "env"
    assert settings.warehouse == "duckdb:///file"


EVERY_KEY = (
    'warehouse = "duckdb:///x.duckdb"\ngrace = "90s"\nmemory_mib = 1024\nchunk_mib = 8\n'
    'hours_per_run = 3\nowners = ["team:web"]\n'
    'partitions_start = "2026-01-31T07"\npartitions_end = 2026-02-01T09:30:00Z\n'
    "[lake]\nurl = 's3://lake'\nstorage_options = {secret = 'hush'}\n"
    "[budgets]\ncolumns = 10\n"
    "[sources.web]\narchive = 'web'\nschema = 'web'\nframing = 'concatenated'\nkeep_members = ['rudderId']\n"
    "retain_days = 400\nnot_users = ['null']\ninclude = {types = ['track', 'page']}\n"
    "exclude = {events = ['debug*'], types = ['page']}\n"
    "[sources.gh]\narchive = 'gh'\nschema = 'gh'\nlayout = 'gharchive'\nmapping = 'gharchive'\n"
)


def test_every_key_of_the_file_is_read(tmp_path: Path) -> None:
    settings = load(EVERY_KEY, tmp_path, Flags())
    assert (settings.grace, settings.memory.chunk_bytes, settings.hours_per_run) == (timedelta(seconds=90), 8 << 20, 3)
    assert settings.memory == plan_memory(1024, chunk_mib=8)
    assert settings.partitions_start == datetime(2026, 1, 31, 7, tzinfo=UTC)
    assert settings.partitions_end == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert (settings.budgets.columns, settings.budgets.tables, settings.owners) == (10, 500, ("team:web",))
    assert settings.lake.storage_options == {"secret": "hush"}
    assert settings.sources["web"].framing == "concatenated"
    assert settings.sources["web"].keep_members == ("rudderId",)
    assert settings.sources["gh"].mapping is not None
    assert (settings.sources["gh"].retain_days, settings.sources["web"].retain_days) == (None, 400)
    web = settings.sources["web"]
    assert web.selection == Selection(Rule(types=("track", "page")), Rule(("page",), ("debug*",)))
    assert (web.not_users, settings.sources["gh"].selection) == (("null",), Selection())
    assert "hush" not in repr(settings)


MISTAKES = [
    ("warehous = 'x'", ["'warehous'", "did you mean 'warehouse'"]),
    ("[source]\nlayuot = 'x'", ["'layuot'", "did you mean 'layout'", "'default'"]),
    ("[budgets]\nrows = 3", ["'rows'", "columns, tables, values"]),
    ("grace = 'soon'", ["'soon'", "'10m'"]),
    ("grace = 10", ["grace", "text in quotes"]),
    ("chunk_mib = 0", ["chunk_mib", "at least 1"]),
    ("chunk_mib = true", ["chunk_mib"]),
    ("memory_mib = 64", ["memory_mib = 64", "768 or more"]),
    ("[source]\nretain_days = 0", ["retain_days", "at least 1"]),
    ("[source]\nexclude = ['debug*']", ["exclude", "types and events", "{types = "]),
    ("[source]\ninclude = {}", ["include", "types and events"]),
    ("[source]\nexclude = {event = ['x']}", ["exclude", "types and events"]),
    ("[source]\nexclude = {event = ['x'], types = []}", ["'event'", "did you mean 'events'"]),
    ("[source]\nexclude = {types = ['screens']}", ["'screens'", "screen", "identify"]),
    ("[source]\nexclude = {events = 'x'}", ["events", "list of texts"]),
    ("[source]\nnot_users = 'null'", ["not_users", "list of texts"]),
    ("partitions_start = '31.1.2026'", ["31.1.2026", "2026-01-31T07"]),
    ("[source]\nmapping = 'ghachive'", ["ghachive", "gharchive"]),
    ("[source]\nmapping = {event = 'type'}", ["type is missing"]),
    ("[source]\nkeep_members = 'a'", ["keep_members", "list"]),
    ("[source]\nstorage_options = 'a'", ["storage_options", "table"]),
    ("source = 3", ["[source]"]),
    ("[source]\n[sources.a]\n", ["not both"]),
    ("[sources.'a/b']\narchive = 'x'", ["letters, digits"]),
    ("lake = {uri = 'x'}", ["'uri'", "'url'"]),
    ("this is no TOML", ["not valid TOML", "tideline.toml"]),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES)
def test_a_mistake_in_the_file_raises_an_error_with_the_correction(text: str, words: list[str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load(text, tmp_path)
    assert "\n" not in str(raised.value)
    assert all(word in str(raised.value) for word in words), str(raised.value)


@pytest.mark.parametrize("name", ["archive", "lake", "warehouse"])
def test_a_missing_setting_is_named_with_its_flag_and_variable(name: str, tmp_path: Path) -> None:
    flags = Flags(**{key: "x" for key in ("archive", "lake", "warehouse") if key != name})
    with pytest.raises(SettingsError, match=f"--{name}.*TIDELINE_{name.upper()}"):
        load_settings({}, flags, folder=tmp_path)


def test_a_configured_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load_settings({"TIDELINE_CONFIG": "nowhere.toml"}, GIVEN, folder=tmp_path)


def test_two_sources_may_not_share_a_schema(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="schema"):
        load("[sources.a]\narchive = 'a'\n[sources.b]\narchive = 'b'\n", tmp_path, Flags(lake="l", warehouse="w"))


@pytest.mark.parametrize("line", ['schema = "tideline"', 'schema = "Tideline"', 'rollups_schema = "tideline"'])
def test_no_source_writes_the_schema_of_the_ledger(line: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="own tables: give it another one"):
        load(f"[source]\narchive = 'a'\n{line}\n", tmp_path)


def test_an_archive_for_one_of_several_sources_needs_its_name(tmp_path: Path) -> None:
    text = "[sources.a]\narchive = 'a'\nschema = 'a'\n[sources.b]\narchive = 'b'\nschema = 'b'\n"
    with pytest.raises(SettingsError, match="--source"):
        load(text, tmp_path)
    chosen = load(text, tmp_path, Flags(archive="x", lake="l", warehouse="w", source="b"))
    assert [(source.name, source.archive) for source in chosen.sources.values()] == [("b", "x")]


def test_without_a_configuration_dagster_uses_the_demo(tmp_path: Path) -> None:
    settings = load_settings({}, folder=tmp_path, demo=True)
    assert settings.sources["default"].archive == "demo/archive"
    assert (settings.lake.url, settings.warehouse) == ("demo/lake", "duckdb:///demo/warehouse.duckdb")
    with pytest.raises(SettingsError):
        load_settings({}, folder=tmp_path)


@pytest.mark.parametrize("text", ["2026-1-31T07", "2026-01-31T24", "2026-02-30T01", "2026-01-31", "2026-01-31T07:00"])
def test_an_hour_has_one_text_form(text: str) -> None:
    with pytest.raises(SettingsError, match="2026-01-31T07"):
        parse_hour(text)


def test_a_range_of_days_is_all_their_hours() -> None:
    assert parse_range("2026-01-31", "2026-02-01") == (parse_hour("2026-01-31T00"), parse_hour("2026-02-01T23"))
    assert parse_range("2026-01-31T07", "2026-01-31") == (parse_hour("2026-01-31T07"), parse_hour("2026-01-31T23"))
    assert parse_range(None, None) == (None, None)


@pytest.mark.parametrize(("start", "end"), [("2026-02-01", "2026-01-31"), ("2026-01-1", None), (None, "2026-02-30")])
def test_a_range_is_of_hours_or_days_in_order(start: str | None, end: str | None) -> None:
    with pytest.raises(SettingsError, match=r"swap them|write it like 2026-01-31T07 or 2026-01-31"):
        parse_range(start, end)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("2 h", 7200), ("1d", 86400)])
def test_durations_have_units(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hush@host/db",
        "s3://key:hush@bucket/x",
        "https://x/y?sig=hush&b=1",
        "abfs://c?account_key=hush",
    ],
)
def test_secrets_in_urls_are_hidden(url: str) -> None:
    assert "hush" not in redacted(f"cannot open {url}, try again")
    assert redacted("s3://bucket/a?b=c") == "s3://bucket/a?b=c"


@pytest.mark.parametrize("name", ["what?.duckdb", "100%.duckdb", "a%41b.duckdb", "a b&c=d.duckdb"])
def test_a_plain_warehouse_path_is_a_path_with_every_character(name: str, tmp_path: Path) -> None:
    with Warehouse.open(warehouse_url(str(tmp_path / name))).writing():
        pass
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("text", ["docs/{page}.md", "https://docs.example/", "https://x/{page}) [y](javascript:z", 5])
def test_the_address_of_the_documentation_is_one_of_the_web_with_a_page(text: object) -> None:
    with pytest.raises(
        SettingsError, match=r"dagster\.docs must be an http:// or https:// address with \{page\} in it"
    ):
        read_dagster({"dagster": {"docs": text}})
    address = "https://docs.example/docs/{page}.html"
    assert read_dagster({"dagster": {"docs": address}}).docs == address
