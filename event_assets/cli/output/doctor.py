"""What `tideline doctor` prints: a line per finding as it is made, or one JSON document.

Covered by tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from rich.text import Text

from event_assets.cli.output.printing import cells, print_json, result_console

if TYPE_CHECKING:
    from event_assets.health.doctor.finding import Finding

_STYLES: Final[Mapping[str, str]] = {"ok": "green", "warning": "bold yellow", "failed": "bold red"}


def print_findings(findings: Iterable[Finding], *, as_json: bool) -> list[Finding]:
    """Print the findings, and return them."""
    console, found = result_console(), []
    for finding in findings:
        found.append(finding)
        if not as_json:
            what, detail = cells(f"{finding.subject}, {finding.tried}", finding.detail)
            state = Text(f"{finding.state:<8}", style=_STYLES[finding.state])
            console.print(Text.assemble(state, what, ": ", detail), soft_wrap=True)
    if as_json:
        print_json({"findings": [dataclasses.asdict(finding) for finding in found]})
    return found
