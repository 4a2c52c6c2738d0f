"""Events of our envelope inside the lines of transports: `init` finds them, and writes the `each` that opens them."""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from event_assets.archive.inspection.find_wrapper import find_paths, format_path
from event_assets.archive.inspection.recognize_envelope import OWN, WRAPPED, recognize_envelope
from tests.defs.in_process import tideline

Line = dict[str, Any] | list[Any]


def event(number: int) -> dict[str, Any]:
    """Return an event with properties that have what an event has, too: the shallowest path is the right one."""
    inner = {"type": "track", "messageId": f"inner-{number}", "event": "x"}
    at = f"2026-01-31T07:{number:02d}:00Z"
    return {
        "type": "track", "messageId": f"m{number}", "userId": f"u{number}", "event": "Order Completed",
        "properties": {"total": number, "reply": inner}, "timestamp": at, "receivedAt": at,
    }  # fmt: skip


def text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


WRAPPERS: Final[dict[str, tuple[Callable[[int], Line], str | list[str]]]] = {
    "a container's log": (lambda n: {"log": text(event(n)) + "\n", "stream": "stdout"}, "log"),
    "a log shipper": (lambda n: {"@timestamp": "2026-01-31T07:00:00Z", "message": text(event(n))}, "message"),
    "an event bus": (lambda n: {"id": str(n), "detail-type": "t", "time": "x", "detail": event(n)}, "detail"),
    "a change stream": (lambda n: {"payload": {"before": None, "after": text(event(n)), "op": "c"}}, "payload.after"),
    "a queue": (
        lambda n: {"records": [{"data": base64.b64encode(text(event(n)).encode()).decode()}]},
        "records[].data",
    ),
    "several a line": (lambda n: {"meta": {}, "events": [event(2 * n), event(2 * n + 1)]}, "events"),
    "bare arrays": (lambda n: [event(2 * n), event(2 * n + 1)], "[]"),
    "a name with a dot": (lambda n: {"kafka.value": event(n), "kafka.offset": n}, ["kafka.value"]),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_the_path_of_the_events_is_found(name: str) -> None:
    wrap, each = WRAPPERS[name]
    found = recognize_envelope([text(wrap(number)).encode() for number in range(10)])
    assert found.name == WRAPPED
    assert found.mapping is not None
    assert found.mapping.batches is not None
    assert format_path(found.mapping.batches.events) == each


def test_what_init_writes_loads_every_event(tmp_path: Path) -> None:
    for wrap, _ in WRAPPERS.values():
        folder = tmp_path / "archive/dt=2026-01-31/hr=07"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.json").write_text("\n".join(text(wrap(number)) for number in range(12)) + "\n")
        done = tideline("init", "archive", "--force", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "inside the lines of a transport" in done.stdout
        assert tideline("load", cwd=tmp_path).returncode == 0
        with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
            rows = connection.execute("SELECT id, user_id, total FROM events.order_completed").fetchall()
        count = 24 if isinstance(wrap(0), list) or "events" in wrap(0) else 12
        assert sorted(rows) == sorted((f"m{number}", f"u{number}", number) for number in range(count))
        (tmp_path / "warehouse.duckdb").unlink()


def test_events_of_ours_that_contain_others_are_not_opened() -> None:
    assert recognize_envelope([text(event(number)).encode() for number in range(10)]).name == OWN


def test_lines_that_contain_no_events_have_no_wrapper() -> None:
    lines = [
        text({"level": "info", "request": {"type": "GET", "id": n}, "tags": [{"a": 1}]}).encode() for n in range(10)
    ]
    assert recognize_envelope(lines).name is None
    assert find_paths(lines) == [("request",), ("tags",)]


def test_a_hostile_line_is_searched_in_bounded_time() -> None:
    deep = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    wide = text({f"m{n}": {"x": {"y": {"z": {}}}} for n in range(5_000)}).encode()
    assert len(find_paths([deep, wide])) <= 1_000


def test_the_proposal_is_a_table_of_the_source(tmp_path: Path) -> None:
    folder = tmp_path / "archive/dt=2026-01-31/hr=07"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text("".join(text({"kafka.value": event(n)}) + "\n" for n in range(12)))
    assert tideline("init", "archive", cwd=tmp_path).returncode == 0
    assert tomllib.loads((tmp_path / "tideline.toml").read_text())["source"]["mapping"] == {"each": ["kafka.value"]}
