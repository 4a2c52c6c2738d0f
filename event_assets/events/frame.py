"""Rows as columns: texts, ids, clocks and JSON texts of the lake, and the values to rescue (contract §3).

Covered by tests/events/test_envelope.py.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final

import polars as pl

from event_assets.events.clocks import resolve_clocks
from event_assets.events.composed_ids import fill_composed_ids, note_placeholders
from event_assets.events.envelope import CLOCKS, COLUMNS, IDS, NUMBER, OBJECTS, TEXTS, is_nothing, write_text
from event_assets.events.ids import NOT_IDS, hash_values, is_blank, is_long, is_no_id, make_id, shorten_id
from event_assets.events.json.lenient import strict_text, take_marked
from event_assets.events.json.members import object_inside
from event_assets.events.json.splitter import object_text
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping
from event_assets.events.rows import ChunkRows
from event_assets.events.schema import FLAGGED_SCHEMA
from loaders.formats.json_values import read, write
from loaders.formats.strict_json import last_members, split_object

_TYPES_WITH: Final = {"event": ["track"], "name": ["page", "screen"], "groupId": ["group"], "previousId": ["alias"]}
_EMPTY: Final = r"^\{[ \t\n\r]*\}$"
_TEXT_COLUMNS: Final = tuple(COLUMNS[member] for member in TEXTS)
_JSON_COLUMNS: Final = (*(COLUMNS[member] for member in OBJECTS), "kept", "rescued")


def frame_rows(
    rows: ChunkRows, hour: datetime, not_ids: Sequence[str] = NOT_IDS, mapping: EnvelopeMapping | None = None
) -> pl.DataFrame:
    """Return the rows as a frame of FLAGGED_SCHEMA, in their order.

    Adds values without a column to `rows.rescued`, and counts to `rows.noticed`.
    """
    columns = {"type": pl.Series(list(map(attrgetter("type"), rows.rows)), dtype=pl.String)}
    columns |= {COLUMNS[member]: _frame_texts(rows, member) for member in TEXTS}
    columns["id"] = _make_ids(columns["id"], rows, mapping, not_ids)
    columns |= {
        COLUMNS[member]: _shorten_ids(columns[COLUMNS[member]], member, rows) for member in IDS if member != "messageId"
    }
    columns |= {COLUMNS[member]: _rescue_homeless(columns, member, rows) for member in _TYPES_WITH}
    columns |= {COLUMNS[member]: _frame_objects(rows, member) for member in OBJECTS}
    columns |= _frame_clocks(rows, hour)
    for n in rows.unwrapped:
        rows.noticed[rows.files[n]]["unwrapped"] += 1
    size = len(rows.rows)
    columns["kept"] = _fill_column(rows.kept, size)
    columns["rescued"] = _fill_column({n: _write_rescued(rescued) for n, rescued in rows.rescued.items()}, size)
    columns["_sanitized"] = _fill_column(dict.fromkeys(rows.sanitized, "yes"), size).is_not_null()
    columns["_fingerprint"] = hash_values(rows.sent)
    columns["_file"] = pl.Series(rows.files, dtype=pl.String)
    columns["_line"] = pl.Series(rows.lines, dtype=pl.Int64)
    frame = pl.DataFrame({name: columns[name] for name in FLAGGED_SCHEMA})
    texts = pl.col(_TEXT_COLUMNS)
    return _join_lines(frame.with_columns(pl.when(texts != "").then(texts).name.keep()), rows)


def _frame_texts(rows: ChunkRows, member: str) -> pl.Series:
    sent = list(map(attrgetter(member), rows.rows))
    try:
        return pl.Series(sent, dtype=pl.String)
    except (TypeError, OverflowError):  # an id that was sent as an integer
        digits = [
            _write_integer(text, n, member, rows) if isinstance(text, int) else text for n, text in enumerate(sent)
        ]
        return pl.Series(digits, dtype=pl.String)


def _write_integer(number: int, n: int, member: str, rows: ChunkRows) -> str:
    """Return the digits as sent; for 0 they are read from the line, which may have -0."""
    return str(number) if number else last_members(split_object(rows.values[n].decode()))[member]


def _shorten_ids(ids: pl.Series, member: str, rows: ChunkRows) -> pl.Series:
    long = (is_long(ids) & ~is_blank(ids) if member == "messageId" else is_long(ids)).arg_true()
    if long.is_empty():
        return ids
    sent = ids.gather(long).to_list()
    for n, text in zip(long, sent, strict=True):
        rows.rescued[n][member] = _write_sent(text, n, member, rows)
    return ids.scatter(long, pl.Series([shorten_id(text) for text in sent]))


def _rescue_homeless(columns: Mapping[str, pl.Series], member: str, rows: ChunkRows) -> pl.Series:
    """Return the texts of a member that some types have no column for; rescue those texts (contract §5)."""
    texts = columns[COLUMNS[member]]
    homeless = (~columns["type"].is_in(_TYPES_WITH[member]) & (texts != "")).fill_null(value=False).arg_true()
    if homeless.is_empty():
        return texts
    for n, text in zip(homeless, texts.gather(homeless), strict=True):
        if member not in rows.rescued[n]:
            rows.rescued[n][member] = _write_sent(text, n, member, rows)
    return texts.scatter(homeless, None)


def _write_sent(text: str, n: int, member: str, rows: ChunkRows) -> str:
    """Return the JSON text of a value that became a text: a number or boolean as it was sent."""
    sent = last_members(split_object(rows.values[n].decode())).get(member)
    return text if text == sent else write_text(text)


def _make_ids(sent: pl.Series, rows: ChunkRows, mapping: EnvelopeMapping | None, not_ids: Sequence[str]) -> pl.Series:
    if mapping is None or mapping.id_of is None:
        return _fill_ids(_shorten_ids(sent, "messageId", rows), rows, not_ids)
    return fill_composed_ids(
        sent,
        rows,
        mapping,
        not_ids,
        made_of=lambda n: rows.sent[n] + _inherited(rows, n),
        rescue=lambda text, n: _write_sent(text, n, "messageId", rows),
    )


def _fill_ids(ids: pl.Series, rows: ChunkRows, not_ids: Sequence[str]) -> pl.Series:
    """Return the ids, with hashes for blank ones and for texts that are no ids, which are rescued."""
    placeholders = is_no_id(ids, not_ids)
    note_placeholders(ids, placeholders, rows)
    blank = (is_blank(ids) | placeholders).arg_true()
    if blank.is_empty():
        return ids
    for n, text in zip(blank, ids.gather(blank).to_list(), strict=True):
        if text:
            rows.rescued[n]["messageId"] = write_text(text)
    return ids.scatter(blank, pl.Series([make_id(rows.sent[n] + _inherited(rows, n)) for n in blank]))


def _inherited(rows: ChunkRows, n: int) -> bytes:
    """Return what an id is made from besides the event's bytes: compact JSON text, or nothing (contract §3)."""
    return write(read(strict_text(rows.inherited[n]))).encode() if n in rows.inherited else b""


