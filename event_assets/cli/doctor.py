"""The command `tideline doctor`.

Covered by tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from event_assets.cli.exit_codes import OPERATOR_MISTAKE, WARNED
from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings

DOCTOR_EXAMPLE: Final = """Example: tideline doctor --config tideline.toml --json

Exit code 0: everything works; 2: something failed, and its line names what to do; 3: with --strict, there is a warning.
"""


@with_settings(mapping=True)
def doctor(
    *,
    settings: Settings,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 where there is a warning.")] = False,
    as_json: AsJson = False,
) -> None:
    """Try what a load needs: versions, memory, disks, and the rights on archive, lake and warehouse; change nothing."""
    from event_assets.cli.output.status import print_findings
    from event_assets.health.doctor.examine import examine

    findings = list(print_findings(examine(settings), as_json=as_json))
    states = {finding.state for finding in findings}
    if "failed" in states:
        raise typer.Exit(OPERATOR_MISTAKE)
    if strict and "warning" in states:
        raise typer.Exit(WARNED)
