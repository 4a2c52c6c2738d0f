"""`python -m benchmarks.jobs NAME ARCHIVE WORK`: run one job and print what it handled and held, as JSON."""

import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path


def main(name: str, archive: str, work: str) -> None:
    """Run the job of this name; the last line printed is its result: what it tells, and peak resident bytes."""
    done = import_module(f"benchmarks.jobs.{name}").run(Path(archive), Path(work))
    print(json.dumps({**asdict(done), "peak": read_peak()}))


def read_peak() -> int:
    """The most bytes that this process has had resident at once.

    Not `ru_maxrss`: that of a new process begins with what its parent held when it was started.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM: peak memory is measured on Linux only")


if __name__ == "__main__":
    main(*sys.argv[1:])
