"""Broken lines: cut, doubled, not JSON, not UTF-8, not an envelope; none of them is an event (contract §3).

Covered by tests/demo/test_generate.py.
"""

import json
from collections.abc import Callable
from random import Random

from event_assets.demo.subject import Json, lexeme, write_event

Breaker = Callable[[str, Random], bytes]


def _cut(line: str, random: Random) -> bytes:
    content = line.encode()
    return content[: random.randrange(20, len(content) - 1)]


def _put_property(line: str, value: object) -> bytes:
    event: Json = json.loads(line)
    event["properties"] = {"score": value}
    return write_event(event)


def _bare_nan(line: str, random: Random) -> bytes:
    return _put_property(line, lexeme(random.choice(("NaN", "Infinity", "-Infinity"))))


def _trailing_comma(line: str, random: Random) -> bytes:
    return line[:-1].encode() + b",}"


def _invalid_utf8(line: str, random: Random) -> bytes:
    bad = random.choice((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf"))
    return line.encode().replace(b'"channel":"', b'"channel":"' + bad, 1)


def _two_objects(line: str, random: Random) -> bytes:
    return line.encode() + random.choice((b"", b" ", b",")) + line.encode()


def _not_an_object(line: str, random: Random) -> bytes:
    return random.choice((b"[1,2,3]", b'"a text"', b"42", b"null", f"[{line}]".encode()))


def _unknown_type(line: str, random: Random) -> bytes:
    event: Json = json.loads(line)
    event["type"] = random.choice(("recording", "", None, "tracks", 1, ["track"]))
    return write_event(event)


def _no_type(line: str, random: Random) -> bytes:
    event: Json = json.loads(line)
    del event["type"]
    return random.choice((write_event(event), b"{}"))


def _list_as_id(line: str, random: Random) -> bytes:
    return write_event(json.loads(line) | {"messageId": random.choice((["id"], {"id": 1}, []))})


def _too_deep(line: str, random: Random) -> bytes:
    levels = random.choice((63, 200, 5_000))
    return _put_property(line, lexeme("[" * levels + "]" * levels))


def _raw_control(line: str, random: Random) -> bytes:
    return line.replace('"channel":"', '"channel":"\x01\t', 1).encode()


def _bad_escape(line: str, random: Random) -> bytes:
    return line.replace('"channel":"', random.choice(('"channel":"\\x41', '"channel":"\\ud83')), 1).encode()


def _bad_number(line: str, random: Random) -> bytes:
    return _put_property(line, lexeme(random.choice(("01", "+1", ".5", "1.", "0x10", "1e", "True"))))


BREAKERS: dict[str, Breaker] = {
    "cut short": _cut,
    "NaN": _bare_nan,
    "trailing comma": _trailing_comma,
    "invalid UTF-8": _invalid_utf8,
    "two objects on a line": _two_objects,
    "not an object": _not_an_object,
    "unknown type": _unknown_type,
    "no type": _no_type,
    "messageId is a list": _list_as_id,
    "too deep": _too_deep,
    "raw control characters": _raw_control,
    "broken escape": _bad_escape,
    "broken number": _bad_number,
}
