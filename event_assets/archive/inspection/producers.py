"""Streams: the producers whose files lie side by side in one archive, such as the sources of `rudder-logs/`.

Covered by tests/archive/inspection/test_inspect.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from event_assets.archive.listing.bounded_listing import ListedFile
from event_assets.archive.listing.templates import Template, compile_template

_TIME: Final = re.compile(r"(?:[A-Za-z]+=)?[\d.:_-]+")
"""A wildcard folder that is named like a date or a number, and so is no producer."""

_ABOUT: Final = re.compile(r"\{about_\w+\}")


@dataclass(frozen=True)
class Stream:
    """Files of one producer: the folder that contains them, and the template that reads them from there.

    `template` is None if the names of the files alone do not contain the hour. `files` and `bytes` are those listed.
    """

    name: str
    folder: str
    template: str | None
    files: int
    bytes: int


def find_streams(files: Sequence[ListedFile]) -> Iterable[Stream]:
    """Yield the producers by the wildcard folders before the time; none if there are none or they are dates."""
    groups: dict[tuple[str, str], list[ListedFile]] = {}
    for listed in files:
        if depth := _depth(listed.template):
            segments = listed.file.key.split("/")
            open_ones = [
                segment
                for segment, pattern in zip(segments, listed.template.text.split("/"), strict=False)
                if pattern == "*"
            ]
            name = "/".join(open_ones[: _open(listed.template, depth)])
            groups.setdefault((name, "/".join(segments[:depth])), []).append(listed)
    if any(_TIME.fullmatch(part) for name, _ in groups for part in name.split("/")):
        return
    for (name, folder), found in sorted(groups.items()):
        rest = _rest({listed.template.text for listed in found}, len(folder.split("/")))
        yield Stream(name, folder, rest, len(found), sum(listed.file.size for listed in found))


def _depth(template: Template) -> int:
    """Return the number of leading folders up to the last wildcard before the time, 0 without one."""
    depth = 0
    for n, segment in enumerate(template.text.split("/")[:-1]):
        if "{" in segment or "**" in segment:
            break
        depth = n + 1 if segment == "*" else depth
    return depth


def _open(template: Template, depth: int) -> int:
    return template.text.split("/")[:depth].count("*")


def _rest(texts: set[str], depth: int) -> str | None:
    """Return one template below a producer's folder, in public placeholders, or None if none has the hour."""
    below = sorted({_ABOUT.sub("*", "/".join(text.split("/")[depth:])) for text in texts})
    rest = below[0] if len(below) == 1 else "/".join([*below[0].split("/")[:-1], "*"])
    return rest if compile_template(rest).has_hour else None
