"""An archive of two persons whose events meet in every way, and what of the first must be found nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from event_assets.config.settings import Settings
from event_assets.lake.store import Lake
from event_assets.pipeline.erasure.persons import persons_of
from loaders.rewrite.forget import Persons
from tests.drive import Place
from tests.independent.erased import Erased
from tests.independent.reader import Archive
from tests.promises.archives import hour_number, rudderstack_files, write_archive
from tests.promises.proof import read_again

KEY = "a key that only this test knows"
USER, DEVICE, FORMER = "Gone Person-4711", "gone-device-99", "gone-before-7"
PERSONS = persons_of(users=[USER, FORMER], anonymous=[DEVICE])
VALUES = (USER, DEVICE, FORMER, "gone@example.org", "gone-street")
"""Ids and values that must be found nowhere."""


def event(id: str, number: int, *, seconds: int = 1, **members: object) -> bytes:
    """A track of another person that arrived in the n-th hour; members are changed at will."""
    moment = (hour_number(number) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    plain = {
        "type": "track",
        "event": "Order Completed",
        "messageId": id,
        "userId": "stays-1",
        "anonymousId": "stays-device",
        "receivedAt": moment,
        "timestamp": moment,
        "properties": {"price": number + 1, "note": f"of {id}"},
    }
    found = {name: value for name, value in (plain | members).items() if value is not None}
    return json.dumps(found).encode()


def gone(id: str, number: int, **members: object) -> bytes:
    """An event of the person who is erased."""
    theirs: dict[str, Any] = {"userId": USER, "anonymousId": DEVICE, "properties": {"street": "gone-street"}}
    return event(id, number, **(theirs | members))


def first_hours() -> dict[int, list[list[bytes]]]:
    """Number of the hour -> files of lines."""
    traits = {"email": "gone@example.org", "city": "Rome"}
    return {
        0: [
            [
                gone("p-1", 0),
                gone("p-1", 0),
                gone("p-2", 0, type="identify", event=None, traits=traits, properties=None),
                event("q-i", 0, type="identify", event=None, traits={"city": "Oslo"}, properties=None),
                gone("both-hour", 0, seconds=9),
                event("both-hour", 0, seconds=2),
                event("both-hours", 0, seconds=50),
                event("q-1", 0),
            ],
            [
                gone("p-3", 0, type="page", event=None, userId=None, name="Home"),
                gone("p-4", 0, type="alias", event=None, anonymousId=None, userId="stays-2", previousId=FORMER),
                b'{"type": "track", "userId": "' + USER.encode() + b'", "properties": {"a": ',
                b'{"type": "unheard of", "anonymousId": "' + DEVICE.encode() + b'"}',
                b'{"type": "track", "userId": "stays-1", ',
                b"\xff " + DEVICE.encode(),
            ],
        ],
        1: [
            [
                gone("both-hours", 1),
                event("q-2", 1),
                event("late-both", 1, seconds=59),
                gone("p-5", 1, event="Gone Thing"),
            ]
        ],
        2: [[event("q-3", 2, properties={"price": 2.5})]],
        3: [[event("q-4", 3), gone("p-6", 1, userId=None)]],
        4: [[gone("p-7", 4), gone("p-8", 4, event=None)]],
        5: [[gone("late-both", 0), event("q-5", 5)]],  # a copy that loses is in no table
        7: [[event("q-7", 7), b'{"type": "track", "userId": "' + USER.encode() + b'", ']],
    }


def write_people(folder: Path) -> Path:
    """The archive in a folder."""
    return write_archive(folder, {hour_number(number): files for number, files in first_hours().items()})


def settings_for(where: Place) -> Settings:
    """The settings of a place, with the key and an export."""
    return replace(where.settings, erasure_key=KEY, export=Lake(str(where.folder / "export")))


def without(where: Place, persons: Persons = PERSONS) -> Archive:
    """The archive as the independent reader has it, without persons."""
    erased = Erased(persons.persons, persons.events)
    return read_again(rudderstack_files(Path(where.source.archive)), erased=erased)


def find_bytes(folders: Sequence[Path], words: Sequence[str]) -> Iterator[str]:
    """Every file below the folders that has one of the words in its bytes, or in a text of its Parquet."""
    for path in (path for folder in folders for path in sorted([folder, *folder.rglob("*")]) if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += str(pq.read_table(path, partitioning=None).to_pylist()).encode()
        yield from (f"{path}: {word}" for word in words if word.encode() in content)
