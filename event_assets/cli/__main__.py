"""The process of the `tideline` command: what is set before the first library is imported, and how it ends."""

from __future__ import annotations

import gc
import os
import sys
from typing import Final

_COLLECTIONS: Final = (10_000, 50, 100)
"""How many objects more let Python look for cyclic garbage, by generation: its own numbers are for smaller programs,
and importing alone would have it look a few hundred times."""


def main() -> None:
    """The entry point of the installed command."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy comes with Arrow and has nothing to do: its threads spin
    gc.set_threshold(*_COLLECTIONS)
    from event_assets.cli.app import run

    code = run(sys.argv[1:])
    gc.freeze()  # Python would look through all modules for garbage once more when it ends
    sys.exit(code)


if __name__ == "__main__":
    main()
