"""Files of rollups: one SELECT with `:start` and `:end` each, checked before a database runs it (contract §8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final

import sql
from loaders.interface.errors import Terminal

SHIPPED: Final = Path(sql.__file__).parent / "rollups" / "shipped"
"""The rollups that Tideline ships."""

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_BINDS: Final = ("start", "end")

# Texts, quoted names and comments contain no bound value; neither does a cast, which has two colons.
_TOKEN: Final = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?\*/ )
  | (?P<text> \b[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" )
  | (?P<dollars> \$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$ )
  | (?P<bind> (?<!:):(?:start|end)\b )
  | (?P<stop> ; )
  | (?P<word> \w+ )
  | (?P<other> [^\s] )
    """,
    re.VERBOSE | re.DOTALL,
)


class WrongFile(Terminal):
    """A rollup's file is wrong for every day; the message names file and line."""


@dataclass(frozen=True)
class Rollup:
    """One checked file."""

    name: str
    path: Path
    select: str
    """The statement for `sa.text`, line by line as in the file: only `:start` and `:end` are bound values."""
    hash: str
    """The hash of the file's text: if it changes, every day is computed again."""


def is_name(name: str) -> bool:
    """Return whether a rollup can have this name."""
    return _NAME.fullmatch(name) is not None


def find_rollups(own: Path | None) -> dict[str, Path]:
    """Return the files by the names of their rollups: the shipped ones and those of the user's folder.

    A file of the user replaces the shipped one of its name. Raise Terminal if the folder does not exist.
    """
    if own is not None and not own.is_dir():
        raise Terminal(f"the folder of rollups {own} does not exist: create it, or change `rollups`")
    folders = [SHIPPED] if own is None else [SHIPPED, own]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.sql"))}


def read_rollup(path: Path) -> Rollup:
    """Read a file and check it as far as possible without a database; raise WrongFile."""
    if not is_name(path.stem):
        raise WrongFile(f"{path}: a rollup is called as its file, in small letters, digits and _; rename the file")
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongFile(f"{path} cannot be read as UTF-8 text: {error}") from error
    return Rollup(path.stem, path, _bindable(path, text), sha256(text.encode()).hexdigest()[:32])


def _bindable(path: Path, text: str) -> str:
    """Return the statement without its last semicolon, and with every colon escaped that binds no value."""
    _check(path, text)
    return _TOKEN.sub(_escaped, text)


def _escaped(token: re.Match[str]) -> str:
    if token["stop"]:
        return ""
    return token[0] if token["bind"] else token[0].replace(":", "\\:")


def _check(path: Path, text: str) -> None:
    tokens = [token for token in _TOKEN.finditer(text) if token["comment"] is None]
    if not tokens:
        raise WrongFile(f"{path}, line 1: there is no SELECT in the file")

    def where(token: re.Match[str]) -> str:
        return f"{path}, line {text.count(chr(10), 0, token.start()) + 1}"

    if tokens[0][0].upper() not in {"SELECT", "WITH", "("}:
        raise WrongFile(f"{where(tokens[0])}: a rollup is a SELECT, and this begins with {tokens[0][0]!r}")
    for before, token in pairwise(tokens):
        if before["stop"]:
            raise WrongFile(f"{where(token)}: a rollup is one SELECT, and here a second statement begins")
    for name in _BINDS:
        if not any(token["bind"] == f":{name}" for token in tokens):
            window = "a rollup takes the events from :start (inclusive) to :end (exclusive)"
            raise WrongFile(f"{where(tokens[0])}: the SELECT has no :{name}; {window}")
