"""CSV by the contract alone (contract §2): a character at a time, rows below a header as objects of texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple


class Row(NamedTuple):
    """A row: its first physical line, its bytes, and its cells; None where its quotes do not fit, or for no UTF-8."""

    line: int
    data: bytes
    cells: list[str] | None
    fits: bool


def read_table(content: bytes) -> Iterator[tuple[int, bytes, bytes | None, bool]]:
    """Line, bytes, the JSON of the object (None: the bytes are no UTF-8), and whether it is a row at all."""
    rows = _rows(content)
    header = next(rows, None)
    if header is None:
        return
    assert header.cells is not None
    names = _names(header.cells)
    for row in rows:
        if row.data == header.data:
            continue
        if row.cells is None:
            yield row.line, row.data, None, row.fits
        elif len(row.cells) < len(names) or any(row.cells[len(names) :]):
            yield row.line, row.data, None, False
        else:
            values = {name: cell or None for name, cell in zip(names, row.cells, strict=False)}
            yield row.line, row.data, json.dumps(values).encode(), True


def _names(cells: list[str]) -> list[str]:
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        bare = cell.strip() or f"column_{number}"
        names.append(next(name for n in range(1, 10_000) if (name := bare if n == 1 else f"{bare}_{n}") not in names))
    return names


def _rows(content: bytes) -> Iterator[Row]:
    start, line, width = 0, 1, 0
    while start < len(content):
        first_end = content.find(b"\n", start) if b"\n" in content[start:] else len(content)
        first = content[start:first_end]
        if not first.strip(b" \t\r\n"):
            start, line = first_end + 1, line + 1
            continue
        end, ends_well = _end_of_row(content, start)
        data = content[start:end].removesuffix(b"\r")
        cells = _cells(data) if ends_well else None
        spans = b"\n" in data
        if not ends_well or (spans and width and cells is not None and _misfits(cells, width)):
            yield Row(line, first.removesuffix(b"\r"), None, fits=False)
            start, line = first_end + 1, line + 1
            continue
        width = width or len(cells or ())
        yield Row(line, data, cells, fits=True)
        start, line = end + 1, line + 1 + data.count(b"\n")


def _misfits(cells: list[str], width: int) -> bool:
    return len(cells) < width or any(cells[width:])


def _end_of_row(content: bytes, start: int) -> tuple[int, bool]:
    """The line feed, or the end of the file, at which a row ends, and whether its quotes fit."""
    at, begins, quoted = start, True, False
    while at < len(content):
        mark = content[at : at + 1]
        if quoted:
            if mark == b'"' and content[at + 1 : at + 2] == b'"':
                at += 1
            elif mark == b'"':
                quoted = False
                after = content[at + 1 : at + 3]
                if not (after[:1] in (b",", b"\n", b"") or after in (b"\r\n", b"\r")):
                    return at, False
        elif mark == b"\n":
            return at, True
        elif mark == b'"' and begins:
            quoted = True
        begins = mark == b"," and not quoted
        at += 1
    return at, not quoted


def _cells(data: bytes) -> list[str] | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    cells, at = [], 0
    while True:
        if text[at : at + 1] == '"':
            end = at + 1
            while text[end] != '"' or text[end + 1 : end + 2] == '"':
                end += 2 if text[end] == '"' else 1
            cells.append(text[at + 1 : end].replace('""', '"'))
            at = end + 1
        else:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            cells.append(text[at:end])
            at = end
        if at >= len(text):
            return cells
        at += 1
        if at == len(text):
            return [*cells, ""]
