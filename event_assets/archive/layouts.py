"""Layouts: the table of how keys tell their arrival hour, templates of one's own, and recognising which one fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from event_assets.archive.errors import ArchiveError
from event_assets.archive.templates import PUBLIC, Template, compile_template, hour_of, looks_like_data


@dataclass(frozen=True)
class Layout:
    """How the keys below a prefix tell their arrival hour; the first template that fits a key decides."""

    name: str
    templates: tuple[Template, ...]
    framing: str = "lines"
    by_modified: bool = False
    """Whether a key whose name tells no time counts by when it was last modified."""

    def fits(self, key: str) -> Mapping[str, str | None] | None:
        """What the key says by the placeholders' names; None for a key that does not fit."""
        for template in self.templates:
            if found := template.key.fullmatch(key):
                return found.groupdict()
        return None

    def folder_hour(self, key: str) -> datetime | None:
        """The hour of the folder that a key which does not fit lies in, if its folder tells one."""
        for template in self.templates:
            if template.hour_folder and (found := template.hour_folder.match(key)):
                return hour_of(found.groupdict())
        return None


def _layout(name: str, *templates: str, framing: str = "lines", by_modified: bool = False) -> Layout:
    return Layout(name, tuple(map(compile_template, templates)), framing, by_modified)


LAYOUTS: Final = {
    layout.name: layout
    for layout in (
        _layout(
            "rudderstack",
            "rudder-logs/*/{about_date}/{epoch}.*.json.gz",
            "*/{about_date}/{epoch}.*.json.gz",  # a prefix that ends with rudder-logs/
        ),
        _layout(
            "segment",
            "segment-logs/*/{about_epoch}/{epoch_ms}.*.gz",
            "segment-logs/*/{about_epoch}/*.gz",
            by_modified=True,
        ),
        _layout(
            "kafka-connect",
            "topics/*/year={year}/month={month}/day={day}/hour={hour}/*+*+*.json",
            "topics/*/year={year}/month={month}/day={day}/hour={hour}/*+*+*.json.gz",
        ),
        _layout(
            "firehose",
            "{year}/{month}/{day}/{hour}/*-*-{year}-{month}-{day}-*-*-*-*-*-*-*-*",
            framing="concatenated",
        ),
        _layout("gharchive", "{date}-{hour}.json.gz"),
    )
}
"""SPEC §2's table, most particular first: `auto` prefers the earlier one of two that fit equally many keys."""

_HOURLY: Final = (
    "{year}/{month}/{day}/{hour}/*",
    "year={year}/month={month}/day={day}/hour={hour}/*",
    "y={year}/m={month}/d={day}/h={hour}/*",
    "{date}/{hour}/*",
    "date={date}/hour={hour}/*",
    "dt={date}/hr={hour}/*",
    "dt={date}/hour={hour}/*",
    "date={date}/hr={hour}/*",
    "day={date}/hour={hour}/*",
    "{year}/{month}/{day}/{hour}{minute}/*",
    "{date}-{hour}.*",
    "{date}T{hour}*",
    "{date}_{hour}*",
)
_COMMON: Final = tuple(head + template for head in ("", "*/", "*/*/") for template in _HOURLY)
_SHOWN: Final = 5


@cache
def find_layout(text: str) -> Layout:
    """A layout by its name in the table, or a template as a layout. Raises `ArchiveError` for anything else."""
    if text in LAYOUTS:
        return LAYOUTS[text]
    known = f"Use auto, {', '.join(LAYOUTS)}, or a template such as {{year}}/{{month}}/{{day}}/{{hour}}/*.gz."
    if "{" not in text:
        raise ArchiveError(f"The layout {text!r} is not known. {known}")
    template = compile_template(text)
    if not template.tells_hour:
        raise ArchiveError(
            f"The template {text!r} does not tell the hour. It needs {{hour}} with {{date}} or {{year}}, {{month}}, "
            f"{{day}}, or else {{epoch}} or {{epoch_ms}}. Known: {' '.join(PUBLIC)}."
        )
    return Layout(text, (template,))


def recognise_layout(keys: Iterable[str], *, archive: str) -> Layout:
    """The layout that most data-like keys fit, and more than half of them. Raises `ArchiveError` where none does."""
    sample = [key for key in keys if looks_like_data(key)]
    best: tuple[int, Layout | None] = (0, None)
    for layout in (*LAYOUTS.values(), *map(find_layout, _COMMON)):
        fitting = sum(_tells_hour(layout, key) for key in sample)
        if fitting > best[0]:
            best = (fitting, layout)
    if best[1] is None or 2 * best[0] <= len(sample):
        raise ArchiveError(_unrecognised(sample, archive))
    return best[1]


def _tells_hour(layout: Layout, key: str) -> bool:
    said = layout.fits(key)
    return said is not None and (layout.by_modified or hour_of(said) is not None)


def _unrecognised(sample: Sequence[str], archive: str) -> str:
    if not sample:
        return f"No data files were found in {archive}, so its layout cannot be recognised. Check the prefix."
    shown = ", ".join(sample[:_SHOWN])
    return (
        f"The layout of {archive} was not recognised. Its keys look like {shown}. Name the layout "
        f"({', '.join(LAYOUTS)}) or write a template such as {{year}}/{{month}}/{{day}}/{{hour}}/*.gz."
    )
