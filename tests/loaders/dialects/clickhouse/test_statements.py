"""Shared statements as ClickHouse reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from loaders.dialects.clickhouse.statements import Relation, bound, parse


def render(text: str, **values: object) -> str:
    return parse(text).render(lambda relation: f"<{'|'.join(relation)}>", values)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("SELECT a.b FROM tideline.loads AS a", "SELECT a.b FROM <tideline|loads> AS a"),
        ('SELECT 1 FROM `e\\`v`."a.b" JOIN x', "SELECT 1 FROM <e`v|a.b> JOIN <|x>"),
        ("DELETE FROM load_rebuilt", "DELETE FROM <|load_rebuilt> WHERE true"),
        ("UPDATE a.b SET c = 1 WHERE d = 2", "ALTER TABLE <a|b> UPDATE c = 1 WHERE d = 2"),
        ("UPDATE a.b SET c = 1", "ALTER TABLE <a|b> UPDATE c = 1 WHERE true"),
        ("CREATE TEMPORARY TABLE x (a TEXT)", "CREATE  TABLE <|x> (a String)"),
        ("CREATE TABLE IF NOT EXISTS a.b (c JSON, d DATE)", "CREATE TABLE IF NOT EXISTS <a|b> (c String, d Date32)"),
        ("SELECT CAST(a AS TIMESTAMP WITH TIME ZONE)", "SELECT CAST(a AS DateTime64(6, 'UTC'))"),
        ("SELECT CAST(a AT TIME ZONE 'UTC' AS DATE)", "SELECT CAST(a  AS Date32)"),
        ("SELECT DATE '2026-01-31' AS a, DATE", "SELECT toDate32('2026-01-31') AS a, Date32"),
        (
            "SELECT TIMESTAMP WITH TIME ZONE '2026-01-31 07:00:00.5+01'",
            "SELECT parseDateTime64BestEffort('2026-01-31 07:00:00.5+01', 6, 'UTC')",
        ),
        (
            "SELECT 1 /* don't :a */ FROM b -- don't :c\n, DATE",
            "SELECT 1 /* don't :a */ FROM <|b> -- don't :c\n, Date32",
        ),
        ("SELECT $$:a 'DATE$$ AS d", "SELECT $$:a 'DATE$$ AS d"),
        ("SELECT a.b * INTERVAL '1 hour'", "SELECT toIntervalHour(a.b)"),
        ("SELECT MD5(CONCAT(a, (b))) AS c", "SELECT lower(hex(MD5(CONCAT(a, (b))))) AS c"),
        ("SELECT EXTRACT(HOUR FROM (a)), 'FROM x'", "SELECT EXTRACT(HOUR FROM (a)), 'FROM x'"),
        ("SELECT EXTRACT(EPOCH FROM MIN(a)) * 9", "SELECT (toUnixTimestamp64Micro( MIN(a)) / 1000000) * 9"),
        ("SELECT REGEXP_REPLACE(LOWER(a), '[^a-z]', '', 'g')", "SELECT REGEXP_REPLACE(LOWER(a), '[^a-z]', '')"),
        ("ALTER TABLE a.b ALTER COLUMN c SET DEFAULT 1", "ALTER TABLE <a|b> ALTER COLUMN c DEFAULT 1"),
        ("ALTER TABLE a.b ALTER COLUMN c DROP DEFAULT", "ALTER TABLE <a|b> ALTER COLUMN c REMOVE DEFAULT"),
        ("ALTER TABLE a.b ADD COLUMN c TEXT", "ALTER TABLE <a|b> ADD COLUMN c Nullable(String)"),
        ("SELECT `a\\:b` FROM numbers(3)", "SELECT `a:b` FROM numbers(3)"),
        ("CREATE SCHEMA `a`", "CREATE DATABASE IF NOT EXISTS `a`"),
        ("CREATE SCHEMA IF NOT EXISTS a", "CREATE DATABASE IF NOT EXISTS a"),
    ],
)
def test_a_statement_is_read_as_it_is_meant(text: str, read: str) -> None:
    assert render(text) == read


@pytest.mark.parametrize(
    ("value", "placeholder"),
    [
        ("x", "{v:String}"),
        (1, "{v:Int64}"),
        (True, "{v:Bool}"),
        (None, "NULL"),
        (["a"], "{v:Array(String)}"),
        ([datetime(2026, 1, 1, tzinfo=UTC)], "{v:Array(DateTime64(6, 'UTC'))}"),
    ],
)
def test_a_value_has_a_typed_place(value: object, placeholder: str) -> None:
    assert render("SELECT :v, ':v', `:v`, a FROM b", v=value) == f"SELECT {placeholder}, ':v', `:v`, a FROM <|b>"
    assert render("SELECT :v\\:\\:DATE, 3::TEXT", v=value) == f"SELECT {placeholder}::Date32, 3::String"


def test_a_colon_in_an_identifier_binds_nothing() -> None:
    assert render("SELECT `a\\\\\\:v` FROM b", v=1) == "SELECT `a\\\\:v` FROM <|b>"


def test_an_instant_is_bound_to_the_microsecond_in_utc() -> None:
    moment = datetime(987, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=1)))
    assert bound({"a": moment, "b": None, "c": [moment]}) == {
        "a": "0987-01-02 02:04:05.000006",
        "c": ["0987-01-02 02:04:05.000006"],
    }


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("INSERT INTO `a`.b (c) SELECT 1", "insert", ("a", "b")),
        ("DELETE FROM tideline.loads WHERE a", "delete", ("tideline", "loads")),
        ("ALTER TABLE a.b ADD COLUMN c TEXT", "alter", ("a", "b")),
        ("DROP TABLE `a`.`b`", "drop", ("a", "b")),
        ("CREATE OR REPLACE VIEW tideline.v AS SELECT 1", "view", ("tideline", "v")),
        ("SELECT 1 FROM a.b", "", None),
    ],
)
def test_what_a_statement_changes(text: str, kind: str, target: Relation | None) -> None:
    parsed = parse(text)
    assert (parsed.kind, parsed.target) == (kind, target)


def test_an_update_tells_its_condition() -> None:
    parsed = parse("UPDATE a.b SET c = (SELECT e FROM f WHERE g) WHERE d = :d")
    assert parsed.render_condition(".".join, {"d": 1}) == " d = {d:Int64}"
