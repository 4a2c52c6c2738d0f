"""Streams: the producers whose files lie side by side in one archive, such as the sources of `rudder-logs/`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from event_assets.archive.listing.bounded_listing import ListedFile
from event_assets.archive.listing.templates import Template, compile_template

_TIME: Final = re.compile(r"(?:[A-Za-z]+=)?[\d.:_-]+")
"""An open folder that is named like a date or a number, and so no producer."""

_ABOUT: Final = re.compile(r"\{about_\w+\}")


@dataclass(frozen=True)
class Stream:
    """Files of one producer: below which folder they lie, and the template that reads them from there.

    `template` is None where the names of its files alone do not tell the hour. `files` and `bytes` are those listed.
    """

    name: str
    folder: str
    template: str | None
    files: int
    bytes: int


def find_streams(files: Sequence[ListedFile]) -> Iterable[Stream]:
    """The producers by the folders that a layout leaves open before the time; none where none is, or dates are."""
    groups: dict[tuple[str, str], list[ListedFile]] = {}
    for each in files:
        if depth := _depth(each.template):
            segments = each.file.key.split("/")
            open_ones = [
                segment for segment, said in zip(segments, each.template.text.split("/"), strict=False) if said == "*"
            ]
            name = "/".join(open_ones[: _open(each.template, depth)])
            groups.setdefault((name, "/".join(segments[:depth])), []).append(each)
    if any(_TIME.fullmatch(part) for name, _ in groups for part in name.split("/")):
        return
    for (name, folder), found in sorted(groups.items()):
        rest = _rest({each.template.text for each in found}, len(folder.split("/")))
        yield Stream(name, folder, rest, len(found), sum(each.file.size for each in found))


def _depth(template: Template) -> int:
    """Leading folders up to the last that is open before the first that tells time; 0 where none is."""
    depth = 0
    for n, segment in enumerate(template.text.split("/")[:-1]):
        if "{" in segment or "**" in segment:
            break
        depth = n + 1 if segment == "*" else depth
    return depth


def _open(template: Template, depth: int) -> int:
    return template.text.split("/")[:depth].count("*")


def _rest(texts: set[str], depth: int) -> str | None:
    """One template below a producer's folder, in placeholders that a configuration may use; None where none does."""
    below = sorted({_ABOUT.sub("*", "/".join(text.split("/")[depth:])) for text in texts})
    rest = below[0] if len(below) == 1 else "/".join([*below[0].split("/")[:-1], "*"])
    return rest if compile_template(rest).has_hour else None
