"""The forms of a source's newest quarantined lines: how many look alike, for `status` and its page.

Covered by tests/health/groups/test_forms.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from event_assets.events.line_forms import form_of, mask_detail
from loaders.connection.session import Session
from loaders.queries.quarantine import QuarantinedLine, newest_lines

LINES: Final = 500
"""Lines that are compared, the newest: `tideline quarantine list` groups those of any hours."""
SHOWN_FORMS: Final = 20


@dataclass(frozen=True)
class LineForm:
    """Lines of one reason that look alike, among the newest."""

    reason: str
    detail: str
    form: str
    lines: int
    file: str
    """The file of the first of them."""
    line: int | None


def count_forms(session: Session, source: str) -> tuple[LineForm, ...]:
    """Return the forms of the newest lines, those of the most lines first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    first: dict[tuple[str, str, str], QuarantinedLine] = {}
    for line in newest_lines(session, source, lines=LINES):
        raw = None if line.raw is None else line.raw.encode(errors="replace")
        key = (line.reason, mask_detail(line.detail or ""), form_of(raw))
        counts[key] += 1
        first.setdefault(key, line)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN_FORMS]
    return tuple(LineForm(*key, number, first[key].file, first[key].line) for key, number in ranked)
