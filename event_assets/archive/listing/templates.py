"""Key templates: a path like `{year}/{month}/{day}/{hour}/*.gz` compiled to a pattern that gives an hour.

Covered by tests/archive/listing/test_layouts.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import unquote

from event_assets.archive.errors import ArchiveError
from event_assets.events.mapping.path_members import Members, Path

Arrives = Literal["hour", "day", "modified"]
"""What gives the archive hour of a key: the hour in it, the day in it, or when the object was last written."""

Texts = tuple[tuple[str, str | None], ...]

HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_LAST_HOUR: Final = 23
_EARLIEST: Final = datetime(1, 1, 3, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 29, tzinfo=UTC)

_PLACEHOLDERS: Final = {
    "year": r"\d{4}",
    "month": r"\d{1,2}",
    "day": r"\d{1,2}",
    # What came after its hours were written may lie beside them, as AppsFlyer's h=late: it is of the day's last hour.
    "hour": r"\d{1,2}|late(?![0-9A-Za-z])",
    "minute": r"\d{1,2}",
    "second": r"\d{1,2}",
    "date": r"\d{4}-\d{2}-\d{2}",
    "epoch": r"\d{10}",
    "epoch_ms": r"\d{13}",
    # A folder by day beside a name with the time: it is not used, because a late upload may be in another day's folder.
    "about_date": r"\d{4}-\d{2}-\d{2}|\d{2}-\d{2}-\d{4}",
    "about_epoch": r"\d{13}|\d{10}",
    # The first folder of a custom prefix; Firehose puts undelivered records below `<name>-failed/`.
    "about_prefix": r"(?![._])(?![^/]*-failed/)[^/]+",
}
PUBLIC: Final = (
    "{year}", "{month}", "{day}", "{hour}", "{minute}", "{second}", "{date}", "{epoch}", "{epoch_ms}",
    "{member:...}", "*", "**",
)  # fmt: skip
_MEMBER: Final = "member:"
_HIVE_NULL: Final = "__HIVE_DEFAULT_PARTITION__"
"""What Hive and Spark write into a path for no value."""

_TOKEN: Final = re.compile(r"\{(\w*|member:[^{}/*]*)\}|(\*\*/|\*\*|\*)|([^{*]+|.)", re.DOTALL | re.ASCII)

# Keys that no layout treats as data: markers and hidden files where a wildcard begins, checksums, unfinished uploads,
# markers of folders, which end with a slash, and keys that are not text. Parts of a bucket's keys may be empty, or `.`
# and `..`: these are names as any others.
_VISIBLE: Final = r"(?!_|\.(?!\.?(?:/|\Z)))"
_DATA: Final = (
    r"(?!.*(?:\.(?:crc|tmp|temp|part|partial|filepart|incomplete|inprogress|swp|md5|sha1|sha256|_COPYING_)"
    r"|_\$folder\$|[~/])\Z)(?!.*[\ud800-\udfff])"
)
_WILDCARDS: Final = {
    "*": r"[^/]*",
    "**": rf"(?:{_VISIBLE}[^/]*/)*{_VISIBLE}[^/]+",
    "**/": rf"(?:{_VISIBLE}[^/]*/)*",
}
_LOOKS_LIKE_DATA: Final = re.compile(rf"{_DATA}(?:{_VISIBLE}[^/]*/)*{_VISIBLE}[^/]+", re.DOTALL | re.ASCII)


def looks_like_data(key: str) -> bool:
    """Return whether a key can be a data file.

    No part of it begins with `.` or `_`, and it has no ending of a checksum, an unfinished file,
    or Hadoop's mark of a folder.
    """
    return _LOOKS_LIKE_DATA.fullmatch(key) is not None


@dataclass(frozen=True)
class Template:
    """A compiled template. `key` matches whole keys, `folders` the segments before the last, one by one."""

    text: str
    key: re.Pattern[str]
    folders: tuple[re.Pattern[str], ...]
    deep: bool
    """Whether the text has a `**`; `folders` ends before its segment."""
    hour_folder: re.Pattern[str] | None
    """The folders up to the one that completes the hour, or the day of a template without an hour; None where only the
    file name has it."""
    has_hour: bool
    has_day: bool
    members: tuple[Path, ...] = ()
    """The members that parts of a key are, in the order of the text; the group of each is `member` and its number."""

    def read_members(self, key: str) -> Members:
        """Return the members that parts of a key are, as texts; without those that have no value."""
        found = self.key.fullmatch(key) if self.members else None
        parts = {} if found is None else {path: _read_part(found[f"member{n}"]) for n, path in enumerate(self.members)}
        return {path: part for path, part in parts.items() if part}

    def arrives(self, *, by_modified: bool) -> Arrives:
        """Return what gives the archive hour; `by_modified` counts only where the template has no hour."""
        if self.has_hour:
            return "hour"
        return "modified" if by_modified or not self.has_day else "day"


def compile_template(text: str) -> Template:
    """Return a template as patterns; `*` alone takes every key. Raise `ArchiveError` for an unknown placeholder."""
    text = "**" if text == "*" else text
    segments = text.split("/")
    deep = next((n for n, segment in enumerate(segments) if "**" in segment), None)
    known = ["/".join(segments[: n + 1]) for n in range(len(segments) - 1 if deep is None else deep)]
    complete = _has_hour if _has_hour(text) else _has_day
    hour_folder = next((path for path in known if complete(path)), None)
    return Template(
        text=text,
        key=re.compile(_DATA + _pattern(text), re.DOTALL | re.ASCII),
        folders=tuple(re.compile(_pattern(path), re.DOTALL | re.ASCII) for path in known),
        deep=deep is not None,
        hour_folder=re.compile(_pattern(hour_folder + "/"), re.DOTALL | re.ASCII) if hour_folder else None,
        has_hour=_has_hour(text),
        has_day=_has_day(text),
        members=tuple(_member_paths(text)),
    )


def _read_part(part: str) -> str:
    """Return the value that a part of a key has, percent-encoded characters decoded; empty for Hive's null.

    U+0000, which no warehouse stores, is U+FFFD (contract §3).
    """
    if part == _HIVE_NULL:
        return ""
    try:
        return unquote(part, errors="strict").replace("\0", "\ufffd")
    except UnicodeDecodeError:
        return part


def _member_paths(text: str) -> dict[Path, str]:
    """Return the paths of the members in a template, with their groups. Raise `ArchiveError` for one without a name."""
    paths: dict[Path, str] = {}
    for name in (str(found[1]) for found in _TOKEN.finditer(text) if found[1] is not None):
        if name.startswith(_MEMBER):
            path = tuple(name.removeprefix(_MEMBER).split("."))
            if not all(path):
                raise ArchiveError(
                    f"The template {text!r} has a member without a name, {{{name}}}. Write its path in an event, such "
                    "as {member:context.source}."
                )
            paths.setdefault(path, f"member{len(paths)}")
    return paths


@lru_cache(maxsize=1 << 16)
def span_of(groups: Texts, zone: tzinfo = UTC) -> tuple[datetime, datetime] | None:
    """Return the time that placeholder texts give, or None for no real time: its archive hour, and its end (exclusive).

    Dates and hours are those of the zone, epochs are UTC. The archive hour is the UTC hour in which the time begins. An
    hour that a clock change repeats begins once and ends twice as late; one that a change skips is the hour after it.
    """
    try:
        return _span({name: text for name, text in groups if text is not None}, zone)
    except (ValueError, OverflowError):
        return None


def _span(texts: Mapping[str, str], zone: tzinfo) -> tuple[datetime, datetime]:
    if epoch := texts.get("epoch") or texts.get("epoch_ms"):
        start = datetime.fromtimestamp(int(epoch[:10]) // 3600 * 3600, UTC)
        return start, start + HOUR
    if date := texts.get("date"):
        texts = {**texts, "year": date[:4], "month": date[5:7], "day": date[8:]}
    if "year" not in texts:
        return _EARLIEST, _LATEST
    year, month, day = int(texts["year"]), int(texts.get("month", 1)), int(texts.get("day", 1))
    start = datetime(year, month, day)  # noqa: DTZ001  of the zone, which is added last
    if "month" not in texts:
        return _in_utc(start, start.replace(year=year + 1), zone)
    if "day" not in texts:
        return _in_utc(start, (start + 31 * _DAY).replace(day=1), zone)
    if "hour" not in texts:
        return _in_utc(start, start + _DAY, zone)
    hour = _LAST_HOUR if texts["hour"] == "late" else int(texts["hour"])
    start = start.replace(hour=hour, minute=int(texts.get("minute", 0))).replace(minute=0)
    return _in_utc(start, start + HOUR, zone)


def _in_utc(start: datetime, end: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the UTC hour in which a local time begins, and the end of that time."""
    first, last = (moment.replace(tzinfo=zone).astimezone(UTC) for moment in (start, end))
    hour = first.replace(minute=0)
    return hour, max(last, hour + HOUR)


