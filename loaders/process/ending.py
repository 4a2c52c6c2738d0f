"""The end of this process in the middle of its work, whatever its threads are doing (ADR 0025).

`end_process` raises nothing: an exception between two bytecodes is lost in a destructor, turned into another error by
the C code of a driver, or undoes half of a `finally`. The process is replaced by `removal` instead. That ends all
threads at once and closes all files, locks and connections, so that databases roll back what is not committed; then it
waits for the workers and removes the temporary folders. What this module needs is in the standard library, because the
command imports it first.

Covered by tests/loaders/process/test_ending.py and tests/cli/ending/test_stopping.py.
"""

from __future__ import annotations

import _thread
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NoReturn

STOP_SIGNALS: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""Signals that ask a process to stop: Ctrl-C, a service manager, and a closed terminal."""

_REMOVAL: Final = Path(__file__).with_name("removal.py")
_GATE_SECONDS: Final = 2.0
_INTERRUPT_SECONDS: Final = 2.0

gate = threading.Lock()
"""Held while a folder or a worker is created and registered: none is missed by the end of the process."""
_folders: set[Path] = set()
_workers: set[int] = set()
_interrupts: dict[object, Callable[[], object]] = {}


def _forget_all() -> None:
    """Start afresh in a child that was forked: folders and workers are its parent's."""
    global gate
    gate = threading.Lock()  # that of the parent may be held
    for registered in (_folders, _workers, _interrupts):
        registered.clear()


os.register_at_fork(after_in_child=_forget_all)


def register_folder(folder: Path) -> None:
    """Remove the folder, and the lock beside it, when the process ends. The caller holds the gate."""
    _folders.add(folder)


def forget_folder(folder: Path) -> None:
    """Leave the folder alone from now on."""
    _folders.discard(folder)


def start_worker(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process with pipes for its input and output, which must end when its input ends.

    It starts with the stop signals blocked: Ctrl-C in a terminal and a service manager signal all processes of a
    command, and the command alone decides what ends.
    """
    with gate:
        former = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            process = subprocess.Popen(  # noqa: S603  nothing of the command comes from outside
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, former)
        _workers.add(process.pid)
    return process


def forget_worker(process: subprocess.Popen[bytes]) -> None:
    """Do not wait for the process, which has ended."""
    _workers.discard(process.pid)


@contextmanager
def interruptible(interrupt: Callable[[], object]) -> Iterator[None]:
    """Call `interrupt` from another thread if the process ends inside the block, such as to cancel a query."""
    key = object()
    _interrupts[key] = interrupt
    try:
        yield
    finally:
        del _interrupts[key]


def end_process(code: int) -> NoReturn:
    """End the process at once with this exit code, from any thread: no transaction commits and no folder is left.

    Its workers end and remove their own folders first, for up to five seconds; then they are killed.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)  # until `removal` has handlers of its own
    _interrupt_all()
    gate.acquire(timeout=_GATE_SECONDS)  # never released: nothing is created any more
    if _folders or _workers:
        workers = ",".join(map(str, _workers))
        arguments = ["-I", "-S", str(_REMOVAL), str(code), workers, *map(str, _folders)]
        with suppress(OSError, ValueError):  # then a later run removes the folders
            os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606  no shell is wanted
    os._exit(code)


def _interrupt_all() -> None:
    """Interrupt what waits for a server; a server that does not answer gets two seconds."""
    interrupts = list(_interrupts.values())
    if interrupts:
        running = threading.Lock()
        running.acquire()
        _thread.start_new_thread(_call_all, (interrupts, running))  # others may hold the locks of `threading`
        running.acquire(timeout=_INTERRUPT_SECONDS)


def _call_all(interrupts: Sequence[Callable[[], object]], running: threading.Lock) -> None:
    for interrupt in interrupts:
        with suppress(Exception):  # the end of the connection rolls back as well, only later
            interrupt()
    running.release()
