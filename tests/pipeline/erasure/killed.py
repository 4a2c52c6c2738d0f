"""An erasure that is killed, completed by the same command or the next load; run by `tests.pipeline.killing.sweep`."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from event_assets.config.settings import Settings
from event_assets.lake.erasure.suppression import list_tokens, pending_tokens
from event_assets.lake.maintenance.tombstones import retire_hour
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.after_load import maintain
from event_assets.pipeline.erasure.forget import finish_erasures, forget
from event_assets.pipeline.lake_maintenance import compact_lake
from event_assets.pipeline.load import Choice
from event_assets.pipeline.rollups import recompute_sources
from tests.drive import Place, load_pending, write_lake
from tests.pipeline.erasure.people import DEVICE, PERSONS, USER, VALUES, event, find_bytes, gone, settings_for, without
from tests.pipeline.killing.sweep import main
from tests.promises.archives import hour_number, write_archive, write_file
from tests.promises.proof import prove

CUT: Final = b'{"type": "track", "userId": "' + USER.encode() + b'", '


def few_hours() -> dict[int, list[list[bytes]]]:
    """Number of the hour -> files of lines: the person is in copies, in quarantine, and in the hour that is retired."""
    traits = {"email": "gone@example.org"}
    return {
        0: [[gone("both-hour", 0, seconds=9), event("both-hour", 0, seconds=2), event("both-hours", 0), CUT]],
        1: [[gone("both-hours", 1, seconds=30), event("q-1", 1)]],
        2: [[gone("p-1", 2, type="identify", event=None, traits=traits, properties=None), event("q-2", 2)]],
        3: [[gone("p-2", 3, userId=None), event("q-3", 3), CUT, b"not json"]],
    }


WAITING: Final = [gone("p-4", 4), event("q-4", 4), b'{"type": "unheard of", "anonymousId": "' + DEVICE.encode() + b'"}']


def write_few(folder: Path) -> Path:
    """The archive in a folder."""
    return write_archive(folder, {hour_number(number): files for number, files in few_hours().items()})


def all_settings(where: Place) -> Settings:
    """The settings of a place, with everything that an erasure writes to."""
    return replace(settings_for(where), publish=where.folder / "published.duckdb" if not where.database else None)


def prepare_people(where: Place) -> None:
    """Load the archive: two hours are packed, one is retired from the lake, and one waits in the lake for its load."""
    load_all(where)
    list(compact_lake(all_settings(where)))
    note = read_note(where.lake, where.source.name, hour_number(3))
    assert note is not None
    retire_hour(where.lake, note, now=datetime.now(UTC))
    write_file(Path(where.source.archive), hour_number(4), 0, WAITING)
    write_lake(where, hour_number(4))


def load_all(where: Place) -> None:
    """Load what is pending, as the command does; a bucket first gets the archive's files."""
    settings = replace(all_settings(where), sources={where.source.name: where.stored})
    finish_erasures(settings)
    load_pending(settings, Choice())
    list(recompute_sources(settings))
    list(maintain(settings))


class Erasing:
    """Persons are erased."""

    def prepare(self, where: Place) -> None:
        """Load what they are in."""
        prepare_people(where)

    def run(self, where: Place) -> None:
        """Erase them."""
        forget(all_settings(where), PERSONS)

    def complete(self, where: Place, *, other: bool) -> bool:
        """Erase them again, or load what is pending: that completes every erasure whose list was written."""
        by_load = other and bool(list_tokens(where.lake, where.source.name))
        load_all(where) if by_load else self.run(where)
        return by_load

    def prove(self, where: Place) -> None:
        """The tables are those of the archive without them."""
        prove(where, without(where))

    def check(self, where: Place, whole: Place) -> None:
        """No file has a byte of them: in lake, export, warehouse, published copy and among temporary files."""
        assert pending_tokens(where.lake, where.source.name) == ()
        if where.database:
            (where.folder / "warehouse.duckdb").unlink(missing_ok=True)  # a copy, made by the tests
        assert list(find_bytes([where.folder], VALUES)) == []
        if where.bucket:
            files = where.lake_files().items()
            assert [path for path, content in files for word in VALUES if word.encode() in content] == []


if __name__ == "__main__":
    sys.exit(main(Erasing()))
