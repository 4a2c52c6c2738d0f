"""Promise 2, nothing lost: every value of every winning event of real archives is in its column or in `_rescued`.

Each archive goes into a DuckDB file and into a PostgreSQL database, and both have the same tables; from the S3 protocol
it goes into a DuckDB file.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.conftest import ROOT, SHARED
from tests.drive import Place, load_archive, place
from tests.independent.reader import Archive
from tests.postgres import Server
from tests.promises.archives import (
    dated_files,
    gharchive_files,
    hour_number,
    rudderstack_files,
    rudderstack_key,
    write_archive,
)
from tests.promises.compare import differences
from tests.promises.proof import prove, prove_catalog, read_again
from tests.s3 import Store

GHARCHIVE = {
    "id": ["id", "type", "created_at"],
    "type": {"const": "track"},
    "event": "type",
    "user_id": {"first": ["actor.id", "actor.login", "actor"]},
    "received_at": "created_at",
    "properties": "payload",
}
WIKITICKER = {
    "type": {"const": "track"},
    "event": {"const": "edit"},
    "user_id": "user",
    "received_at": "time",
    "timestamp": "time",
}
DATA = SHARED / "data" if SHARED else None
PUSH = {
    "id": "17244207336",
    "type": "PushEvent",
    "actor": {"id": 71354125, "login": "a-bot[bot]", "gravatar_id": ""},
    "repo": {"id": 318651349, "name": "a/b"},
    "payload": {"size": 2, "commits": [{"sha": "1f", "distinct": True}], "type": "Push", "ref": "refs/heads/é"},
    "public": True,
    "created_at": "2021-07-21T06:00:00Z",
}


def load_both(where: Place, server: Server, hours: list[datetime] | None = None) -> tuple[Place, ...]:
    """Load the archive into the place's own warehouse and into a database, from one lake; both are the same."""
    load_archive(where, hours)
    if where.bucket:
        return (where,)
    other = replace(where, folder=where.folder / "server", database=server.new_database())
    where.copy_lake(other)
    load_archive(other, hours)
    found = differences(where.warehouse, other.warehouse)
    assert not found, "\n".join(found[:20])
    return where, other


def prove_both(where: Place, archive: Archive, server: Server) -> None:
    """Load the archive into both warehouses and prove each, its catalog too."""
    for loaded in load_both(where, server):
        prove(loaded, archive)
        prove_catalog(loaded, archive)


def sdk_lines() -> dict[str, list[bytes]]:
    """What real SDKs sent, by the name of the recording."""
    folder = DATA / "sdk" if DATA else ROOT / "tests" / "data" / "sdk"
    return {path.name: path.read_bytes().splitlines() for path in sorted(folder.glob("*.jsonl"))}


@pytest.mark.slow
def test_recordings_of_real_sdks_laid_out_as_a_rudderstack_archive(
    tmp_path: Path, postgres: Server, store: Store | None
) -> None:
    recordings = sdk_lines()
    hours = {hour_number(number): [lines[0::2], lines[1::2]] for number, lines in enumerate(recordings.values())}
    again = {hour_number(20): [lines[::3] for lines in recordings.values()]}
    archive = write_archive(tmp_path / "archive", hours | again)
    prove_both(place(archive, tmp_path / "loaded", store=store), read_again(rudderstack_files(archive)), postgres)


def own_gharchive(folder: Path) -> Path:
    """Two hours of one made-up event and a changed copy of it."""
    for hour, size in ((6, 2), (7, 2.5)):
        line = json.dumps(PUSH | {"payload": {**PUSH["payload"], "size": size}}, ensure_ascii=False)  # type: ignore[dict-item]
        (folder / f"2021-07-21-{hour}.json.gz").write_bytes(gzip.compress(line.encode(), mtime=0))
    return folder


@pytest.mark.slow
def test_an_archive_of_github_by_its_shipped_mapping(tmp_path: Path, postgres: Server, store: Store | None) -> None:
    archive = DATA / "gharchive" if DATA else own_gharchive(tmp_path)
    where = place(archive, tmp_path / "loaded", layout="gharchive", preset="gharchive", store=store)
    prove_both(where, read_again(gharchive_files(archive), GHARCHIVE), postgres)