def _frame_objects(rows: ChunkRows, member: str) -> pl.Series:
    """Return JSON texts of objects; empty and missing ones are NULL, values that are no object are rescued.

    A text of one object is that object.
    """
    texts = pl.Series(member, list(map(bytes, map(attrgetter(member), rows.rows))), dtype=pl.Binary).cast(pl.String)
    is_object = texts.str.starts_with("{")
    unwrapped: dict[int, str] = {}
    for n in (~is_object & (texts != "") & (texts != "null")).arg_true():
        found = object_inside(texts[n], level=1)
        if found is not None:
            unwrapped[n], lost = take_marked(found.text) if found.marked else (found.text, "")
            if lost:
                rows.rescued[n][member] = lost
            rows.unwrapped.add(n)
            rows.sanitized.update([n] if found.lost else [])
        elif not is_nothing(texts[n]):
            rows.rescued[n][member] = texts[n]
    if unwrapped:
        texts = texts.scatter(list(unwrapped), pl.Series(list(unwrapped.values())))
        is_object = texts.str.starts_with("{")
    full = is_object & ~texts.str.contains(_EMPTY)
    return texts.to_frame().select(pl.when(full).then(pl.col(member))).to_series()


def _frame_clocks(rows: ChunkRows, hour: datetime) -> dict[str, pl.Series]:
    texts = pl.all()
    sent = pl.DataFrame([_frame_clock(rows, clock) for clock in CLOCKS]).select(
        pl.when(texts != "").then(texts).name.keep()
    )
    resolved = resolve_clocks(sent, hour)
    for clock in CLOCKS:
        lost = (~resolved.get_column(f"{clock}_held")).arg_true()
        for n, text in zip(lost, sent.get_column(clock).gather(lost).to_list(), strict=True):
            rows.rescued[n][clock] = text[len(NUMBER) :] if text.startswith(NUMBER) else write_text(text)
        for n in resolved.get_column(f"{clock}_unread").arg_true():
            rows.noticed[rows.files[n]][f"clocks_unread.{clock}"] += 1
    return resolved.to_dict()


def _frame_clock(rows: ChunkRows, clock: str) -> pl.Series:
    sent = list(map(attrgetter(clock), rows.rows))
    try:
        return pl.Series(clock, sent, dtype=pl.String)
    except (TypeError, OverflowError):  # an epoch number
        marked = [f"{NUMBER}{value}" if isinstance(value, int) else value for value in sent]
        return pl.Series(clock, marked, dtype=pl.String)


def _write_rescued(rescued: Mapping[str, str]) -> str:
    """Return the rescued members in the order of the envelope, then those that are kept besides."""
    known = {member: rescued[member] for member in COLUMNS if member in rescued}
    return object_text({**known, **rescued})


def _fill_column(texts: Mapping[int, str], size: int) -> pl.Series:
    """Return a column with these texts in their rows, else NULL."""
    column = pl.Series([None], dtype=pl.String).new_from_index(0, size)
    if not texts:
        return column
    return column.scatter(list(texts), pl.Series(list(texts.values()), dtype=pl.String))


def _join_lines(frame: pl.DataFrame, rows: ChunkRows) -> pl.DataFrame:
    """Return the frame with every JSON text in one line: in valid JSON, a line break is only white space."""
    if not rows.breaks:
        return frame
    return frame.with_columns(pl.col(_JSON_COLUMNS).str.replace_all(r"[\n\r]", " "))
