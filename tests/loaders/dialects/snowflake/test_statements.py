"""Statements as Snowflake reads them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from loaders.dialects.snowflake.execute import comments
from loaders.dialects.snowflake.statements import Place, parse, quoted


def rendered(text: str, /, **values: object) -> tuple[str, tuple[object, ...]]:
    def place(found: Place) -> str:
        return ".".join(quoted(part) for part in found.relation if part)

    return parse(text).render(place, values)


def test_names_are_in_upper_case_and_literals_stay() -> None:
    text, _ = rendered(
        """SELECT t."timestamp", 'a "b" it''s \\u00' FROM tideline.loads AS t JOIN "x""y" AS o ON o.id = t.id"""
    )
    assert text == (
        """SELECT t."TIMESTAMP", 'a "b" it''s \\\\u00' FROM "TIDELINE"."LOADS" AS t JOIN "X""Y" AS o ON o.id = t.id"""
    )


def test_values_are_bound_by_position_whatever_they_hold() -> None:
    moment = datetime(2026, 1, 31, 1, 2, 3, 4, tzinfo=UTC)
    text, bound = rendered(
        "SELECT :text, :none, :at, :day, :yes FROM x WHERE y = ':text' AND h IN :hours",
        text="'; DROP TABLE \\x; --", none=None, at=moment, day=date(2026, 1, 31), yes=True, hours=[moment],
    )  # fmt: skip
    assert text.startswith("SELECT ?, NULL, CAST(? AS TIMESTAMP_TZ), CAST(? AS DATE), ? FROM")
    assert "y = ':text' AND h IN (SELECT listed.value::TIMESTAMP_TZ FROM" in text
    assert bound == (
        "'; DROP TABLE \\x; --", "2026-01-31 01:02:03.000004+00:00", "2026-01-31", True,
        json.dumps(["2026-01-31 01:02:03.000004+00:00"]),
    )  # fmt: skip


def test_an_empty_list_has_nothing_in_it() -> None:
    text, bound = rendered("SELECT 1 FROM x WHERE y NOT IN :none", none=[])
    assert (text.count("?"), bound) == (1, ("[]",))


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("INSERT INTO load_x (a) SELECT 1", "insert", ("", "load_x")),
        ("DELETE FROM tideline.copies AS c USING load_x AS w WHERE c.id = w.id", "delete", ("tideline", "copies")),
        ('UPDATE "A"."b" SET c = 1', "update", ("a", "b")),
        ("CREATE TEMPORARY TABLE load_x (a TEXT)", "create temporary", ("", "load_x")),
        ("CREATE TABLE IF NOT EXISTS tideline.loads (a TEXT)", "create", ("tideline", "loads")),
        ("CREATE OR REPLACE VIEW tideline.v AS SELECT 1", "view", ("tideline", "v")),
        ("SELECT EXTRACT(HOUR FROM ts) FROM x", "", None),
    ],
)
def test_a_statement_is_known_by_what_it_changes(text: str, kind: str, target: tuple[str, str] | None) -> None:
    assert (parse(text).kind, parse(text).target) == (kind, target)


def test_an_interval_times_a_number_is_an_addition_of_hours() -> None:
    text, _ = rendered("SELECT h.at + c.hours * INTERVAL '1 hour' FROM h")
    assert text == """SELECT DATEADD('hour', c.hours, h.at) FROM "H\""""


def test_the_comments_of_the_columns_of_a_table_are_one_statement() -> None:
    assert comments(
        [
            "COMMENT ON TABLE \"EV\".t IS 'x'",
            "COMMENT ON COLUMN \"EV\".t.\"a b\" IS 'it''s'",
            'COMMENT ON COLUMN "EV".t.c IS NULL',
        ]
    ) == [
        """COMMENT ON TABLE "EV"."T" IS 'x'""",
        """ALTER TABLE "EV"."T" MODIFY COLUMN "A B" COMMENT 'it''s', COLUMN "C" COMMENT ''""",
    ]
