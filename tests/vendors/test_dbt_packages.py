"""Models with the inputs of the public dbt packages run on our tables, where no event has sent half of the columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from event_assets.config.source_table import COLUMNS
from loaders.connection.warehouse import Warehouse
from tests.defs.build import hour, write_file
from tests.drive import load_archive, place
from tests.postgres import Database

PAGE_VIEWS: Final = """
SELECT
    id, anonymous_id, user_id, received_at, sent_at, "timestamp", url, path, title, referrer, context_ip,
    coalesce(search, '') || coalesce(context_campaign_source, '') || coalesce(context_campaign_medium, '')
    || coalesce(context_campaign_name, '') || coalesce(context_campaign_term, '')
    || coalesce(context_campaign_content, '') AS campaign,
    CASE WHEN lower(context_user_agent) LIKE '%android%' THEN 'Android' ELSE 'other' END AS device
FROM events.pages
"""
"""What the package of Segment reads of a page view."""
SESSIONS: Final = f"""
WITH views AS ({PAGE_VIEWS}),
gaps AS (
    SELECT *, lag("timestamp") OVER (PARTITION BY anonymous_id ORDER BY "timestamp") AS before FROM views
),
numbered AS (
    SELECT
        *,
        sum(CASE WHEN before IS NULL OR "timestamp" - before > INTERVAL '30 minutes' THEN 1 ELSE 0 END)
            OVER (PARTITION BY anonymous_id ORDER BY "timestamp") AS session
    FROM gaps
)
SELECT anonymous_id, session, count(*) AS views, max(user_id) AS user_id FROM numbered
GROUP BY anonymous_id, session ORDER BY anonymous_id, session
"""
TRACK_SESSIONS: Final = """
WITH people AS (SELECT anonymous_id, max(user_id) AS user_id FROM events.tracks GROUP BY anonymous_id)
SELECT coalesce(p.user_id, t.anonymous_id) AS visitor, count(t.id) AS events, min(t."timestamp") AS first, max(t.event)
FROM events.tracks AS t JOIN people AS p USING (anonymous_id) GROUP BY 1 ORDER BY 1
"""
"""What RudderStack's sessions read of tracks."""
EDGES: Final = """
SELECT DISTINCT anonymous_id, user_id, CAST(sent_at AS TIMESTAMP) AS edge_at FROM events.identifies
WHERE anonymous_id IS NOT NULL AND user_id IS NOT NULL
UNION ALL SELECT CAST(email AS TEXT), user_id, CAST(sent_at AS TIMESTAMP) FROM events.identifies WHERE email <> ''
"""
"""What RudderStack's id resolution and id stitching read of identifies."""


def line(kind: str, number: int, *, minute: int, **members: object) -> dict[str, Any]:
    at = f"{hour(0):%Y-%m-%dT%H}:{minute:02}:00Z"
    return {
        "type": kind, "messageId": f"{kind}-{number}", "anonymousId": "anonymous", "sentAt": at, "receivedAt": at,
        "originalTimestamp": at, **members,
    }  # fmt: skip


VIEWS: Final = [
    line("page", 1, minute=1, properties={"url": "https://shop.example/a", "path": "/a", "title": "A"}),
    line("page", 2, minute=5, userId="u1", context={"userAgent": "Mozilla (Linux; Android 15)"}),
    line("page", 3, minute=50, userId="u1", properties={"search": 17}, context={"campaign": {"name": ["a", "b"]}}),
]


@pytest.mark.slow
def test_the_inputs_of_the_packages_are_there_from_the_first_load_on(tmp_path: Path, database: Database | None) -> None:
    write_file(tmp_path / "archive", hour(0), VIEWS)
    where = place(tmp_path / "archive", tmp_path / "out", database=database)
    declared = COLUMNS.read("columns", ["segment", "rudderstack"])
    load_archive(replace(where, source=replace(where.source, columns=declared)))
    with Warehouse.open(where.settings.warehouse).reading() as session:

        def run(query: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in session.connection.execute(sa.text(query)).all()]

        assert run(SESSIONS) == [("anonymous", 1, 2, "u1"), ("anonymous", 2, 1, "u1")]
        assert [(row[-2], row[-1]) for row in sorted(run(PAGE_VIEWS))] == [
            ("", "other"), ("", "Android"), ('17["a","b"]', "other"),
        ]  # fmt: skip
        assert run(TRACK_SESSIONS) == []
        assert run(EDGES) == []


@pytest.mark.slow
def test_without_the_declarations_the_same_models_fail(tmp_path: Path, database: Database | None) -> None:
    """The test above can fail: a column that no event has sent does not exist by itself."""
    write_file(tmp_path / "archive", hour(0), VIEWS[:2])
    where = place(tmp_path / "archive", tmp_path / "out", database=database)
    load_archive(where)
    with (
        pytest.raises(Exception, match=r"search|campaign"),
        Warehouse.open(where.settings.warehouse).reading() as session,
    ):
        session.connection.execute(sa.text(SESSIONS))
