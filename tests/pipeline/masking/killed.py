"""A load of the command that masks, killed and completed by the same command; run by `tests.pipeline.killing.sweep`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from event_assets.cli.app import run
from event_assets.events.masking.rules import MaskRule
from tests.drive import Place
from tests.pipeline.erasure.people import find_bytes
from tests.pipeline.killing.sweep import main
from tests.pipeline.masking.people import KEY, RULES, SECRETS, as_masked, at_lake
from tests.promises.archives import hour_number
from tests.promises.proof import prove


@dataclass(frozen=True)
class MaskedLoad:
    """Loads by the configuration of a place, its rules applied by the load or before the lake."""

    lake: bool

    @property
    def rules(self) -> list[MaskRule]:
        """The rules of the source."""
        return list(at_lake()) if self.lake else list(RULES)

    def prepare(self, where: Place) -> None:
        """Load the first hour."""
        self.load(where, "--to", f"{hour_number(0):%Y-%m-%dT%H}")

    def run(self, where: Place) -> None:
        """Load what is pending."""
        self.load(where)

    def complete(self, where: Place, *, other: bool) -> bool:
        """Load again; the other way loads every hour anew. What the kill has left has no value in clear either."""
        self.refuse_leaks(where)
        self.load(where, *(["--reload"] if other else []))
        return other

    def prove(self, where: Place) -> None:
        """The rows are those of the archive, masked."""
        prove(where, as_masked(where, self.rules))

    def check(self, where: Place, whole: Place) -> None:
        """No file of the place has a value in clear, nor has a line that the command has written."""
        assert len(where.lake_files()) >= len(whole.lake_files()) > 0
        self.refuse_leaks(where)

    def refuse_leaks(self, where: Place) -> None:
        """Fail where a value is in clear: in the warehouse, a temporary file or a log; with `lake` in the lake, too."""
        kept = where.folder / "lake"
        parts = [part for part in where.folder.iterdir() if self.lake or part != kept]
        assert list(find_bytes([*parts, log_of(where)], SECRETS)) == []

    def load(self, where: Place, *arguments: str) -> None:
        """Run the command, with all that it logs."""
        os.environ["TIDELINE_MASKING_KEY"] = KEY
        config = where.folder / "tideline.toml"
        config.write_text(configuration(where, self.rules))
        log = os.open(log_of(where), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        assert run(["load", "--config", str(config), "--log-format", "json", "--json", *arguments]) == 0


def log_of(where: Place) -> Path:
    """What the commands of a place have printed; it is beside the place, whose files are compared."""
    return where.folder.with_name(f"{where.folder.name}.log")


def configuration(where: Place, rules: list[MaskRule]) -> str:
    """The configuration of a place whose source has these rules."""
    tables = [f'[[source.mask]]\npath = "{rule.path}"\nhow = "{rule.how}"\nat = "{rule.at}"\n' for rule in rules]
    return "\n".join(
        [
            f'lake = "{where.folder}/lake"\nwarehouse = "{where.settings.warehouse}"\nsettle = "0s"\n',
            f'[source]\narchive = "{where.source.archive}"\nlayout = "rudderstack"\n',
            *tables,
        ]
    )


if __name__ == "__main__":
    sys.exit(main(MaskedLoad(lake="lake" in Path(sys.argv[1]).parent.name)))
