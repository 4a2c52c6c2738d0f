"""Junk between concatenated values: where it ends, and values and junk that are larger than what is held.

Covered by tests/archive/decoding/json/test_junk.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from event_assets.archive.decoding.json.bounds import BracketScan, End
from event_assets.archive.decoding.json.window import Window
from event_assets.archive.decoding.lines import LINE_LIMIT
from event_assets.events.resync import SEPARATORS, FoundObject, begins_freely, find_object

_STOP: Final = re.compile(r"\n|\}(?=[ \t\r]*+\{)")
_CUT_OPENING: Final = re.compile(r'\{[ \t\r\n]*+(?:"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+(?:\\|"[ \t\r\n]*+)?)?\Z')
_CONTEXT: Final = 256
"""Bytes that are held before the position of a search: they show whether what begins there is inside something."""

_SLICE: Final = 1 << 14
_TAIL: Final = 1 << 16
"""Bytes at the end of what is held that are searched again with what follows: the name of a member may be cut."""


@dataclass
class JunkSearch:
    """Text that is no value: where it ends, or how far it is searched.

    It ends before a line feed, or behind a `}` that an object follows, but not within an object that is complete.
    `first` is where the first object of it begins that may be a value: it is inside no other one, as far as its
    neighbours show. `begin` is where the text begins, in the data that is searched, or the data.
    """

    begin: int
    searched: int
    end: int | None = None
    first: int | None = None

    def go_on(self, data: bytes, *, ended: bool) -> None:
        """Search `data` from `searched`; `ended` is whether nothing follows it."""
        size, whole = _SLICE, False
        while self.end is None and not whole:
            start = max(self.begin, self.searched - _CONTEXT)
            text = data[start : start + size].decode("latin-1")  # one character a byte
            whole = start + size >= len(data)
            self._search(data, text, start, ended=ended and whole)
            size *= 4

    def _search(self, data: bytes, text: str, start: int, *, ended: bool) -> None:
        at = self.searched - start
        stop, found = _STOP.search(text, at), find_object(text, at)
        while found is not None and (stop is None or found.begin < stop.start()):
            if not ended and len(text) - found.begin <= LINE_LIMIT and _needs_more(text, found):
                self.searched = start + found.begin
                return
            at = self._pass_object(data, text, start, found)
            if self.end is not None:
                return
            stop = _STOP.search(text, at) if stop is not None and stop.start() < at else stop
            found = None if found.deep else find_object(text, at)
        cut = None if ended or stop is None else _find_cut_opening(text, at, stop.start())
        if cut is not None:
            self.searched = start + cut
        elif stop is not None:
            self.end = start + stop.start() + (stop.group() == "}")
        elif ended:
            self.end = len(data)
        else:
            self.searched = start + max(at, len(text) - _TAIL)

    def _pass_object(self, data: bytes, text: str, start: int, found: FoundObject) -> int:
        """Return where in `text` the search goes on after what begins like an object."""
        if found.complete:
            if self.first is None and self._may_be_value(data, start + found.begin, start + found.end):
                self.first = start + found.begin
            return found.end - 1  # its last byte may be where the text ends
        if found.deep:
            return found.begin + 1
        line_end = text.find("\n", found.begin) if found.undecided else text.rfind("\n", found.begin, found.end)
        if line_end >= 0:
            self.end = start + line_end
        return min(found.begin + LINE_LIMIT, len(text)) if found.undecided else found.end

    def _may_be_value(self, data: bytes, begin: int, end: int) -> bool:
        """Return whether an object begins like one that is inside no other, and it or its run is followed likewise."""
        if not (SEPARATORS.fullmatch(data, self.begin, begin) or begins_freely(data[max(0, begin - _CONTEXT) : begin])):
            return False
        separated = SEPARATORS.match(data, end)
        after = separated.end() if separated else end
        follows = data[after : after + 1]
        return follows not in (b"}", b"]") and (b"," not in data[end:after] or follows in (b"{", b""))


def _needs_more(text: str, found: FoundObject) -> bool:
    """Return whether an object, or what follows it, is not known before more is read."""
    follows = text[found.end : found.end + _CONTEXT]
    return found.undecided or (found.complete and len(follows) < _CONTEXT and not follows.strip(" \t\r\n,\x1e"))


def _find_cut_opening(text: str, begin: int, stop: int) -> int | None:
    """Return where the beginning of an object is that the end of the text cuts, if it is before `stop`."""
    brace = text.find("{", begin, stop)
    cut = _CUT_OPENING.search(text, brace) if brace >= 0 else None
    return cut.start() if cut is not None and cut.start() < stop else None


def take_long(window: Window, verdict: End, broken: int) -> None:
    """Take a text of more than `LINE_LIMIT` bytes that begins where the window is: a value, or junk up to a value.

    `broken` is where the form of JSON breaks, or what is no value begins; `End.MORE` is for a text that may be a value.
    """
    if verdict is End.MORE:
        verdict, broken = scan_long(window)
        line_end = window.data.rfind(b"\n", window.position, broken) if verdict is End.NONE else -1
        if verdict is not End.NONE or line_end >= 0:
            window.take(line_end if line_end >= 0 else broken)
            return
        broken = max(window.position, broken - _CONTEXT)
    search = JunkSearch(window.position, broken)
    search.go_on(window.data, ended=window.ended)
    while search.end is None and search.first is None:
        window.drop(search.searched - _CONTEXT)
        search.searched -= window.position
        search.begin = 0
        window.read_more()
        search.go_on(window.data, ended=window.ended)
    window.take(search.first if search.first is not None else search.end or len(window.data))


def scan_long(window: Window) -> tuple[End, int]:
    """Return the end of a value of any size, holding little of it; for NONE where it breaks, for MORE the file's."""
    scan = BracketScan()
    verdict, position = scan.feed(window.data, window.position)
    while verdict is End.MORE and not window.ended:
        window.drop(position - _CONTEXT)
        position -= window.position
        window.read_more()
        verdict, position = scan.feed(window.data, position)
    return verdict, len(window.data) if verdict is End.MORE else position
