"""The option that the commands of `tideline catalog` share. Covered by tests/cli/test_help.py."""

from __future__ import annotations

from typing import Annotated

import typer

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
