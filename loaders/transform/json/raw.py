"""Cuts values out of JSON texts as compact JSON texts, as sent (contract §5, §6): one split per line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Final, get_args

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from loaders.formats.json_values import Json, read, write
from loaders.transform.placement import Path

_SPACE: Final = b" \t\r\n"
_LOOSE: Final = re.compile(rb"[\[{:,][ \t\r\n]|[ \t\r\n][\]}:,]")
"""Matches every text with white space between its values, and some that have it only inside a string."""
_BLANK: Final = '[""]'
_ESCAPED: Final = re.compile(r'["\\\x00-\x1f]')


def texts_at(texts: pa.Array, path: Path, rows: Sequence[int]) -> list[str]:
    """Return the compact texts of the values at a path in these rows; all have one, without repeated members."""
    taken = texts.take(pa.array(rows, pa.int64())).to_pylist()
    if _is_escaped(path):
        return [write(_value_at(read(text), path)) for text in taken]
    shape = _shape((path,))
    decode, get = msgspec.json.Decoder(shape).decode, _getter(shape, path)
    return [compact(bytes(get(decode(text)))) for text in taken]


def array_texts(texts: pa.Array, arrays: dict[Path, pa.Array]) -> dict[Path, pa.Array]:
    """Return, by path, the compact texts of the arrays; NULL if a row has none, or ``[]`` or ``[""]``."""
    found: dict[Path, pa.Array] = {}
    plain = {path: values for path, values in arrays.items() if not _is_escaped(path)}
    if plain:
        found |= _split_arrays(texts, plain)
    for path in arrays.keys() - plain.keys():
        filled = _is_filled(arrays[path])
        cells = texts_at(texts, path, pc.indices_nonzero(filled).to_pylist())
        spread = pc.replace_with_mask(pa.nulls(len(texts), pa.string()), filled, pa.array(cells, pa.string()))
        found[path] = pc.if_else(pc.equal(spread, _BLANK), None, spread)
    return found


def _split_arrays(texts: pa.Array, arrays: dict[Path, pa.Array]) -> dict[Path, pa.Array]:
    """Do the same for paths whose keys need no escape: one split yields all arrays of a line."""
    present = pl.DataFrame({str(n): pl.from_arrow(_is_filled(values)) for n, values in enumerate(arrays.values())})
    rows = present.select(pl.any_horizontal(pl.all())).to_series().arg_true()
    shape = _shape(tuple(arrays))
    decode = msgspec.json.Decoder(shape).decode
    split = [decode(text) for text in texts.take(rows.to_arrow()).to_pylist()]
    found = {}
    for number, path in enumerate(arrays):
        filled, get = present[str(number)], _getter(shape, path)
        cells: list[str | None] = [None] * len(texts)
        for row, members in zip(rows.to_list(), split, strict=True):
            if filled[row] and (text := compact(bytes(get(members)))) != _BLANK:
                cells[row] = text
        found[path] = pa.array(cells, pa.string())
    return found


def _is_escaped(path: Path) -> bool:
    """Return whether JSON escapes a key of the path; the splitter does not match such keys."""
    return any(map(_ESCAPED.search, path))


def _value_at(value: Json, path: Path) -> Json:
    for key in path:
        value = value[key] if isinstance(value, dict) else None
    return value


def compact(raw: bytes) -> str:
    """Return a JSON text without white space between values and without needless escapes, numbers as sent."""
    if b"\\" in raw:
        return write(read(raw.decode()))
    if _LOOSE.search(raw) is None:
        return raw.decode()
    parts = raw.split(b'"')
    between = b"".join(parts[::2])
    if len(between.translate(None, _SPACE)) == len(between):
        return raw.decode()
    parts[::2] = [part.translate(None, _SPACE) for part in parts[::2]]
    return b'"'.join(parts).decode()


def _is_filled(values: pa.Array) -> pa.Array:
    """Return which rows have an array with items, by the list offsets alone.

    pyarrow's reader loses the leading nulls of an array, so the items below the offsets must not be read.
    """
    return pc.greater(pc.fill_null(pc.list_value_length(values), 0), 0)


@lru_cache(maxsize=256)
def _shape(paths: tuple[Path, ...]) -> type[msgspec.Struct]:
    """Return a type that splits an object at these paths and skips all else; member ``f0`` is the first path's."""
    below: dict[str, list[Path]] = {}
    for path in paths:
        below.setdefault(path[0], []).append(path[1:])
    fields = []
    for number, (key, rest) in enumerate(below.items()):
        kind = msgspec.Raw if rest == [()] else _shape(tuple(rest)) | None
        fields.append((f"f{number}", kind | msgspec.UnsetType, msgspec.field(default=msgspec.UNSET, name=key)))
    return msgspec.defstruct("Split", fields)


def _getter(split: type[msgspec.Struct], path: Path) -> Callable[[msgspec.Struct], msgspec.Raw]:
    """Return a function that takes the array at a path out of a split object."""
    names = []
    for key in path:
        names.append(f"f{split.__struct_encode_fields__.index(key)}")
        parts = [part for part in get_args(split.__annotations__[names[-1]]) if isinstance(part, type)]
        split = next((part for part in parts if issubclass(part, msgspec.Struct)), split)
    return attrgetter(".".join(names))
