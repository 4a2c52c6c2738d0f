"""The command in this process, which spares a test the start of Python: the same exit codes and the same output."""

from __future__ import annotations

import os
import subprocess
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from event_assets.cli.app import run


def tideline(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`tideline` with these arguments in a folder, with no TIDELINE_ variable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDELINE_")}
    output, errors = StringIO(), StringIO()
    environment = patch.dict(os.environ, kept | {"COLUMNS": "200"}, clear=True)
    with environment, chdir(cwd), redirect_stdout(output), redirect_stderr(errors):
        code = run([str(argument) for argument in arguments])
    return subprocess.CompletedProcess(arguments, code, output.getvalue(), errors.getvalue())
