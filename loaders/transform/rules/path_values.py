"""The value at a path of an event, compared with the values of a rule, as it was sent (contract §13).

Rows that cannot match are ruled out by whole columns: the text of the block lacks a key of the path, or every value.
What is left is read exactly, so that escapes, repeated members and equal keys elsewhere make no difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias

import msgspec
import polars as pl

from loaders.formats.json_values import Json, Number, read, write
from loaders.transform.placement import BLOCK_COLUMNS, Path
from loaders.transform.rules.globs import compile_globs, fits_any, longest_literal

Value: TypeAlias = str | int | float | bool

TEXT_COLUMNS: Final[Mapping[str, str]] = {
    "messageId": "id",
    "anonymousId": "anonymous_id",
    "userId": "user_id",
    "groupId": "group_id",
    "previousId": "previous_id",
    "event": "event",
    "name": "name",
    "channel": "channel",
    "request_ip": "request_ip",
}
"""Members of the envelope that are texts in the lake -> their columns. A number there is its text (contract §3)."""

_RESCUED: Final = "rescued"
_MEMBER: Final = "value"
_HIDES: Final = re.compile(r'["\\/\x00-\x1f]')
"""Characters that JSON may write in other ways than by a Unicode escape."""
_NEEDLE: Final = 64
"""Characters of a value that are searched for: a longer search costs more to prepare than it saves."""
UNICODE_ESCAPE: Final = "\\u"
"""In a JSON text: an escape that may hide any character."""


@dataclass(frozen=True)
class PathValues:
    """Matches events whose value at `path`, from the event's root, is one of `values`.

    Texts match texts, and `*` and `?` in them are wild; numbers match equal numbers, booleans booleans. An array
    matches if one of its elements does. An event without the path does not match.
    """

    path: Path
    values: tuple[Value, ...]

    def mask(self, frame: pl.DataFrame) -> pl.Series:
        """Return for each row of the lake whether it matches."""
        first, *inner = self.path
        if first in TEXT_COLUMNS:
            return self._mask_texts(frame, first)
        path = tuple(inner) if first in BLOCK_COLUMNS else self.path
        texts = frame[BLOCK_COLUMNS.get(first, "kept")]
        return _mask(frame, self._matching(texts, frame.select(self._may_match(pl.col(texts.name), path)), path))

    def _mask_texts(self, frame: pl.DataFrame, member: str) -> pl.Series:
        """Compare a text of the envelope: in its column, or among the rescued values where its type has none."""
        globs = tuple(map(_as_text, self.values))
        in_column = frame.select(fits_any(pl.col(TEXT_COLUMNS[member]), globs)).to_series()
        rescued = PathValues((member,), globs)
        candidates = frame.select(pl.col(_RESCUED).str.contains(f'"{member}"', literal=True).fill_null(value=False))
        return in_column | _mask(frame, rescued._matching(frame[_RESCUED], candidates, (member,), as_texts=True))

    def _may_match(self, text: pl.Expr, path: Path) -> pl.Expr:
        """Rule out texts without the keys of the path, or without any of the values; escapes may hide both."""
        found = text.is_not_null()
        for key in filter(_is_plain, path):
            found &= text.str.contains(f'"{key}"', literal=True)
        texts = [longest_literal(value)[:_NEEDLE] for value in self.values if isinstance(value, str)]
        if len(texts) == len(self.values) and all(value and _is_plain(value) for value in texts):
            found &= text.str.contains_any(texts)
        return (found | text.str.contains(UNICODE_ESCAPE, literal=True)).fill_null(value=False)

    def _matching(self, texts: pl.Series, candidates: pl.DataFrame, path: Path, *, as_texts: bool = False) -> list[int]:
        """Return the rows whose value matches, of the candidates; `as_texts` compares numbers and booleans as texts."""
        rows = candidates.to_series().arg_true()
        known: dict[bytes, bool] = {}
        matching = []
        for row, text in zip(rows.to_list(), texts.gather(rows).to_list(), strict=True):
            raw = value_at(text, path)
            if raw is None:
                continue
            if raw not in known:
                value = read(raw.decode())
                known[raw] = self.matches(raw.decode() if as_texts and isinstance(value, bool | Number) else value)
            if known[raw]:
                matching.append(row)
        return matching

    def matches(self, value: Json) -> bool:
        """Return whether a value that was sent is one of the rule's."""
        if isinstance(value, list):
            return any(self.matches(item) for item in value if not isinstance(item, list))
        if isinstance(value, bool):
            return any(value is one for one in self.values)
        if isinstance(value, Number):
            return _as_decimal(value) in self._numbers
        return isinstance(value, str) and self._texts is not None and self._texts.fullmatch(value) is not None

    @cached_property
    def _texts(self) -> re.Pattern[str] | None:
        return compile_globs(value for value in self.values if isinstance(value, str))

    @cached_property
    def _numbers(self) -> frozenset[Decimal | None]:
        numbers = (value for value in self.values if isinstance(value, int | float) and not isinstance(value, bool))
        return frozenset(Decimal(repr(number)) for number in numbers)


def _mask(frame: pl.DataFrame, rows: list[int]) -> pl.Series:
    return pl.int_range(frame.height, eager=True).is_in(rows)


def value_at(text: str | bytes, path: Path) -> bytes | None:
    """Return the JSON text of the value at a path of an object, the last of repeated members; None without one."""
    if any(map(_HIDES.search, path)):
        return _read_at(text, path)
    raw: Any = text
    try:
        for depth, key in enumerate(path):
            if depth and bytes(raw)[:1] != b"{":
                return None
            raw = _decoder(key).decode(raw).value
            if raw is msgspec.UNSET:
                return None
    except msgspec.DecodeError:
        return _read_at(text, path)
    return bytes(raw)


def _read_at(text: str | bytes, path: Path) -> bytes | None:
    """Do the same by the exact reader, for keys that the splitter does not match and texts that it refuses."""
    value: Json = read(text if isinstance(text, str) else text.decode())
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return write(value).encode()


@lru_cache(maxsize=256)
def _decoder(key: str) -> msgspec.json.Decoder[Any]:
    """Return a decoder of an object that keeps one member, as its JSON text."""
    member = (_MEMBER, msgspec.Raw | msgspec.UnsetType, msgspec.field(default=msgspec.UNSET, name=key))
    return msgspec.json.Decoder(msgspec.defstruct("Member", [member]))


def _is_plain(text: str) -> bool:
    return _HIDES.search(text) is None


def _as_text(value: Value) -> str:
    """Return a value as the envelope has it, where a number or boolean is its text."""
    return value if isinstance(value, str) else json.dumps(value)


def _as_decimal(number: Number) -> Decimal | None:
    try:
        return Decimal(str(number))
    except InvalidOperation:
        return None
