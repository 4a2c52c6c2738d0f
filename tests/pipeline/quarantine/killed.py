"""A replay that is killed, completed by the same command; run by `tests.pipeline.killing.sweep`."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.drive import Place
from tests.pipeline.killing.sweep import main
from tests.pipeline.quarantine.replayed import (
    TODAY,
    YESTERDAY,
    counts_of,
    load_all,
    prove_mapped,
    reasons_of,
    replay_all,
    with_mapping,
)


@dataclass(frozen=True)
class Replaying:
    """Lines of yesterday's mapping are replayed by today's; with `gone` the archive is no longer there."""

    gone: bool

    def prepare(self, where: Place) -> None:
        """Load by yesterday's mapping, then take the archive away if it shall be gone."""
        load_all(with_mapping(where, YESTERDAY))
        archive = Path(where.source.archive)
        shutil.copytree(archive, archive.with_name("kept"))
        if self.gone:
            shutil.rmtree(archive)
            archive.mkdir()

    def run(self, where: Place) -> None:
        """Replay every line."""
        replay_all(with_mapping(where, TODAY))

    def complete(self, where: Place, *, other: bool) -> bool:
        """Replay again; the other way is a load that finds nothing pending before."""
        if other:
            load_all(with_mapping(where, TODAY))
        self.run(where)
        return other

    def prove(self, where: Place) -> None:
        """The tables are those of the archive by today's mapping, and the counts of every hour add up."""
        prove_mapped(with_mapping(where, TODAY), Path(where.source.archive).with_name("kept"))

    def check(self, where: Place, whole: Place) -> None:
        """The notes count what a whole replay has counted, and another replay changes no file."""
        assert counts_of(where) == counts_of(whole)
        assert reasons_of(where) == {"invalid_json": 3, "unknown_type": 1}
        before = where.lake_files()
        assert {done.way for done in replay_all(with_mapping(where, TODAY))} == {""}
        assert where.lake_files() == before


if __name__ == "__main__":
    sys.exit(main(Replaying(gone="gone" in Path(sys.argv[1]).parent.name)))
