"""Wrappers: the path below which lines of a transport (logs, queues, change streams) have events of our envelope.

Covered by tests/archive/inspection/test_find_wrapper.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from event_assets.events.json.members import elements_of, members_of, unwrap_text
from event_assets.events.json.splitter import read_utf8
from event_assets.events.mapping.batches import ELEMENTS, Path

_LINES: Final = 20
"""Lines that are searched for paths; whether the events below one are ours is judged by all sampled lines."""
_DEEPEST: Final = 4
_MEMBERS: Final = 60


def find_paths(lines: Sequence[bytes]) -> list[Path]:
    """Return paths of objects, and of arrays of objects, in at least half of the lines: the shallowest first.

    Objects and arrays may be sent as JSON text or as bytes. A line that is an array has the path `[]`.
    """
    searched = lines[:_LINES]
    found: Counter[Path] = Counter()
    for line in searched:
        text = read_utf8(line)
        if text is not None:
            found.update(set(_search(unwrap_text(text), ())))
    often = [path for path, count in found.items() if 2 * count >= len(searched)]
    return sorted(often, key=lambda path: (len(path), path))


def format_path(path: Path) -> str | list[str]:
    """Return a path as a configuration writes it: `a.b[].c`, or its steps where a name has a dot or brackets."""
    names = [step for step in path if step != ELEMENTS]
    if any("." in name or name.endswith(ELEMENTS) for name in names):
        return list(path)
    return ".".join(path).replace(f".{ELEMENTS}", ELEMENTS)


def _search(value: str, path: Path) -> Iterator[Path]:
    """Yield the paths of objects in a value, those of an array by its first element."""
    if len(path) > _DEEPEST:
        return
    if elements := elements_of(value):
        if not path:
            path = (ELEMENTS,)
            yield path
        first = unwrap_text(elements[0])
        if first.startswith("{") and path[-1] != ELEMENTS:
            yield from _search_members(first, (*path, ELEMENTS))
        return
    yield from _search_members(value, path)


def _search_members(value: str, path: Path) -> Iterator[Path]:
    for name, member in list((members_of(value) or {}).items())[:_MEMBERS]:
        inner = unwrap_text(member)
        if name and inner.startswith(("{", "[")):
            yield (*path, name)
            yield from _search(inner, (*path, name))