def prove_wikipedia(
    archive: Path, folder: Path, server: Server, hours: list[datetime] | None, store: Store | None = None
) -> None:
    """Load hours of the edits of Wikipedia into both warehouses and prove them."""
    layout = "{year}/{month}/{day}/{hour}/*.jsonl.gz"
    where = place(archive, folder, layout=layout, preset="wikiticker", store=store)
    files = [file for file in dated_files(archive) if hours is None or file.hour in hours]
    again = read_again(files, WIKITICKER)
    for loaded in load_both(where, server, hours):
        prove(loaded, again)


def own_wikiticker(folder: Path) -> Path:
    """Two hours of made-up edits: unicode, nulls, no ids, one of them of another day."""
    edit = {
        "time": "2015-09-12T00:46:58.771Z",
        "channel": "#en",
        "page": "馬來西亞",
        "user": "1.2.3.4",
        "metroCode": None,
    }
    for hour, extra in (("00", {"delta": 3}), ("01", {"time": "2015-09-11T23:59:59.999Z", "delta": -36.5})):
        path = folder / "2015" / "09" / "12" / hour / "events.jsonl.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(gzip.compress(json.dumps(edit | extra, ensure_ascii=False).encode(), mtime=0))
    return folder


@pytest.mark.slow
def test_some_hours_of_wikipedia_by_the_shipped_mapping(tmp_path: Path, postgres: Server, store: Store | None) -> None:
    archive = DATA / "wikiticker" if DATA else own_wikiticker(tmp_path / "archive")
    hours = sorted({file.hour for file in dated_files(archive)})[:2]
    prove_wikipedia(archive, tmp_path / "loaded", postgres, hours, store)


@pytest.mark.slow
def test_a_whole_day_of_wikipedia_by_the_shipped_mapping(tmp_path: Path, postgres: Server) -> None:
    archive = DATA / "wikiticker" if DATA else own_wikiticker(tmp_path / "archive")
    prove_wikipedia(archive, tmp_path / "loaded", postgres, None)


def own_nasty() -> dict[str, bytes]:
    """Files made of hostile names, odd numbers and damaged gzip."""
    event = '{"type":"track","messageId":"%d","event":%s,"properties":{%s:%s}}'
    hostile = ["'; DROP TABLE tracks; --", 'a"b', "select", "日本語", "", "\u202e", "$", "A b", "a_b", "1" * 100]
    numbers = ["-0.0", "1e400", "1e-400", "9007199254740993", "18446744073709551616", "5e-324", "1.00", "true", "null"]
    names = [event % (n, json.dumps(text), json.dumps(text), "1") for n, text in enumerate(hostile)]
    values = [event % (99 + n, '"n"', '"v"', text) for n, text in enumerate(numbers)]
    packed = gzip.compress("\n".join(names).encode())
    contents = [packed, packed[:-1], packed + b"x", "\n".join(values).encode(), b"", b"[1]\n{\n" + packed]
    return {f"{number}.jsonl.gz": content for number, content in enumerate(contents)}


def shared_nasty(folder: Path) -> dict[str, bytes]:
    """The shared files of the same kind, which are many."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.*z*"))}


@pytest.mark.parametrize(
    "nasty", [None, *([pytest.param(DATA / "nasty", id="shared", marks=pytest.mark.slow)] if DATA else [])]
)
def test_nasty_lines_and_files_laid_out_as_a_rudderstack_archive(
    nasty: Path | None, tmp_path: Path, postgres: Server, store: Store | None
) -> None:
    files = shared_nasty(nasty) if nasty else own_nasty()
    archive = tmp_path / "archive"
    for number, content in enumerate(files.values()):
        path = archive / rudderstack_key(hour_number(number // 6), number % 6)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    again = read_again(rudderstack_files(archive))
    for loaded in load_both(place(archive, tmp_path / "loaded", store=store), postgres):
        prove(loaded, again)
