"""The process of the `tideline` command: the signals and settings before the first import, and the exit.

Covered by tests/cli/test_start.py.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Final

from event_assets.cli.ending.stopping import finish, watch_signals

_COLLECTIONS: Final = (10_000, 50, 100)
"""Thresholds of the cyclic garbage collector, by generation: Python's own are for smaller programs, and would run it a
few hundred times during the imports."""


def main() -> None:
    """Run the installed command."""
    watch_signals()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # Arrow imports NumPy: unused threads would spin
    gc.set_threshold(*_COLLECTIONS)
    from event_assets.cli.app import run

    finish(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
