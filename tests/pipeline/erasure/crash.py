"""Erases persons in a process that is killed at a step: an SQL statement, a commit, a rename or a removal of a file.

Run as a module with a pickled place and the number of the step: it prints how many steps there were, if it lives.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

from event_assets.pipeline.erasure.forget import forget
from tests.conftest import ROOT
from tests.drive import Place
from tests.pipeline.erasure.people import PERSONS, settings_for
from tests.promises.crash import kill_at

_FILES = frozenset({"os.rename", "os.remove", "os.link"})


def forget_killed(where: Place, number: int) -> bool:
    """Erase the persons of an archive in a process that is killed at its n-th step; return whether it was."""
    pickled = where.folder / "place.pickle"
    pickled.write_bytes(pickle.dumps(where))
    command = [sys.executable, "-m", __spec__.name, str(pickled), str(number)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    pickled.unlink()
    return done.returncode != 0


def main() -> None:
    """Erase, or be killed."""
    where: Place = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301  the test itself has written it
    counted = kill_at(int(sys.argv[2]), audited=_FILES)
    forget(settings_for(where), PERSONS)
    sys.stdout.write(f"{counted[0]}\n")


if __name__ == "__main__":
    main()
