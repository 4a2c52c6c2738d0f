"""The pages of the documentation and the fenced blocks in them, for the tests that hold them to their word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.conftest import ROOT

PAGES: Final = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """Where it stands, as `README.md:40`."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(language: str) -> list[Block]:
    """Every fenced block of that language, in the order of the pages."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in _FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(page=page, line=line, language=match[1], text=match[2]))
    return [block for block in found if block.language == language]


def commands() -> list[tuple[str, str]]:
    """Every line of the shell blocks, with its place."""
    return [(block.place, line) for block in blocks("sh") for line in block.text.splitlines() if line.strip()]
