"""Ids made of several members of an event, for producers whose ids are not unique alone (contract §3).

Covered by tests/events/test_composed_ids.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import polars as pl

from event_assets.events.ids import is_blank, is_long, is_no_id, make_id, shorten_id
from event_assets.events.json.members import members_of
from event_assets.events.mapping.batches import Path
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.rows import ChunkRows
from loaders.formats.json_values import Json, read, write
from loaders.formats.strict_json import clean_text

_FAILURES: Final = (msgspec.MsgspecError, RecursionError)
_OWN: Final[tuple[Path, ...]] = (("messageId",),)
"""The path of the id in our envelope."""

Parts = list[Json]
"""The members of one id: texts, None where a member is missing, arrays and objects."""


def compose_ids(rows: ChunkRows, mapping: Mapping, not_ids: Sequence[str]) -> tuple[pl.Series, pl.Series]:
    """Return the ids of rows by `id` of the mapping, NULL where the first member is no id; and which are NULL for that.

    Placeholders among the first members are counted to `rows.noticed`.
    """
    find = part_finder(mapping.id_of or ())
    parts = [find(value) for value in rows.values]
    heads = pl.Series([_head(found[0]) for found in parts], dtype=pl.String)
    placeholders = is_no_id(heads, not_ids)
    for n in placeholders.arg_true():
        rows.noticed[rows.files[n]]["not_ids"] += 1
    ids = pl.Series("id", [write(found) for found in parts], dtype=pl.String)
    missing = placeholders | is_blank(heads)
    return ids.scatter(missing.arg_true(), None), missing


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
    long = is_long(ids)
    hidden = pl.repeat(not shows_message_id(mapping), len(ids), dtype=pl.Boolean, eager=True) | missing | long
    for n in (hidden & (sent.fill_null("") != "")).arg_true():
        rows.rescued[n]["messageId"] = rescue(sent[n], n)
    changed = [make_id(made_of(n)) if missing[n] else shorten_id(ids[n]) for n in (missing | long).arg_true()]
    return ids.scatter((missing | long).arg_true(), pl.Series(changed, dtype=pl.String))


def shows_message_id(mapping: Mapping) -> bool:
    """Return whether `messageId` is one of the members that make the id."""
    paths = _OWN if mapping.is_native else mapping.paths.get("messageId", ())
    return len(paths) == 1 and paths[0] in (mapping.id_of or ())


def part_finder(paths: Sequence[Path]) -> Callable[[bytes], Parts]:
    """Return a function that finds the members on these paths in an event, a valid JSON object."""
    names = list(dict.fromkeys(path[0] for path in paths))
    decode = _decoder(names)

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
        return members_of(clean_text(value.decode().strip(" \t\n\r"))[0]) or {}

    return decode


def _part(text: str | None, path: Path) -> Json:
    """Return the member below a value: a text, also for a number or boolean as sent, an array or object, or None."""
    for name in path:
        text = (members_of(text) or {}).get(name) if text is not None else None
    if text is None or text == "null":
        return None
    if text[0] == '"':
        return str(json.loads(text))
    return read(text) if text[0] in "[{" else text


def _head(part: Json) -> str | None:
    return part if part is None or isinstance(part, str) else write(part)
