"""A small disk for one command: a tmpfs in a mount namespace of its own, which needs no right on most systems."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT

_UNSHARE: Final = ("unshare", "--user", "--map-root-user", "--mount")
_RUN: Final = """
set -e
mount -t tmpfs -o size={size},mode=777 small {disk}
cp -a {before}/. {disk}
head -c {ballast} /dev/zero > {disk}/ballast
set +e
{command}
code=$?
rm -f {disk}/ballast
{again}
again=$?
cp -a {disk}/. {after}
exit $(( code * 16 + again ))
"""


@dataclass(frozen=True)
class FullDisk:
    """A folder that is a disk of so many bytes while a command runs; its content is that of the folder `before`."""

    disk: Path
    before: Path
    after: Path
    """Where the content is copied to when the command has ended."""
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, cwd: Path, size: int, free: int, output: str = "") -> Ended:
        """Run the command with so many bytes free, then again with all of the disk."""
        used = sum(_blocks(path) for path in self.before.rglob("*"))
        command = shlex.join([sys.executable, "-m", "event_assets.cli", *arguments])
        shutil.rmtree(self.after, ignore_errors=True)
        self.after.mkdir()
        script = _RUN.format(
            size=size,
            disk=shlex.quote(str(self.disk)),
            before=shlex.quote(str(self.before)),
            after=shlex.quote(str(self.after)),
            ballast=max(size - used - free, 0) // 4096 * 4096,
            command=f"{command} {output} 2> {shlex.quote(str(cwd / 'first.err'))}",
            again=f"{command} {output} 2> {shlex.quote(str(cwd / 'again.err'))}",
        )
        environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
        done = subprocess.run(
            [*_UNSHARE, "sh", "-c", script], cwd=cwd, env=environment | self.environment, capture_output=True, text=True
        )
        errors = [
            (cwd / name).read_text() if (cwd / name).exists() else done.stderr for name in ("first.err", "again.err")
        ]
        return Ended(done.returncode // 16, done.returncode % 16, *errors)


@dataclass(frozen=True)
class Ended:
    """How the command ended on the full disk and then with space: exit codes, and what standard error has."""

    code: int
    again: int
    err: str
    err_again: str


def _blocks(path: Path) -> int:
    return -(-path.stat().st_size // 4096) * 4096 if path.is_file() else 0


def require_small_disks() -> None:
    """Skip the test where this user may not mount a disk in a namespace of its own."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare: a small disk cannot be mounted")
    tried = subprocess.run([*_UNSHARE, "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no small disk can be mounted in a namespace of its own: {tried.stderr.strip()}")


def error_lines(text: str) -> Sequence[str]:
    """Return the lines that are an error of the command, without log lines of hours that were loaded."""
    return [line for line in text.splitlines() if line.startswith("tideline: ") or " failed: " in line]