def _has_day(text: str) -> bool:
    names = {found[1] for found in _TOKEN.finditer(text)}
    return "date" in names or {"year", "month", "day"} <= names


def _has_hour(text: str) -> bool:
    names = {found[1] for found in _TOKEN.finditer(text)}
    return bool({"epoch", "epoch_ms"} & names) or ("hour" in names and _has_day(text))


def _pattern(text: str) -> str:
    parts: list[str] = []
    seen: set[str] = set()
    tokens = list(_TOKEN.finditer(text))
    groups = {f"{_MEMBER}{'.'.join(path)}": group for path, group in _member_paths(text).items()}
    for n, token in enumerate(tokens):
        name, wildcard, literal = token.groups()
        if wildcard:
            starts = token.start() == 0 or text[token.start() - 1] == "/"
            parts.append((_VISIBLE if starts and wildcard == "*" else "") + _WILDCARDS[wildcard])
        elif literal is not None:
            parts.append(re.escape(literal))
        elif name in groups:
            starts = token.start() == 0 or text[token.start() - 1] == "/"
            parts.append((_VISIBLE if starts else "") + _member(groups[name], seen))
        else:
            alone = n + 1 == len(tokens) or tokens[n + 1][1] is None
            parts.append(_placeholder(text, name, seen, ends_number=alone))
    return "".join(parts)


def _member(group: str, seen: set[str]) -> str:
    if group in seen:
        return f"(?P={group})"
    seen.add(group)
    return f"(?P<{group}>{_WILDCARDS['*']})"


def _placeholder(text: str, name: str, seen: set[str], *, ends_number: bool) -> str:
    if name not in _PLACEHOLDERS:
        raise ArchiveError(
            f"The template {text!r} has the unknown placeholder {{{name}}}. Known are {' '.join(PUBLIC)}."
        )
    if name in seen:
        return f"(?P={name})"
    seen.add(name)
    return f"(?P<{name}>{_PLACEHOLDERS[name]})" + (r"(?!\d)" if ends_number else "")
