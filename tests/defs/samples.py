"""Reads Prometheus' text exposition format as its documentation has it, independently of what writes it."""

from __future__ import annotations

import re
from typing import Final

LABEL: Final = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
LINE: Final = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\} (\S+)')
ESCAPES: Final = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read_samples(text: str) -> Samples:
    """Return every sample by its name and labels. Raise AssertionError for an invalid line or a repeated sample."""
    assert text.endswith("\n")
    samples: Samples = {}
    typed: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        if line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        assert match, line
        labels = frozenset((name, _plain(value)) for name, value in LABEL.findall(match[2]))
        assert match[1] in typed, line
        assert (match[1], labels) not in samples, line
        samples[match[1], labels] = float(match[3])
    return samples


def _plain(value: str) -> str:
    return re.sub(r'\\[\\"n]', lambda escape: ESCAPES[escape[0]], value)
