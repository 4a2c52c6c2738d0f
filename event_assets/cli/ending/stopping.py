"""How the command ends by a signal: one line on standard error and exit code 128 + the signal's number (ADR 0025).

A thread of its own reads the signals from the interpreter's wakeup pipe, so that they count in the middle of a long
call of a library, too. The main thread is parked by its signal handler, and no exception is raised in it.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import Final, Literal, NoReturn

from event_assets.cli.output.logs.lines import log_line_of
from loaders.process import ending

STOPPED_MESSAGE: Final = "Stopped. What is finished stays; the same command continues with what is left."
_CLEAR_LINE: Final = "\r\x1b[2K\x1b[?25h"
"""Remove a progress bar from a terminal, and show its cursor."""

_End = Literal["signal", "result"]
_end: dict[str, _End] = {}
"""Who ends the process: the first one to write here, in one atomic step."""


def watch_signals() -> None:
    """Let Ctrl-C, SIGTERM and a closed terminal stop the command; signals that the parent ignores stay ignored."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in ending.STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup and `&` of a script
            signal.signal(number, _park)
    threading.Thread(target=_watch, args=(reader,), name="tideline-signals", daemon=True).start()


def finish(code: int) -> NoReturn:
    """End the process with the command's result, which is written, unless a signal came first; wait for no thread."""
    with suppress(OSError):
        sys.stderr.flush()
    if _claim("result") != "result":
        _wait()
    os._exit(code)


def _claim(end: _End) -> _End:
    """Return who ends the process; the first caller does."""
    return _end.setdefault("by", end)


def _park(number: int, frame: FrameType | None) -> None:
    """Hold the main thread until the process has ended, unless it is about to end or creates a folder or a worker."""
    if _claim("signal") == "signal" and ending.gate.acquire(blocking=False):
        ending.gate.release()
        _wait()


def _wait() -> NoReturn:
    while True:
        threading.Event().wait()


def _watch(reader: int) -> None:
    """Stop by the first signal; end at once by a second one that a person or a service manager has sent."""
    first = _read_signal(reader)
    if _claim("signal") != "signal":
        return
    _thread.start_new_thread(_stop, (first,))  # the parked thread may hold the locks of `threading`
    while _read_signal(reader) == signal.SIGHUP:  # a closed terminal sends it twice
        pass
    os._exit(128 + first)


def _read_signal(reader: int) -> int:
    while (number := os.read(reader, 1)[0]) not in ending.STOP_SIGNALS:
        pass
    return number


def _stop(number: int) -> None:
    _report(STOPPED_MESSAGE)
    ending.end_process(128 + number)


def _report(message: str) -> None:
    """Write the line to standard error, and let nothing follow it, such as errors of what was interrupted."""
    with suppress(OSError):
        terminal = os.isatty(2)
        own = os.dup(2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        line = log_line_of(f"tideline: {message}", "error")
        os.write(own, f"{_CLEAR_LINE if terminal else ''}{line}\n".encode())
