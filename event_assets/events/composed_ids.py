"""Ids made of several members of an event, for producers whose ids are not unique alone (contract §3).

Covered by tests/events/test_composed_ids.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import msgspec
import polars as pl

from event_assets.events.ids import is_blank, is_long, is_no_id, make_id, shorten_id
from event_assets.events.json.lenient import unmark
from event_assets.events.json.members import members_of
from event_assets.events.mapping.batches import Path
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.pairs import read_pairs
from event_assets.events.rows import ChunkRows
from loaders.formats.json_values import read, write
from loaders.formats.strict_json import clean_text

_FAILURES: Final = (msgspec.MsgspecError, RecursionError)
_SPACE: Final = " \t\n\r"
_OWN: Final[tuple[Path, ...]] = (("messageId",),)
"""The path of the id in our envelope."""

Parts = list[str]
"""The members of one id as JSON texts: of a text, also for a number or boolean as sent; null; an array or object."""


def compose_ids(rows: ChunkRows, mapping: Mapping, not_ids: Sequence[str]) -> tuple[pl.Series, pl.Series]:
    """Return the ids of rows by `id` of the mapping, and which rows have none: their first member is no id.

    Placeholders among the first members are counted to `rows.noticed`.
    """
    find = part_finder(mapping)
    parts = list(map(find, rows.values))
    heads = pl.Series([_head(found[0]) for found in parts], dtype=pl.String)
    placeholders = is_no_id(heads, not_ids)
    note_placeholders(heads, placeholders, rows)
    ids = pl.Series("id", ["[" + ",".join(found) + "]" for found in parts], dtype=pl.String)
    return ids, placeholders | is_blank(heads)


def fill_composed_ids(
    sent: pl.Series,
    rows: ChunkRows,
    mapping: Mapping,
    not_ids: Sequence[str],
    *,
    made_of: Callable[[int], bytes],
    rescue: Callable[[str, int], str],
) -> pl.Series:
    """Return the ids of all rows: of several members, of the bytes of events without, hashed where they are long.

    `sent` is `messageId` as text: where the id does not show it, `rescue` gives what is rescued of it.
    """
    ids, missing = compose_ids(rows, mapping, not_ids)
    long = is_long(ids) & ~missing
    hidden = pl.repeat(not shows_message_id(mapping), len(ids), dtype=pl.Boolean, eager=True) | missing | long
    for n in (hidden & (sent.fill_null("") != "")).arg_true():
        rows.rescued[n]["messageId"] = rescue(sent[n], n)
    changed = [make_id(made_of(n)) if missing[n] else shorten_id(ids[n]) for n in (missing | long).arg_true()]
    return ids.scatter((missing | long).arg_true(), pl.Series(changed, dtype=pl.String))


def note_placeholders(texts: pl.Series, placeholders: pl.Series, rows: ChunkRows) -> None:
    """Count the placeholders of a chunk by file, and how often it was which text: `not_ids.undefined`."""
    for n in placeholders.arg_true():
        noticed = rows.noticed[rows.files[n]]
        noticed["not_ids"] += 1
        noticed[f"not_ids.{str(texts[n]).strip().lower()}"] += 1


def shows_message_id(mapping: Mapping) -> bool:
    """Return whether `messageId` is one of the members that make the id."""
    paths = _OWN if mapping.is_native else mapping.paths.get("messageId", ())
    return len(paths) == 1 and paths[0] in (mapping.id_of or ())


def part_finder(mapping: Mapping) -> Callable[[bytes], Parts]:
    """Return a function that finds the members of `id` in an event, a valid JSON object."""
    paths = mapping.id_of or ()
    is_changed = mapping.parsed or mapping.pairs
    decode = partial(_read_changed, mapping) if is_changed else _decoder(list(dict.fromkeys(path[0] for path in paths)))

    def find(value: bytes) -> Parts:
        tops = decode(value)
        return [_part(tops.get(path[0]), path[1:]) for path in paths]

    return find


def _decoder(names: Sequence[str]) -> Callable[[bytes], dict[str, str]]:
    """Return a function that reads these members of an event: name -> JSON text, cleaned (contract §3)."""
    fields = [(f"m{n}", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for n in range(len(names))]
    learnable = all(name.isprintable() and not {"\\", '"'} & set(name) for name in names)
    rename = {f"m{n}": name if learnable else f"m{n}" for n, name in enumerate(names)}
    fast = msgspec.json.Decoder(msgspec.defstruct("Parts", fields, rename=rename, gc=False)).decode

    def decode(value: bytes) -> dict[str, str]:
        if learnable and b"\\u" not in value:
            try:
                found = msgspec.structs.astuple(fast(value))
                return {
                    name: str(bytes(raw), "utf-8")
                    for name, raw in zip(names, found, strict=True)
                    if raw is not msgspec.UNSET
                }
            except _FAILURES:
                pass
        return _members(clean_text(value.decode().strip(_SPACE))[0])

    return decode


def _read_changed(mapping: Mapping, value: bytes) -> dict[str, str]:
    """Return the members of an event with its JSON texts and pairs as the mapping reads them."""
    text = clean_text(value.decode().strip(_SPACE))[0]
    return _members(read_pairs(unmark(mapping.unwrap(text, _members).text), mapping.pairs or (), _members))


def _members(text: str) -> dict[str, str]:
    return members_of(text) or {}


def _part(text: str | None, path: Path) -> str:
    """Return JSON text of the member below a value."""
    for name in path:
        text = _members(text).get(name) if text is not None else None
    if text is None or text == "null":
        return "null"
    if text[0] == '"' and "\\" not in text:
        return text
    return write(read(text)) if text[0] in '"[{' else f'"{text}"'


def _head(part: str) -> str | None:
    if part == "null":
        return None
    return str(json.loads(part)) if part[0] == '"' and "\\" in part else part.strip('"')
