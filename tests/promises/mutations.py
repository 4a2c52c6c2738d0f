"""Mutated lines: real lines with flipped bits, cuts, swaps, repeated and foreign spans, and members of every kind."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator

from tests.promises.dirty import CLOCKS, KEYS, VALUES, as_text, as_texts, real_lines, with_members

PIECES = (
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\\u0000", b"\\ud800", b"\\udc00\\ud800", b"\\/", b"\\x"),
    *(b"\x00", b"\x01", b"\x1f", b"\x7f", b"\t", b"\r", b"\n", b"\r\n", b" ", b"\x0b", b"\xc2\x85", b"\xe2\x80\xa8"),
    *(b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xef\xbb\xbf", b"\xf0\x9f\x8f\x84"),
    *(
        b"1e400",
        b"-1e-400",
        b"9" * 40,
        b"-0",
        b"0.1" + b"0" * 30,
        b"1E+2",
        b"01",
        b"+1",
        b".5",
        b"NaN",
        b"-Infinity",
        b":NaN,",
        b"[NaN,1]",
    ),
    *(b"null", b"true", b'"a":', b'{"a":1}', b"[[]]", b'{"":{"":""}}', b"//", b"'", b"<", b"(", b"%s", b"{0}"),
)
DEPTHS = (*(62, 63, 64, 65, 66, 130) * 6, 2_000)
Mutation = Callable[[random.Random, bytes], bytes]


def _span(chosen: random.Random, line: bytes, most: int = 60) -> tuple[int, int]:
    start = chosen.randrange(len(line) + 1)
    return start, min(start + chosen.randint(1, most), len(line))


def flip(chosen: random.Random, line: bytes) -> bytes:
    """One bit is another one."""
    at = chosen.randrange(len(line))
    return line[:at] + bytes([line[at] ^ 1 << chosen.randrange(8)]) + line[at + 1 :]


def cut(chosen: random.Random, line: bytes) -> bytes:
    """A span is missing."""
    start, end = _span(chosen, line)
    return line[:start] + line[end:]


def end_early(chosen: random.Random, line: bytes) -> bytes:
    """The rest of the line is missing."""
    return line[: chosen.randrange(1, len(line) + 1)]


def repeat(chosen: random.Random, line: bytes) -> bytes:
    """A span comes several times."""
    start, end = _span(chosen, line)
    return line[:start] + line[start:end] * chosen.randint(2, 5) + line[end:]


def swap(chosen: random.Random, line: bytes) -> bytes:
    """Two spans have changed places."""
    a, b, c, d = sorted(chosen.randrange(len(line) + 1) for _ in range(4))
    return line[:a] + line[c:d] + line[b:c] + line[a:b] + line[d:]


def insert(chosen: random.Random, line: bytes) -> bytes:
    """A piece that matters to a parser is somewhere in it, or in place of a byte."""
    at = chosen.randrange(len(line) + 1)
    return line[:at] + chosen.choice(PIECES) + line[at + chosen.randrange(2) :]


def splice(chosen: random.Random, line: bytes) -> bytes:
    """The rest is that of another line."""
    other = chosen.choice(real_lines())
    return line[: chosen.randrange(len(line) + 1)] + other[chosen.randrange(len(other)) :]


def glue(chosen: random.Random, line: bytes) -> bytes:
    """Another object follows in the line."""
    return line + chosen.choice((b"", b" ", b",", b"\t", b"\\n", b"\x1e", b"\0" * 20)) + chosen.choice(real_lines())


def lose(chosen: random.Random, line: bytes) -> bytes:
    """A crash left NUL bytes in place of a part of it, or cut it before another line or log text before one."""
    start, end = _span(chosen, line)
    kind = chosen.randrange(3)
    if kind == 0:
        return line[:start] + b"\0" * chosen.choice((1, 15, 16, 600)) + line[end:]
    return line[:start] + chosen.choice(real_lines()) if kind == 1 else b"2026-01-31 INFO: " + line


def nest(chosen: random.Random, line: bytes) -> bytes:
    """A member is nested to the limit, or beyond."""
    depth = chosen.choice(DEPTHS)
    opening, closing = chosen.choice((("[", "]"), ('{"a":', "}")))
    inner = chosen.choice(("1", '"x"', "{}"))
    return with_members(line, [(chosen.choice(KEYS), opening * depth + inner + closing * depth)])


def add(chosen: random.Random, line: bytes) -> bytes:
    """Members of any kind win over the line's own, some within the context and the properties."""
    key, value = chosen.choice(KEYS), chosen.choice(VALUES)
    if chosen.random() < 0.3:
        key, value = (
            chosen.choice(("context", "properties", "traits")),
            f'{{"ip":{value},"name":{value},"a b":{value}}}',
        )
    return with_members(line, [(key, value)])


def wrap(chosen: random.Random, line: bytes) -> bytes:
    """A transport sent it as a JSON text, its bytes in base64, or its objects as texts."""
    kind = chosen.randrange(4)
    if kind < 2:
        return as_text(line)
    return json.dumps(b64encode(line).decode()).encode() if kind == 2 else as_texts(line)


def mark(chosen: random.Random, line: bytes) -> bytes:
    """Byte order marks are before it, as appended files have them."""
    return b"\xef\xbb\xbf" * chosen.randint(1, 2) + line


def tell_time(chosen: random.Random, line: bytes) -> bytes:
    """A clock has another form."""
    clock = chosen.choice(("timestamp", "sentAt", "receivedAt", "originalTimestamp"))
    return with_members(line, [(clock, chosen.choice(CLOCKS))])


def share_id(chosen: random.Random, line: bytes) -> bytes:
    """Its id is none, or another event's."""
    ids = ('"undefined"', '"[object Object]"', '"00000000-0000-0000-0000-000000000000"', "NaN", '"m-1"', '"m-2"')
    return with_members(line, [("messageId", chosen.choice(ids))])


def pad(chosen: random.Random, line: bytes) -> bytes:
    """White space is around it."""
    return b"".join(chosen.choices((b" ", b"\t", b"\r"), k=2)) + line + chosen.choice((b" ", b"\t ", b"\r\r"))


MUTATIONS: tuple[Mutation, ...] = (
    flip,
    flip,
    cut,
    end_early,
    repeat,
    swap,
    insert,
    insert,
    splice,
    glue,
    lose,
    nest,
    add,
    add,
    pad,
    wrap,
    mark,
    tell_time,
    share_id,
)


def mutated_lines(seed: int, count: int, drawn: Counter[str] | None = None) -> Iterator[bytes]:
    """Lines for a seed: one in eight is whole, the others have one to three mutations, which are counted in
    `drawn`; a few contain line feeds.
    """
    chosen = random.Random(seed)
    for _ in range(count):
        line = chosen.choice(real_lines())
        for _ in range(chosen.choice((0, 1, 1, 1, 1, 2, 2, 3))):
            mutation = chosen.choice(MUTATIONS)
            line = mutation(chosen, line or b"0")
            if drawn is not None:
                drawn[mutation.__name__] += 1
        yield line
