"""The dbt project of the examples, built by dbt on a loaded demo shop, follows late, removed and moved orders."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from event_assets.archive.listing.list_hours import list_hours
from event_assets.demo.generate import generate
from tests.defs.build import track, write_file
from tests.drive import Place, load_archive, place
from tests.examples.dbt.dbt_environment import Models
from tests.postgres import Database

ORDERS: Final = "SELECT id, CAST(revenue AS DECIMAL(18, 2)) FROM marts.orders ORDER BY ALL"
FROM_ROWS: Final = "SELECT id, CAST(revenue AS DECIMAL(18, 2)) FROM events.order_completed ORDER BY ALL"
NUMBER: Final = "CAST(revenue AS DECIMAL(18, 2))"
DAYS: Final = (
    f"SELECT event_date, currency, orders, buyers, {NUMBER} FROM marts.daily_revenue WHERE orders > 0 ORDER BY ALL"
)
DAYS_FROM_ROWS: Final = """
    SELECT event_date, currency, count(*), count(DISTINCT coalesce(user_id, anonymous_id)),
           coalesce(sum(CAST(revenue AS DECIMAL(18, 2))), 0)
    FROM events.order_completed GROUP BY event_date, currency ORDER BY ALL
"""


def query(where: Place, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(statement).fetchall()


def order(name: str, *, at: datetime) -> dict[str, Any]:
    return track(name, at=at, order_id=name, revenue=41.5, currency="EUR")


@pytest.mark.slow
def test_marts_follow_late_removed_and_moved_orders(tmp_path: Path, database: Database | None) -> None:
    archive = tmp_path / "archive"
    generate(archive, events=800, days=1, seed=7)
    where = place(archive, tmp_path / "out", database=database)
    start = min(list_hours(where.source).hours)
    own = [order("moves", at=start), order("goes", at=start), order("stays", at=start)]
    file = write_file(archive, start, own, part=8)
    load_archive(where)
    models = Models(where, tmp_path / "target")
    assert "ERROR=0" in models.build()
    assert query(where, ORDERS) == query(where, FROM_ROWS)
    assert query(where, DAYS) == query(where, DAYS_FROM_ROWS)
    before = dict(query(where, "SELECT id, load_id FROM marts.orders"))
    assert {"moves", "goes", "stays"} < before.keys()

    last = max(list_hours(where.source).hours)
    file.unlink()
    write_file(archive, start, own[2:], part=8)  # the hour's file comes again without two orders
    late = [order("late", at=start + timedelta(hours=5)), order("moves", at=start + timedelta(hours=20))]
    write_file(archive, last, late, part=9)
    load_archive(where)
    assert query(where, ORDERS) != query(where, FROM_ROWS)
    models.build()
    assert query(where, ORDERS) == query(where, FROM_ROWS)
    assert query(where, DAYS) == query(where, DAYS_FROM_ROWS)
    after = dict(query(where, "SELECT id, load_id FROM marts.orders"))
    assert after.keys() == before.keys() - {"goes"} | {"late"}
    same = [name for name in before.keys() & after.keys() if after[name] == before[name]]
    assert len(same) > len(after) / 2, "hours that no load has touched are not read again"

    models.build()
    assert dict(query(where, "SELECT id, load_id FROM marts.orders")) == after
