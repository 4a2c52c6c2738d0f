"""`python -m benchmarks.jobs NAME ARCHIVE WORK`: run one job and print how many events it handled, as JSON."""

import json
import sys
from importlib import import_module
from pathlib import Path


def main(name: str, archive: str, work: str) -> None:
    """Run the job of this name; the last line printed is its result."""
    run = import_module(f"benchmarks.jobs.{name}").run
    print(json.dumps({"events": run(Path(archive), Path(work))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
