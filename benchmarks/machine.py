"""What it was measured on: processor, memory, versions, printed and written beside what was found."""

import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("duckdb", "polars", "pyarrow", "isal", "msgspec", "pysimdjson", "dlt")


def describe() -> dict[str, str]:
    """Name -> value, in the order of the report."""
    return {
        "processor": _read_processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": platform.platform(aliased=True, terse=True),
        "python": platform.python_version(),
        **{package: _find_version(package) for package in PACKAGES},
    }


def print_machine() -> None:
    """Print it as one line."""
    print(", ".join(f"{name} {value}" for name, value in describe().items()), flush=True)


def write_found(target: Path, found: Mapping[str, object], **more: object) -> None:
    """Write what was found on this machine as JSON."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"machine": describe(), **more, "found": found}, indent=2) + "\n")


def _read_processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _find_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
