"""Layouts: how keys give their archive hour, and which layout the keys of an archive fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Final

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.key_forms import count_forms, describe_forms
from event_assets.archive.listing.templates import PUBLIC, Template, compile_template, hour_of, looks_like_data


@dataclass(frozen=True)
class Layout:
    """How the keys below a prefix give their archive hour; the first template that fits a key decides."""

    name: str
    texts: tuple[str, ...]
    framing: str = "lines"
    by_modified: bool = False
    """Whether a key without a time in its name counts by its modification time."""
    mapping: str | None = None
    """The shipped mapping for a source of this layout without a mapping; None for events of our own envelope."""
    is_unmistakable: bool = False
    """Whether keys of this form can only be their producer's. Other forms are digits, which may mean something else."""

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """The texts as patterns, compiled on first use: most commands need those of one layout."""
        return tuple(map(compile_template, self.texts))

    def match(self, key: str) -> Mapping[str, str | None] | None:
        """Return the placeholder texts of a key by name, or None if the key does not fit."""
        for template in self.templates:
            if found := template.key.fullmatch(key):
                return found.groupdict()
        return None

    def folder_hour(self, key: str) -> datetime | None:
        """Return the hour of the folder that contains a key which does not fit, or None if the folder names none."""
        for template in self.templates:
            if template.hour_folder and (found := template.hour_folder.match(key)):
                return hour_of(found.groupdict())
        return None


def _layout(
    name: str,
    *templates: str,
    framing: str = "lines",
    by_modified: bool = False,
    mapping: str | None = None,
    is_unmistakable: bool = True,
) -> Layout:
    return Layout(name, templates, framing, by_modified, mapping, is_unmistakable)


_FIREHOSE_NAME: Final = "*-*-{about_date}-*-*-*-*-*-*-*-*"
"""Stream, version, date, hour, minute, second and a UUID (five more parts). At midnight the folder has another date."""
_FIREHOSE_FOLDERS: Final = (
    "{year}/{month}/{day}/{hour}",
    "year={year}/month={month}/day={day}/hour={hour}",
    "dt={date}/hr={hour}",
    "dt={date}/hour={hour}",
    "date={date}/hour={hour}",
)
_FIREHOSE_PREFIXES: Final = ("", "{about_prefix}/", "{about_prefix}/*/")
_CONNECT_FOLDER: Final = "topics/*/year={year}/month={month}/day={day}/hour={hour}"
_CLOUDTRAIL_NAME: Final = (
    "CloudTrail/*/{year}/{month}/{day}/*_CloudTrail_*_{year}{month}{day}T{hour}{minute}Z_*.json.gz"
)

LAYOUTS: Final = {
    layout.name: layout
    for layout in (
        _layout(
            "rudderstack",
            "rudder-logs/*/{about_date}/{epoch}.*.json.gz",
            "*/{about_date}/{epoch}.*.json.gz",  # a prefix that ends with rudder-logs/
        ),
        _layout(
            "rudderstack-gateway",
            "*/gw/{date}/{hour}/*/*_*_*_*.json.gz",
            "*/*/gw/{date}/{hour}/*/*_*_*_*.json.gz",  # below a prefix that was set for the bucket
            "gw/{date}/{hour}/*/*_*_*_*.json.gz",  # a prefix that ends with one source
            mapping="rudderstack-gateway",
        ),
        _layout(
            "segment",
            "segment-logs/*/{about_epoch}/{epoch_ms}.*.gz",
            "segment-logs/*/{about_epoch}/*.gz",
            by_modified=True,
        ),
        _layout(
            "kafka-connect",
            *(f"{_CONNECT_FOLDER}/*+*+*.{ending}" for ending in ("json", "json.gz", "avro", "parquet")),
        ),
        _layout(
            "firehose",
            *(f"{prefix}{folders}/{_FIREHOSE_NAME}" for prefix in _FIREHOSE_PREFIXES for folders in _FIREHOSE_FOLDERS),
            framing="concatenated",
        ),
        _layout("gharchive", "{date}-{hour}.json.gz", is_unmistakable=False),
        _layout(
            "snowplow",
            *(
                f"{prefix}run={{date}}-{{hour}}-*-*/{name}"
                for prefix in ("", "*/", "*/*/")
                for name in ("part-*", "*.gz")
            ),
            framing="tsv",
            mapping="snowplow",
        ),
        _layout(
            "cloudtrail",
            # an organization's trail has its id before the account's; a trail may have a prefix
            *(f"{prefix}AWSLogs/{owner}/{_CLOUDTRAIL_NAME}" for prefix in ("", "*/") for owner in ("*", "*/*")),
            framing="array",
            mapping="cloudtrail",
        ),
        _layout(
            "amplitude",
            # a folder per project, which may be below a prefix that was set for the bucket
            *(f"{prefix}*_{{date}}_{{hour}}#*.json.gz" for prefix in ("", "*/", "*/*/")),
            mapping="amplitude",
        ),
        _layout(
            "segment-data-lake",
            *(f"{prefix}segment_type=*/day={{date}}/hr={{hour}}/*" for prefix in ("data/*/", "*/data/*/", "*/", "")),
            mapping="segment-data-lake",
        ),
    )
}
"""The table of contract §2, most specific first: `auto` takes the earlier of two that fit equally many keys."""

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
FITTING: Final = 0.9
"""The share of an archive's files that a layout must fit to be recognised (contract §2)."""

