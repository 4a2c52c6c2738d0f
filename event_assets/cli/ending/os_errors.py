"""Errors of the operating system that no room has translated, as one line, and output that cannot be written.

Covered by tests/cli/test_full_disk.py.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

from event_assets.cli.exit_codes import FAILED, OPERATOR_MISTAKE
from loaders.interface.disk import advise_disk

_PRINTERS: Final = ("event_assets.cli", "rich", "typer", "click")
"""Packages that write to standard output; files are written by others, or their errors name them."""


def explain_os_error(error: OSError) -> tuple[str, int]:
    """Return the message of an error, and the exit code of the command."""
    printing = error.filename is None and _raised_by(error.__traceback__).startswith(_PRINTERS)
    action = "Writing to standard output" if printing else "The command"
    advice = advise_disk(error, _output_file() if printing else None)
    if advice is None:
        return f"{action} failed: {error}. Run the same again.", FAILED
    return f"{action} failed: {advice.problem}. {advice.remedy}", FAILED if advice.passing else OPERATOR_MISTAKE


def write_error(line: str) -> None:
    """Write a line to standard error, if it can be written."""
    with suppress(OSError):
        sys.stderr.write(line)
        sys.stderr.flush()


def _raised_by(trace: TracebackType | None) -> str:
    """Return the module whose code was running when the error was raised."""
    module = ""
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        trace = trace.tb_next
    return module


def _output_file() -> Path | None:
    """Return the file or device that standard output is redirected to, where the system knows it."""
    with suppress(OSError):
        path = Path("/proc/self/fd/1").readlink()
        return path if path.exists() else None
    return None
