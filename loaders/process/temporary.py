"""Temporary folders that belong to this process, and the removal of those that dead processes have left.

A folder has a lock file beside it, `NAME` and `NAME.lock`, which its process holds as long as it lives: the kernel
releases it however the process ends, and process numbers that are used again mean nothing. A name begins with the
machine's boot, because a lock of another machine on a shared disk may not be visible here.

Covered by tests/loaders/process/test_temporary.py.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

from loaders.process import ending
from loaders.process.removal import lock_path, remove_folder

KEPT_FOR: Final = timedelta(days=1)
"""How long a folder of another machine, or from before a restart of this one, is unchanged before it is removed."""
_MOST: Final = 1000
"""Entries of a folder that one look reads: the next look reads what is left."""
_ATTEMPTS: Final = 20
_NAME: Final = re.compile(r"\.?[0-9a-f]{12}-[0-9a-f]{16}(\.lock)?")
"""The machine and a random number; other names are not ours."""

_looked: set[Path] = set()


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """Create an empty folder of this process and remove it at the end of the block, or at the end of the process.

    Without a parent it is in the folder for temporary files (`TMPDIR`), in a folder of this user; else it is hidden.
    What dead processes have left beside it is removed first, once per process. Raises OSError.
    """
    folder, lock = _create(parent)
    try:
        yield folder
    finally:
        remove_folder(folder)
        ending.forget_folder(folder)
        os.close(lock)
        if parent is None:
            with suppress(OSError):  # folders of other processes are in it
                folder.parent.rmdir()


def remove_dead_folders(parent: Path, *, now: datetime | None = None, dry_run: bool = False) -> list[str]:
    """Remove the folders below `parent` that dead processes have left; return their names. With `dry_run` keep them.

    A folder of this machine is dead when nobody holds its lock; any other one when it is unchanged for a day. Only
    folders and locks of this user that have our names are looked at, and no link is followed.
    """
    moment = (now or datetime.now(UTC)).timestamp() - KEPT_FOR.total_seconds()
    removed = []
    with suppress(OSError):
        for name in sorted({name.removesuffix(".lock") for name in islice(_own_names(parent), _MOST)}):
            if _remove_dead(parent / name, unchanged_since=moment, dry_run=dry_run):
                removed.append(name)
    return removed


def is_ours(name: str) -> bool:
    """Return whether a name is one of a temporary folder or of its lock."""
    return _NAME.fullmatch(name) is not None


def user_folder() -> Path:
    """Return the folder of this user in the folder for temporary files, created where it is missing.

    Where another user has taken its name, it is a new folder of another name. Raises OSError.
    """
    folder = Path(tempfile.gettempdir()) / f"tideline-{os.geteuid()}"
    with suppress(FileExistsError):
        folder.mkdir(0o700)
    with suppress(FileNotFoundError):
        found = folder.lstat()
        if not (stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022):
            return Path(tempfile.mkdtemp(prefix="tideline-"))
    return folder


def _create(parent: Path | None) -> tuple[Path, int]:
    """Return a new folder and the descriptor that holds its lock."""
    for attempt in range(_ATTEMPTS):
        root = user_folder() if parent is None else parent
        if root not in _looked:
            _looked.add(root)
            remove_dead_folders(root)
        folder = root / f"{'.' if parent else ''}{_machine()}-{secrets.token_hex(8)}"
        with ending.gate:
            try:
                lock = _take_lock(folder)
            except FileNotFoundError:  # another process has removed the user's folder, which was empty
                if parent is not None or attempt == _ATTEMPTS - 1:
                    raise
                continue
            if lock is None:
                continue
            ending.register_folder(folder)
            try:
                folder.mkdir(0o700)
            except BaseException:
                ending.forget_folder(folder)
                remove_folder(folder)
                os.close(lock)
                raise
            return folder, lock
    raise FileExistsError(f"no temporary folder could be created in {root}")


def _take_lock(folder: Path) -> int | None:
    """Create and hold the lock of a folder that does not exist yet; None where a look of another process was faster."""
    path = lock_path(folder)
    lock = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    except OSError:
        return lock  # a file system without locks: by its age alone the folder is dead
    if os.fstat(lock).st_nlink:
        return lock
    os.close(lock)
    return None


def _own_names(parent: Path) -> Iterator[str]:
    """Yield our names in a folder that belong to this user and are no links."""
    user = os.geteuid()
    with os.scandir(parent) as entries:
        for entry in (entry for entry in entries if is_ours(entry.name)):
            with suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                if found.st_uid == user and not entry.is_symlink():
                    yield entry.name


def _remove_dead(folder: Path, *, unchanged_since: float, dry_run: bool) -> bool:
    """Remove a folder if its process is dead; return whether it is."""
    lock = _open_lock(folder)
    if lock is None:
        return _remove_old(folder, unchanged_since, dry_run=dry_run)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return _remove_old(folder, unchanged_since, dry_run=dry_run)
    else:
        if not folder.name.lstrip(".").startswith(f"{_machine()}-"):
            return _remove_old(folder, unchanged_since, dry_run=dry_run)
        if not dry_run:
            remove_folder(folder)
        return True
    finally:
        os.close(lock)


def _open_lock(folder: Path) -> int | None:
    try:
        lock = os.open(lock_path(folder), os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(lock).st_mode):
        return lock
    os.close(lock)
    return None


def _remove_old(folder: Path, unchanged_since: float, *, dry_run: bool) -> bool:
    """Remove what is unchanged since then; return whether it is. What vanishes meanwhile belonged to a process."""
    if _changed(folder) >= unchanged_since:
        return False
    if not dry_run:
        remove_folder(folder)
    return True


def _changed(folder: Path) -> float:
    """Return when a folder, its lock or a file in it was last changed, in seconds since 1970."""
    newest = 0.0
    for path in (folder, lock_path(folder)):
        with suppress(OSError):
            newest = max(newest, path.lstat().st_mtime)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in islice(entries, _MOST):
            with suppress(OSError):
                newest = max(newest, entry.stat(follow_symlinks=False).st_mtime)
    return newest or float("inf")


@cache
def _machine() -> str:
    """Return a short name of this machine since it has been started; containers of one machine share it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = socket.gethostname()
    return sha256(boot.encode()).hexdigest()[:12]
