"""What `tideline init` proposes for envelopes with other names, and its preview of the rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from event_assets.cli.exit_codes import UNRECOGNIZED
from tests.archive.trees import FIRST, write
from tests.cli.conftest import Tideline

Json = dict[str, Any]

HOURS = 3
EVENTS = 8

CAMEL = {
    "type": "type",
    "messageId": "messageId",
    "userId": "userId",
    "anonymousId": "anonymousId",
    "event": "event",
    "timestamp": "timestamp",
    "receivedAt": "receivedAt",
    "properties": "properties",
}


def named(names: dict[str, str]) -> Callable[[int, int], Json]:
    """Events of our envelope whose members have other names."""

    def make(hour: int, n: int) -> Json:
        at = FIRST + timedelta(hours=hour, minutes=n)
        sent = {
            "type": "track",
            "messageId": f"m-{hour}-{n}",
            "userId": f"u-{n}",
            "anonymousId": f"a-{n}",
            "event": "Order Paid",
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "receivedAt": f"{at:%Y-%m-%dT%H:%M:%S}.500Z",
            "properties": {"total": n},
        }
        return {names[member]: value for member, value in sent.items()}

    return make


def write_events(folder: Path, make: Callable[[int, int], Json], *, events: int = EVENTS) -> None:
    for hour in range(HOURS):
        lines = [json.dumps(make(hour, n)) for n in range(events)]
        write(folder / f"{FIRST + timedelta(hours=hour):%Y/%m/%d/%H}/a.json", "\n".join(lines).encode())


RENAMED: dict[str, dict[str, str]] = {
    "upper case": {member: member.upper() for member in CAMEL},
    "snake case": {
        **CAMEL, "messageId": "message_id", "userId": "user_id", "anonymousId": "anonymous_id",
        "receivedAt": "received_at",
    },
    "kebab case": {
        **CAMEL, "messageId": "message-id", "userId": "user-id", "anonymousId": "anonymous-id",
        "receivedAt": "received-at",
    },
    "synonyms": {
        **CAMEL, "type": "msg_type", "messageId": "eid", "userId": "usr", "anonymousId": "cid", "event": "evt_name",
        "timestamp": "evt_ts", "receivedAt": "srv_ts", "properties": "props",
    },
}  # fmt: skip


@pytest.mark.parametrize("names", RENAMED.values(), ids=RENAMED)
def test_our_envelope_under_other_names_loads_with_the_file_that_is_written(
    names: dict[str, str], tideline: Tideline, tmp_path: Path
) -> None:
    write_events(tmp_path / "archive", named(names))
    done = tideline("init", "archive", "--json")
    assert (done.code, done.document["mapping"], done.document["verdict"]) == (0, "renamed", "found")
    assert done.document["preview"]["empty"] == dict.fromkeys(done.document["preview"]["empty"], 0.0)
    loaded = tideline("load", "--json").document
    assert (loaded["totals"]["events"], loaded["totals"]["quarantined"]) == (HOURS * EVENTS, 0)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as warehouse:
        columns = "id, user_id, anonymous_id, event_text, total, _rescued"
        rows = warehouse.execute(f"SELECT {columns} FROM events.order_paid ORDER BY id").fetchall()
        assert rows[:2] == [
            ("m-0-0", "u-0", "a-0", "Order Paid", 0, None),
            ("m-0-1", "u-1", "a-1", "Order Paid", 1, None),
        ]
        at = "count(*) FILTER (timestamp <> received_at AND received_at <> date_trunc('hour', received_at))"
        assert warehouse.execute(f"SELECT {at} FROM events.order_paid").fetchall() == [(HOURS * EVENTS,)]


def test_lines_and_objects_that_are_texts_are_ours_without_a_mapping(tideline: Tideline, tmp_path: Path) -> None:
    make = named(CAMEL)
    for hour in range(HOURS):
        events = [make(hour, n) for n in range(EVENTS)]
        inside = [event | {"properties": json.dumps(event["properties"])} for event in events[4:]]
        path = f"{FIRST + timedelta(hours=hour):%Y/%m/%d/%H}"
        lines = [json.dumps(json.dumps(event)) for event in events[:4] + inside]
        write(tmp_path / f"archive/{path}/a.json", "\n".join(lines).encode())
    assert tideline("init", "archive").code == 0
    loaded = tideline("load", "--json").document
    assert (loaded["totals"]["events"], loaded["totals"]["quarantined"]) == (HOURS * EVENTS, 0)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute("SELECT total, _rescued FROM events.order_paid WHERE id LIKE 'm-0-%'").fetchall()
    assert sorted(rows) == [(n, None) for n in range(EVENTS)]


def test_objects_as_texts_are_proposed_to_be_parsed(tideline: Tideline, tmp_path: Path) -> None:
    make = named({member: member.upper() for member in CAMEL})

    def unload(hour: int, n: int) -> Json:
        row = make(hour, n)
        return row | {"PROPERTIES": json.dumps(row["PROPERTIES"]) if n else None}

    write_events(tmp_path / "archive", unload)
    assert tideline("init", "archive").code == 0
    assert '\nparse = ["PROPERTIES"]\n' in (tmp_path / "tideline.toml").read_text()
    tideline("load")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute("SELECT id, total, _rescued FROM events.order_paid ORDER BY id LIMIT 2").fetchall()
    assert rows == [("m-0-0", None, None), ("m-0-1", 1, None)]


def test_an_envelope_of_others_is_proposed_with_what_stays_empty_and_not_written(
    tideline: Tideline, tmp_path: Path
) -> None:
    def make(hour: int, n: int) -> Json:
        at = FIRST + timedelta(hours=hour, minutes=n)
        return {"eid": f"e-{hour}-{n}", "evt": {"n": "seen", "v": 1}, "srv_ts": int(at.timestamp()), "d": {"a": n}}

    write_events(tmp_path / "archive", make)
    done = tideline("init", "archive")
    assert done.code == UNRECOGNIZED
    for line in ('# message_id = "eid"', '# event = "evt.n"', '# received_at = "srv_ts"'):
        assert line in done.out
    assert not (tmp_path / "tideline.toml").exists()
    preview = tideline("init", "archive", "--json").document["preview"]
    assert (preview["empty"]["id"], preview["empty"]["user_id"], preview["empty"]["timestamp"]) == (0.0, 1.0, 0.0)
    assert preview["rows"][0] | {"id": "e-0-0", "event": "seen", "user_id": None} == preview["rows"][0]


def test_the_preview_shows_rows_of_every_kind_and_names_what_is_rescued(tideline: Tideline, tmp_path: Path) -> None:
    def make(hour: int, n: int) -> Json:
        at = FIRST + timedelta(hours=hour, minutes=n)
        return {
            "uuid": f"p-{hour}-{n}",
            "event": ("$pageview", "signed up", "$identify")[n % 3],
            "distinct_id": f"u-{n}",
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "properties": {"plan": "\x1b[31mpro" + "x" * 40, "n": n},
        }

    write_events(tmp_path / "archive", make, events=9)
    done = tideline("init", "archive", "--json")
    preview = done.document["preview"]
    assert (done.code, done.document["mapping"]) == (0, "posthog")
    assert [(row["type"], row["event"]) for row in preview["rows"]] == [
        ("page", None),
        ("track", "signed up"),
        ("identify", None),
    ]
    assert [row["id"] for row in preview["rows"]] == ["p-0-0", "p-0-1", "p-0-2"]
    assert preview["rows"][1]["n"] == "1"
    assert preview["rescued_members"]["page: event"] == HOURS * 3
    shown = tideline("init", "archive", "--force").out
    assert "page: event (9)" in " ".join(shown.replace("│", " ").split())
    assert "\x1b[31mpro" not in shown
    assert "…" in shown


def test_an_archive_of_our_envelope_has_a_preview_too(tideline: Tideline, tmp_path: Path) -> None:
    write_events(tmp_path / "archive", named(CAMEL))
    done = tideline("init", "archive", "--json").document
    assert (done["mapping"], done["preview"]["rescued"], done["preview"]["rescued_members"]) == ("own", 0.0, {})
    assert done["preview"]["rows"][0] == {
        "id": "m-0-0",
        "type": "track",
        "event": "Order Paid",
        "user_id": "u-0",
        "timestamp": f"{FIRST:%Y-%m-%dT%H}:00:00Z",
        "total": "0",
    }


def test_the_clocks_of_a_renamed_envelope_choose_between_two_readings_of_a_key(
    tideline: Tideline, tmp_path: Path
) -> None:
    make = named({**CAMEL, "messageId": "message_id", "timestamp": "ts", "receivedAt": "received_at"})
    for hour in range(HOURS):
        at = FIRST + timedelta(hours=hour)
        lines = [json.dumps(make(hour, n)) for n in range(EVENTS)]
        write(tmp_path / f"archive/{at:%Y-%m-%d}/{7 * hour:02}/{at:%Y-%m-%dT%H}.json", "\n".join(lines).encode())
    done = tideline("init", "archive", "--json")
    assert (done.code, done.document["mapping"]) == (0, "renamed")
    assert done.document["clocks"]["within_an_hour"] == 1.0
    assert done.document["volume"]["first"] == f"{FIRST:%Y-%m-%dT%H}:00:00+00:00"