_DIGIT: Final = re.compile(r"[0-9]")
_APART: Final = re.compile(r"(?:^|/)[^/]*-failed/")
"""What Firehose could not deliver: it lies beside the archive and is ignored by every layout."""


@cache
def find_layout(text: str) -> Layout:
    """Return the layout of that name, or a template as a layout. Raise `ArchiveError` for anything else."""
    if text in LAYOUTS:
        return LAYOUTS[text]
    known = f"Use auto, {', '.join(LAYOUTS)}, or a template such as {{year}}/{{month}}/{{day}}/{{hour}}/*.gz."
    if "{" not in text:
        raise ArchiveError(f"The layout {text!r} is not known. {known}")
    template = compile_template(text)
    if not template.has_hour:
        raise ArchiveError(
            f"The template {text!r} does not contain the hour. It needs {{hour}} with {{date}} or {{year}}, {{month}}, "
            f"{{day}}, or else {{epoch}} or {{epoch_ms}}. Known: {' '.join(PUBLIC)}."
        )
    return Layout(text, (text,))


def recognise_layout(keys: Iterable[str] | Mapping[str, float], *, archive: str) -> Layout:
    """Return the layout that most data keys fit; keys may have weights.

    Raise `ArchiveError` unless it fits nine in ten of the keys with a digit. A key without one (`README.md`) names no
    time in any form and does not count.
    """
    weights = keys if isinstance(keys, Mapping) else dict.fromkeys(keys, 1.0)
    best = best_layout(weights)
    if best is None or best[1] < FITTING:
        raise ArchiveError(_unrecognised(weights, archive, best))
    return best[0]


def best_layout(keys: Mapping[str, float]) -> tuple[Layout, float] | None:
    """Return the layout of the table, or the common template, that most keys fit, with their share; None without."""
    sample = count_data(keys)
    best: tuple[Layout, float] | None = None
    for layout in (*LAYOUTS.values(), *map(find_layout, _COMMON)):
        fitting = share_fitting(layout, sample)
        if fitting > (best[1] if best else 0.0):
            best = (layout, fitting)
    return best


def count_data(keys: Mapping[str, float]) -> dict[str, float]:
    """Return the keys that look like data and have a digit, with their weights; not what a producer puts apart."""
    return {
        key: weight
        for key, weight in keys.items()
        if looks_like_data(key) and _DIGIT.search(key) and not _APART.search(key)
    }


def share_fitting(layout: Layout, sample: Mapping[str, float]) -> float:
    """Return the share of weighted keys that have an hour by a layout."""
    fitting = sum(weight for key, weight in sample.items() if has_hour(layout, key))
    return fitting / (sum(sample.values()) or 1.0)


def has_hour(layout: Layout, key: str) -> bool:
    """Return whether a key fits a layout and has an hour by it, or by when it was modified."""
    placeholders = layout.match(key)
    return placeholders is not None and (layout.by_modified or hour_of(placeholders) is not None)


def _unrecognised(keys: Mapping[str, float], archive: str, best: tuple[Layout, float] | None) -> str:
    data = {key: weight for key, weight in keys.items() if looks_like_data(key)}
    if not data:
        return f"No data files were found in {archive}, so its layout cannot be recognised. Check the prefix."
    fits = f" {best[0].name} fits only {best[1]:.0%} of the files." if best else ""
    return (
        f"The layout of {archive} was not recognised.{fits} Its keys are: {describe_forms(count_forms(data))}. Name "
        f"the layout ({', '.join(LAYOUTS)}) or write a template such as {{year}}/{{month}}/{{day}}/{{hour}}/*.gz: "
        "files that do not fit it are then ignored and counted."
    )
