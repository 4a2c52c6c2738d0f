"""Ids that are reused between hours are counted, and a load warns of them with an example (contract §9)."""

from __future__ import annotations

import json
from pathlib import Path

from event_assets.config.warehouse import open_ledger
from loaders.queries.conflicts import reused_ids
from tests.drive import load_archive, place
from tests.postgres import Server
from tests.promises.archives import hour_number, write_archive


def line(number: int, **members: object) -> bytes:
    event = {"type": "track", "event": "Sold", "messageId": f"m-{number}", "userId": "u", "anonymousId": "v"}
    return json.dumps(
        {**event, "timestamp": "2026-11-22T10:00:00Z", "receivedAt": "2026-11-23T00:01:00Z"} | members
    ).encode()


CHANGES: list[dict[str, object]] = [
    {},
    {"sentAt": "2026-11-23T00:00:09Z"},
    {"timestamp": "2026-11-23T10:00:00Z", "receivedAt": "2026-11-23T12:00:00Z"},
    {"userId": None},
    {"anonymousId": "w"},
    {"event": "Bought"},
    {"event": None},
    {"userId": "w"},
    {"userId": None, "anonymousId": "w"},
    {"timestamp": "2026-11-21T09:59:59Z"},
]


def test_events_that_reuse_an_id_of_another_hour_are_counted_in_either_order(
    tmp_path: Path, server: Server | None
) -> None:
    page = {"type": "page", "name": "Home", "event": None}
    hours = {
        hour_number(0): [[*(line(n) for n in range(len(CHANGES))), line(90, **page)]],
        hour_number(1): [[*(line(n, **change) for n, change in enumerate(CHANGES)), line(90, **page, userId="w")]],
        hour_number(2): [[*(line(1000 + n) for n in range(150)), line(5, event="Third")]],
    }
    archive = write_archive(tmp_path / "archive", hours)
    for number, order in enumerate(([0, 1, 2], [1, 0, 2])):
        database = server.new_database() if server else None
        where = place(archive, tmp_path / str(number), database=database)
        first, second, third = load_archive(where, [hour_number(n) for n in order])
        assert (first.id_conflicts, second.id_conflicts, third.id_conflicts) == (0, 6, 1)
        assert first.warnings == third.warnings == ()
        (warning,) = second.warnings
        assert warning.startswith("6 of 11 events have the id of an event of another hour")
        assert f"in {hour_number(order[0]):%Y-%m-%dT%H}" in warning
        assert load_archive(where, [hour_number(1)], reload=True)[0].id_conflicts == 6
        other = hour_number(0)
        with open_ledger(where.settings) as session:
            assert session is not None
            of_first = reused_ids(session, where.source.name, [other, hour_number(1)])[hour_number(1)]
        assert [(row.conflicts, row.type, row.id, row.other_archive_hour) for row in of_first] == [
            (6, "track", f"m-{n}", other) for n in (5, 6, 7)
        ]
        assert [row.differs for row in of_first] == ["event", "event", "user"]
