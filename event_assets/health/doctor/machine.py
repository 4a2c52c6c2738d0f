"""This machine: libraries, variables, memory, disks, open files.

Covered by tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_warehouse
from event_assets.health.doctor.diagnosis import Examination
from event_assets.health.doctor.libraries import examine_libraries, examine_variables

_LEAST_FREE: Final = 1 << 30
"""Bytes that a disk should have free: a load spills what its memory does not hold."""
_LEAST_FILES: Final = 1024

_CGROUP: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def examine_machine(settings: Settings) -> Examination:
    """Return what this machine has, beside what the settings ask for."""
    found = Examination("machine")
    examine_libraries(found)
    examine_variables(found, os.environ)
    _examine_memory(settings, found)
    for name, folder in _folders(settings):
        _examine_disk(name, folder, found)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if 0 <= files < _LEAST_FILES:
        found.add("open files", f"at most {files}: raise it with ulimit -n {_LEAST_FILES}", "warning")
    return found


def available_memory() -> int | None:
    """Return the bytes of memory that this process may use: of the machine, or of its container if that is less."""
    bounds = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in _CGROUP:
        text = path.read_text().strip() if path.is_file() else ""
        if text.isdigit():
            bounds.append(int(text))
    known = [bound for bound in bounds if bound > 0]
    return min(known) if known else None


def _examine_memory(settings: Settings, found: Examination) -> None:
    wanted = settings.memory.total_bytes
    total = available_memory()
    if total is None:
        return
    detail = f"{_gib(total)} in all; a load is planned with {_gib(wanted)} (memory_mib)"
    if wanted > total * 0.8:
        found.add("memory", f"{detail}: set memory_mib to {int(total * 0.7) >> 20} or less", "warning")
    else:
        found.add("memory", detail)


def _folders(settings: Settings) -> Iterator[tuple[str, Path]]:
    yield "temporary files (TMPDIR)", Path(tempfile.gettempdir())
    if settings.lake.local:
        yield "the lake", Path(settings.lake.locate(""))
    if (file := open_warehouse(settings).file) is not None:
        yield "the warehouse", file.parent


def _examine_disk(name: str, folder: Path, found: Examination) -> None:
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if not os.access(existing, os.W_OK | os.X_OK):
        found.add(f"disk of {name}", f"{existing} cannot be written by this user: give it the right", "failed")
    elif free < _LEAST_FREE:
        found.add(f"disk of {name}", f"only {_gib(free)} are free at {existing}: a load needs more", "warning")
    else:
        found.add(f"disk of {name}", f"{_gib(free)} are free at {existing}")


def _gib(size: int) -> str:
    return f"{size / (1 << 30):,.1f} GiB"
