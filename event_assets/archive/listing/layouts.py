"""Layouts: how keys give their archive hour, and which layout the keys of an archive fit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.arrival import Layout
from event_assets.archive.listing.key_forms import count_forms, describe_forms
from event_assets.archive.listing.templates import PUBLIC, compile_template, looks_like_data
from event_assets.archive.source import ArchiveSource


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

LAYOUTS: Final[dict[str, Layout]] = {
    str(layout.name): layout
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
        _layout(
            "rudderstack-data-lake",
            *(
                f"{prefix}rudder-datalake/*/{{member:rudder_table}}/{folders}/*"
                for prefix in ("", "*/", "*/*/")
                for folders in ("{year}/{month}/{day}/{hour}", "dt={date}")
            ),
            mapping="rudderstack-data-lake",
        ),
        _layout(
            "braze",
            *(
                f"{prefix}dataexport.*.integration.*/event_type={{member:event_type}}/date={{date}}-{{hour}}/*/*/*"
                for prefix in ("", "*/", "*/*/")
            ),
            mapping="braze",
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
_DAILY: Final = (
    "year={year}/month={month}/day={day}/*",
    "{year}/{month}/{day}/*",
    "dt={date}/*",
    "date={date}/*",
    "day={date}/*",
    "ds={date}/*",
    "{date}/*",
    "dt={year}{month}{day}/*",
    "{year}{month}{day}/*",
    "{date}.*",
)
"""Forms with the day alone, after those with the hour: what fits one of them has no folder with the hour."""

_COMMON: Final = tuple(
    head + template for forms in (_HOURLY, _DAILY) for head in ("", "*/", "*/*/") for template in forms
)
FITTING: Final = 0.9
"""The share of an archive's files that a layout must fit to be recognised (contract §2)."""

_DIGIT: Final = re.compile(r"[0-9]")
_APART: Final = re.compile(r"(?:^|/)[^/]*-failed/")
"""What Firehose could not deliver: it lies beside the archive and is ignored by every layout."""


@cache
def find_layout(setting: str | tuple[str, ...], *, time_zone: str | None = None, by_modified: bool = False) -> Layout:
    """Return the layout of that name, a template as a layout, or a list of both as one.

    `time_zone` is that of the source; `by_modified` is whether its keys without an hour count by when they were
    written. Raise `ArchiveError` for anything else.
    """
    zone: tzinfo = ZoneInfo(time_zone) if time_zone else UTC
    if isinstance(setting, str):
        return replace(_find_one(setting, by_modified=by_modified), zone=zone)
    parts = tuple(find_layout(text, time_zone=time_zone, by_modified=by_modified) for text in setting)
    texts = tuple(text for part in parts for text in part.texts)
    sure = all(part.is_unmistakable for part in parts)
    return Layout(setting, texts, parts[0].framing, is_unmistakable=sure, zone=zone, parts=parts)


def layout_of(source: ArchiveSource) -> Layout:
    """Return the layout of a source that names one. Raise `ArchiveError` for a layout that is unknown."""
    return find_layout(source.layout, time_zone=source.time_zone, by_modified=source.arrival == "modified")


def _find_one(text: str, *, by_modified: bool) -> Layout:
    if text in LAYOUTS:
        return LAYOUTS[text]
    known = f"Use auto, {', '.join(LAYOUTS)}, or a template such as {{year}}/{{month}}/{{day}}/{{hour}}/*.gz."
    if "{" not in text and not (by_modified and "*" in text):
        raise ArchiveError(f"The layout {text!r} is not known. {known}")
    template = compile_template(text)
    if not (template.has_hour or template.has_day or by_modified):
        raise ArchiveError(
            f"The template {text!r} contains neither an hour nor a day. It needs {{date}} or {{year}}, {{month}}, "
            f"{{day}}, with {{hour}} if keys have one, or else {{epoch}} or {{epoch_ms}}; or write "
            f'arrival = "modified" to go by when files were written. Known: {" ".join(PUBLIC)}.'
        )
    return Layout(text, (text,), by_modified=by_modified)


def recognise_layout(keys: Iterable[str] | Mapping[str, float], *, archive: str) -> Layout:
    """Return the layout that most data keys fit; keys may have weights.

    Raise `ArchiveError` unless it fits nine in ten of the keys with a digit. A key without one (`README.md`) names no
    time in any form and does not count.
    """
    weights = keys if isinstance(keys, Mapping) else dict.fromkeys(keys, 1.0)
    best = best_layout(weights)
    if best is None or best[1] < FITTING:
        raise ArchiveError(_unrecognised(weights, archive))
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
    """Return whether a key fits a layout and has an archive hour by it, or by when it was modified."""
    return layout.fit(key) is not None


def cover(keys: Mapping[str, float], *, most: int = 6, least: float = 0.0) -> list[tuple[Layout, float]]:
    """Return the layouts that together fit most keys, with the share of the keys that each adds, the largest first.

    `least` is the weight of keys that a layout must add.
    """
    rest, total = dict(count_data(keys)), sum(count_data(keys).values()) or 1.0
    found: list[tuple[Layout, float]] = []
    while rest and len(found) < most and (best := best_layout(rest)) is not None:
        fitting = {key: weight for key, weight in rest.items() if has_hour(best[0], key)}
        if not fitting or sum(fitting.values()) < least:
            break
        found.append((best[0], sum(fitting.values()) / total))
        rest = {key: weight for key, weight in rest.items() if key not in fitting}
    return found


def _unrecognised(keys: Mapping[str, float], archive: str) -> str:
    data = {key: weight for key, weight in keys.items() if looks_like_data(key)}
    if not data:
        return f"No data files were found in {archive}, so its layout cannot be recognised. Check the prefix."
    return (
        f"The layout of {archive} was not recognised. {_propose(data)} Its keys are: "
        f"{describe_forms(count_forms(data))}. Or name the layout ({', '.join(LAYOUTS)}) or a template such as "
        "{year}/{month}/{day}/{hour}/*.gz: files that do not fit it are then ignored and counted."
    )


def _propose(data: Mapping[str, float]) -> str:
    """Return the line to write for keys that no layout fits well enough."""
    parts = cover(data)
    if not parts:
        return (
            'Its keys name no time in a known form: to go by when files were written, write layout = "*" and '
            'arrival = "modified".'
        )
    names = [str(layout.name) for layout, _ in parts]
    (first, most), *others = parts
    more = "".join(f", {layout.name} {share:.0%}" for layout, share in others)
    line = json.dumps(names[0] if len(names) == 1 else names, ensure_ascii=False)
    return f"{first.name} fits only {most:.0%} of the files{more}. To load them, write layout = {line}."
