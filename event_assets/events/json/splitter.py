"""The fast reader: runs of lines split into envelopes by a validating parser, which leaves doubtful lines out.

Covered by tests/events/mapping/test_batches.py.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Final

import msgspec
import polars as pl

from event_assets.events.envelope import TYPES, Row
from loaders.formats.strict_json import MAX_NESTING, nesting

MAX_OTHERS: Final = 64
"""The most names of transport members that a splitter learns; lines with more are read exactly."""

_SHORT_NAME: Final = 100
"""Longest name, in characters, whose JSON text is cached, so that memory is bounded for any lines."""

_UNKNOWN: Final = "Object contains unknown field `"
_FAILURES: Final = (msgspec.MsgspecError, RecursionError, ValueError)


Others = dict[str, list[msgspec.Raw | msgspec.UnsetType]]
"""Transport member -> its JSON text per row, UNSET where a row has none."""


class Splitter:
    """Splits lines into rows and learns the names of transport members on the way (contract §3)."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Start with these names of members beyond the envelope."""
        self.names: list[str] = []
        for name in names:
            self._learn(name)
        self._decode = self._make_decoder()

    def split(self, values: list[bytes]) -> list[Row | None]:
        """Return a row per line, None where the exact reader must read it; `others` can read every row."""
        rows = self._split_all(values) or self._split_singly(values)
        return [row if row is not None and row.type in TYPES else None for row in rows]

    def others(self, rows: list[Row | None]) -> Others:
        """Return transport member -> its JSON text in the rows of the last `split`, None rows left out."""
        known = [row for row in rows if row is not None]
        return {name: list(map(attrgetter(f"m{n}"), known)) for n, name in enumerate(self.names)}

    def _split_all(self, values: list[bytes]) -> list[Row | None] | None:
        while True:
            try:
                return list(map(self._decode, values))
            except _FAILURES as error:
                if not self._learn_from(error):
                    return None

    def _split_singly(self, values: list[bytes]) -> list[Row | None]:
        known = -1
        rows: list[Row | None] = []
        while known != len(self.names):  # rows must all be of the last class
            known = len(self.names)
            rows = [self._split_one(value) for value in values]
        return rows

    def _split_one(self, value: bytes) -> Row | None:
        while True:
            try:
                return self._decode(value)
            except _FAILURES as error:
                if not self._learn_from(error):
                    return None

    def _learn_from(self, error: Exception) -> bool:
        message = str(error)
        if not message.startswith(_UNKNOWN) or not self._learn(message.removeprefix(_UNKNOWN).removesuffix("`")):
            return False
        self._decode = self._make_decoder()
        return True

    def _learn(self, name: str) -> bool:
        """Return whether the name is new, within the limit, and one that the parser can learn."""
        known = name in self.names or name in Row.__struct_encode_fields__ or len(self.names) == MAX_OTHERS
        if known or not name.isprintable() or "\\" in name or '"' in name:
            return False
        self.names.append(name)
        return True

    def _make_decoder(self) -> Callable[[bytes], Row]:
        attributes = [f"m{n}" for n in range(len(self.names))]
        grown: type = msgspec.defstruct(
            "GrownRow",
            [(attribute, msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for attribute in attributes],
            bases=(Row,),
            rename=dict(zip(attributes, self.names, strict=True)),
            forbid_unknown_fields=True,
            gc=False,
        )
        decoder: msgspec.json.Decoder[Row] = msgspec.json.Decoder(grown)
        return decoder.decode


@dataclass(frozen=True, slots=True)
class Doubts:
    """Lines of a chunk that the fast reader may not judge, by index, and whether any line has line breaks."""

    lines: frozenset[int]
    breaks: bool


def find_doubts(values: list[bytes]) -> Doubts:
    r"""Return the lines that need the exact reader whatever their grammar: no UTF-8, ``\u0000``, too many levels."""
    text = pl.col("text").str
    try:
        texts = pl.Series("text", values, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:  # one byte that is not UTF-8 fails them all
        texts = pl.Series("text", [read_utf8(value) for value in values], dtype=pl.String)
    found = texts.to_frame().select(
        "text",
        openings=text.count_matches(r"[\[{]"),
        doubtful=text.contains("\\u0000", literal=True).fill_null(value=True),
        breaks=text.contains("[\n\r]"),
    )
    doubtful = set(found["doubtful"].arg_true())
    doubtful |= {n for n in (found["openings"] > MAX_NESTING).arg_true() if nesting(found["text"][n]) > MAX_NESTING}
    return Doubts(frozenset(doubtful), bool(found["breaks"].any()))


def read_utf8(value: bytes) -> str | None:
    """Return the text of strict UTF-8, or None for other bytes."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def object_text(members: Mapping[str, str]) -> str:
    """Return JSON text of an object of these members: name -> JSON text."""
    return "{" + ",".join([name_text(name) + value for name, value in members.items()]) + "}"


def name_text(name: str) -> str:
    """Return the name of a member as JSON text with its colon."""
    return _short_name_text(name) if len(name) <= _SHORT_NAME else _write_name(name)


def _write_name(name: str) -> str:
    return str(msgspec.json.encode(name), "utf-8") + ":"


_short_name_text: Final = lru_cache(maxsize=4_096)(_write_name)
