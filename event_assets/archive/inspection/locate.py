"""Archive roots: below which prefix an archive begins and how its keys give the hour, from the keys alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.layouts import LAYOUTS, Layout, find_layout, recognise_layout
from event_assets.archive.listing.templates import hour_of, looks_like_data

_DEEPEST: Final = 4
_DATE_AND_HOUR: Final = re.compile(
    r"(?<!\d)(?P<year>20\d\d)(?P<sep>[-/_.]?)"
    r"(?P<named_month>(?:[A-Za-z]+=)?)(?P<month>0[1-9]|1[0-2])(?P=sep)"
    r"(?P<named_day>(?:[A-Za-z]+=)?)(?P<day>0[1-9]|[12]\d|3[01])"
    r"(?P<between>[T_./-]?(?:[A-Za-z]+=)?)(?P<hour>[01]\d|2[0-3])"
    r"(?P<minute>[0-5]\d)?(?P<second>(?<=\d\d\d\d)[0-5]\d)?(?!\d)"
)
_EPOCH: Final = re.compile(r"(?<!\d)(?:(?P<epoch>1[0-9]{9})|(?P<epoch_ms>1[0-9]{12}))(?!\d)")


@dataclass(frozen=True)
class ArchiveRoot:
    """The prefix of an archive below the given URL (without outer slashes), and its layout."""

    prefix: str
    layout: Layout


def find_roots(keys: Sequence[str]) -> list[ArchiveRoot]:
    """Return the root of the archive; several where several are possible, none where the keys are no archive.

    A layout of the table comes before a common template, and a fit at the URL itself before a fit below a prefix. If
    nothing known fits more than half of the keys, a template is derived from them.
    """
    data = [key for key in keys if looks_like_data(key)]
    at_root = recognise(data)
    if at_root is not None and at_root.name in LAYOUTS:
        return [ArchiveRoot("", at_root)]
    below = _find_below(data)
    if len(below) == 1:
        return below
    if at_root is not None:
        return [ArchiveRoot("", at_root)]
    derived = _make_layout(data) if not below else None
    return [ArchiveRoot("", derived)] if derived is not None else below


def recognise(data: Sequence[str]) -> Layout | None:
    """Return the layout that more than half of the keys fit, or None."""
    try:
        return recognise_layout(data, archive="")
    except ArchiveError:
        return None


def _find_below(data: Sequence[str]) -> list[ArchiveRoot]:
    """Return the shortest prefixes below which more than half of the keys fit a layout of the table."""
    for depth in range(1, _DEEPEST + 1):
        groups: dict[str, list[str]] = defaultdict(list)
        for key in data:
            segments = key.split("/")
            if len(segments) > depth:
                groups["/".join(segments[:depth])].append("/".join(segments[depth:]))
        fitting = {prefix: recognise(keys) for prefix, keys in sorted(groups.items())}
        roots = [
            ArchiveRoot(prefix, layout)
            for prefix, layout in fitting.items()
            if layout is not None and layout.name in LAYOUTS
        ]
        if roots:
            return roots
    return []


def _make_layout(data: Sequence[str]) -> Layout | None:
    """Return a layout derived from the position of date and hour, or epoch, in most keys, or None."""
    derived = Counter(template for key in data if (template := make_template(key)))
    for template, _ in derived.most_common(3):
        layout = find_layout(template)
        dated = sum((texts := layout.match(key)) is not None and hour_of(texts) is not None for key in data)
        if 2 * dated > len(data):
            return layout
    return None


def make_template(key: str) -> str | None:
    """Return a template for keys of this form, with `*` for parts without time, or None without an hour."""
    found = _DATE_AND_HOUR.search(key) or _EPOCH.search(key)
    if found is None:
        return None
    before, after = key[: found.start()], key[found.end() :]
    folders, _, head = before.rpartition("/")
    rest, *deeper = after.split("/")
    stars = "*/" * len(folders.split("/")) if folders else ""
    first = (
        head if head.endswith("=") else f"*{head[-1]}" if len(head) > 1 else head
    )  # so that no star matches a digit of the date
    return stars + first + _placeholders(found) + ("*" if rest else "") + "/*" * len(deeper)


def _placeholders(found: re.Match[str]) -> str:
    groups = found.groupdict()
    if "year" not in groups:
        return "{epoch}" if groups["epoch"] else "{epoch_ms}"
    named = groups["named_month"] or groups["named_day"]
    sep = groups["sep"]
    date = "{date}" if sep == "-" and not named else _date(groups["named_month"], groups["named_day"], sep)
    finer = "".join(f"{{{name}}}" for name in ("minute", "second") if groups[name])
    return f"{date}{groups['between']}{{hour}}{finer}"


def _date(month: str, day: str, sep: str) -> str:
    return sep.join(("{year}", month + "{month}", day + "{day}"))
