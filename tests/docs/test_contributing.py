"""CONTRIBUTING.md names every room, and files that exist."""

from __future__ import annotations

import re

from tests.conftest import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES_OF_THE_WAY = 12
"""Files at most that a reader opens to see every room that an hour passes."""


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_every_room_is_in_the_table() -> None:
    rooms = {
        path.parent.relative_to(ROOT).as_posix()
        for package in ("event_assets", "loaders")
        for path in (ROOT / package).glob("*/__init__.py")
    }
    named = set(re.findall(r"^\| `([\w/]+)` \|", section("Rooms"), re.MULTILINE))
    assert named - {"loaders", "sql"} == rooms


def test_the_way_of_an_hour_is_short() -> None:
    files = re.findall(r"^\| \d+ \| \[([\w/.]+)\]\(\1\) \|", section("The way of an hour"), re.MULTILINE)
    assert 0 < len(files) <= FILES_OF_THE_WAY
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_every_path_in_code_words_exists() -> None:
    named = re.findall(r"`((?:event_assets|loaders|sql|tests|docs)/[\w/.]*)`", PAGE)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
