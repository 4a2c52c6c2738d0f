"""Instants of clocks: timestamps as texts, and epoch numbers as texts or JSON numbers (contract §4).

Covered by tests/events/test_clocks.py.
"""

import re
from typing import Final

from event_assets.events.envelope import NUMBER
from loaders.formats.timestamps import FIRST, LAST, read_timestamp

_EPOCH_TEXT: Final = re.compile(r"[0-9]{10}|[0-9]{13}|[0-9]{16}")
_DECIMAL: Final = re.compile(
    r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?(?:[eE](?P<exponent>[+-]?[0-9]+))?"
)


def read_instant(text: str) -> int | None:
    """Return a clock as microseconds since 1970 in UTC, None where it is unreadable; NUMBER marks a number's digits."""
    if text.startswith(NUMBER):
        return _read_epoch(text[len(NUMBER) :])
    return _read_epoch(text) if _EPOCH_TEXT.fullmatch(text) else read_timestamp(text)


def _read_epoch(number: str) -> int | None:
    """Return seconds below 1e11, milliseconds below 1e14, microseconds below 1e17; cut to microseconds towards zero."""
    match = _DECIMAL.fullmatch(number)
    if match is None:
        return None
    digits = match["whole"] + (match["fraction"] or "")
    significant = digits.lstrip("0")
    size = len(match["whole"]) - (len(digits) - len(significant)) + _exponent(match["exponent"])  # |n| < 10 ** size
    if not significant or size > 17:
        return None if significant else 0
    digits_kept = size + (6 if size <= 11 else 3 if size <= 14 else 0)
    micros = int(significant[: max(digits_kept, 0)].ljust(digits_kept, "0") or "0")
    instant = -micros if match["sign"] else micros
    return instant if FIRST <= instant <= LAST else None


def _exponent(text: str | None) -> int:
    if text is None:
        return 0
    digits = text.lstrip("+-0")
    size = int(digits or "0") if len(digits) < 12 else 10**12
    return -size if text.startswith("-") else size
