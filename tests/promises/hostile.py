"""One hostile archive: values at and beyond every edge, names that look like SQL, rows and tables past every budget."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from itertools import cycle, islice

from loaders.transform.names import RESERVED
from tests.promises.archives import hour_number
from tests.promises.dirty import Hours

ROWS = 84
"""Enough that a few values of another kind leave a column's type as it is."""

INTS = (
    *("0", "-0", "1", "-1", "1.0", "-2.50e2", "1e3", "2147483648", "-2147483649", "9007199254740991"),
    *("9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808"),
)
WIDE_INTS = ("9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" + "0" * 39)
FLOATS = (
    *("0.5", "-0.0", "0.1", "0.30000000000000004", "1.7976931348623157e308", "-1e308", "5e-324", "-5e-324"),
    *("2.2250738585072014e-308", "2.225073858507201e-308", "0.1234567890123456789", "123456789.12345679", "1e22"),
    *("9007199254740993.5", "1.0000000000000002", "3.141592653589793", "-1e-320", "4.35", "1e23"),
)
NO_FLOATS = ("1e400", "1e-400", '"NaN"', '"Infinity"')
INSTANTS = (
    *("0001-01-01T00:00:00Z", "0001-01-01 00:00", "0001-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    *("9999-12-31", "1582-10-10", "1883-11-18T12:03:58Z", "1900-02-28T23:59:59+05:53", "1970-01-01T00:00:00Z"),
    *("1969-12-31T23:59:59.999999Z", "2024-02-29T00:00:00.0000019Z", "2026-11-23T00:00:00-18:00", "1000-01-01"),
)
NO_INSTANTS = (
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "10000-01-01T00:00:00Z",
)
UNICODE = "šířka-日本語-Ωμέγα-🏄\u200d♂️-é̂-عربى"
TEXTS = (
    *("NaN", "nan", "Infinity", "-Infinity", "inf", "-0", "-0.0", "1e5", "0x1F", "NULL", "null", "\\N", "\\.", "t"),
    *("true", " ", "\t", "\n", "\r\n", "a\tb\nc\rd", "\\", "\\\\", "\\x41", "\\u0041", '"', '""', "'", "''", ",", ";"),
    *("a\x00b", "\x00", "\ud800", "\udc00\ud800", "x\udfffy", "\U0010ffff", "\uffff", "\ufeff", "\u2028\x85\x1f\x7f"),
    *("infinity", "-infinity", "now", "today", "epoch", "{}", "{a,b}", "[]x", '{"a": 1}', "(1,2)", "B'1'", "E'\\n'"),
    *("%", "%%", "%s", "%(a)s", "%1$s", "{table}", "{0}", "{{", ":name", "::text", "$1", "$$", "?", "@a", "--", "/*"),
    *("2023-02-30", "2023", "20230614", "24:00:00", "0001-01-01 BC", "4714-11-24", (UNICODE * 3)[:60], "x" * 3000),
)
FLAGS = ("true", "false")
NO_FLAGS = ('"true"', "1", '"t"')
NAMES = (
    *("'; DROP TABLE tracks; --", '"; DROP TABLE events.tracks; --', 'a"b', "a'b", "%s", "%(x)s", "50%", "{table}"),
    *("{0}", ":name", "::int", "$1", "$$x$$", "a\\b", "a\nb", "a\r\nb", "a;b", "a--b", "/*a*/", "a.b", "a`b", "[a]"),
    *("events.tracks", "tideline.loads", "pg_catalog.pg_class", "information_schema", "load_winners", "staged_0"),
    *("put_0", "users", "tracks", "uuid_ts", "event_date", "_rescued", "xmax", "ctid", "oid", "tableoid", "select"),
    *("šířka", "日本語", "\u202e", "a\x00b", "a\ud800b", (UNICODE * 3)[:60], "Long Name " * 12, "1" * 70, "_", "__a"),
)
SYSTEM = ("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid", "ctid_", "_ctid", *sorted(RESERVED))


def hostile_hours(tables: int) -> Hours:
    """Four archive hours; the last one has one event more than there may be tables."""
    again = [*islice(_values(1), 12), *islice(_names(1), 8), *_late()]
    return {
        hour_number(0): [list(_values(0)), list(_people(0))],
        hour_number(1): [list(_names(0)), list(_ids())],
        hour_number(2): [list(_wide())],
        hour_number(3): [list(_many_tables(tables)), again],
    }


def hostile_values() -> Hours:
    """Two archive hours of every value in a column of its kind, and again with a column that has another type then."""
    return {
        hour_number(0): [list(_values(0)), [*islice(_people(0), ROWS)]],
        hour_number(1): [[*islice(_values(1), 12), *_late()]],
    }


def line(ident: str, kind: str, event: str | None = None, /, **members: object) -> bytes:
    """One event; a member that is bytes is JSON as it is to be sent."""
    given = {"type": kind, "messageId": ident} | ({} if event is None else {"event": event}) | members
    return _json(given).encode()


def _json(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_json(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value)


def _column(good: Sequence[str], others: Sequence[str]) -> list[bytes]:
    """A value a row: the good ones over and over, the others once."""
    values = [*islice(cycle(good), ROWS - len(others)), *others]
    return [value.encode() for value in values]


def _columns() -> dict[str, list[bytes]]:
    texts = [json.dumps(text) for text in TEXTS]
    instants, no_instants = ([json.dumps(text) for text in each] for each in (INSTANTS, NO_INSTANTS))
    anything = [*texts, *INTS, *WIDE_INTS, *FLOATS, *NO_FLOATS, *instants, *no_instants, *FLAGS]
    return {
        "whole": _column(INTS, WIDE_INTS),
        "real": _column(FLOATS, NO_FLOATS),
        "number": _column([*FLOATS, *INTS], ()),
        "moment": _column(instants, no_instants),
        "word": _column(texts, ()),
        "flag": _column(FLAGS, NO_FLAGS),
        "anything": _column(anything[::-1], ()),
        "list": _column([f"[{value},null]" for value in anything], ()),
    }


def _rows() -> Iterator[dict[str, bytes]]:
    columns = _columns()
    for number in range(ROWS):
        yield {name: values[number] for name, values in columns.items()}


def _values(change: int) -> Iterator[bytes]:
    """Every value in a column of its kind, in a clock and in an array; changed, an integer column gets a fraction."""
    clocks = ("timestamp", "sentAt", "originalTimestamp", "receivedAt")
    times = [json.dumps(text).encode() for text in (*INSTANTS, *NO_INSTANTS, "2026-11-22T23:59:59.999999Z")]
    for number, row in enumerate(_rows()):
        clock_values = {
            clock: times[(number + place) % len(times)] for place, clock in enumerate(clocks[: 3 + number % 2])
        }
        more = {"widens": b"0.5" if change else INTS[number % len(INTS)].encode(), "change": change}
        context = {"word": row["word"], "app": {"number": row["number"], "moment": row["moment"]}}
        yield line(f"value-{number}", "track", "Values", properties=row | more, context=context, **clock_values)


def _people(change: int) -> Iterator[bytes]:
    """The same values as traits; one user with 20 identifies of 40 different traits each."""
    for number, row in enumerate(_rows()):
        stamp = f"2026-11-22T{number % 24:02}:00:00Z"
        yield line(f"person-{number}", "identify", userId=f"u-{number % 21}", traits=row, timestamp=stamp)
    for number in range(20):
        traits = {f"trait {number} {each}": each + change for each in range(40)}
        yield line(
            f"many-{number}", "identify", userId="many", traits=traits, timestamp=f"2026-11-22T{number:02}:00:00Z"
        )


def _late() -> Iterator[bytes]:
    """Identifies from before all others: they fill what a user has not, where the row has a place for it."""
    for user in ("u-3", "many"):
        traits = {"late trait": UNICODE, "word": "older"}
        yield line(f"late-{user}", "identify", userId=user, traits=traits, timestamp="2026-11-20T00:00:00Z")


def _names(change: int) -> Iterator[bytes]:
    """Every name as that of an event, of its property, of a context key, and as an id, a group and a page."""
    for number, name in enumerate(NAMES):
        yield line(
            f"name-{number}", "track", name,
            properties={name: number + change, "inner": {name: name}}, context={name: name}, userId=name,
        )  # fmt: skip
        yield line(f"page-{number}", "page", name=name, properties={name: name}, anonymousId=name)
        yield line(f"group-{number}", "group", groupId=name, traits={name: name}, channel=name)
        yield line(f"alias-{number}", "alias", previousId=name, userId=name, userProperties={name: name})
        yield line(f"user-{number}", "identify", userId=name, traits={name: name})
        yield line(name, "screen", name=name)
    for word in SYSTEM:
        yield line(f"system-{word}", "track", "System columns", properties={word: word})
    yield line("system", "track", "System columns", properties=dict.fromkeys(SYSTEM, 1))


def _ids() -> Iterator[bytes]:
    """Ids of 5 kB, of the most that is kept, and one byte more; a text of 5 MB."""
    for number, size in enumerate((511, 512, 513, 5_000)):
        for text in ("i" * size, "é" * (size // 2), f"{number}'\"\\" + "%s{a}:b" * (size // 7)):
            yield line(text, "identify", userId=text, anonymousId=text, groupId=text, previousId=text)
            yield line(text, "group", groupId=text, userId=text)
            yield line(text, "alias", previousId=text, userId=text)
    yield line("big", "track", "Big", properties={"text": ("0123456789\\\"'\n,é" * 400_000)[:5_000_000]})


def _wide() -> Iterator[bytes]:
    """More columns than a table has, more values than a row holds, in blocks in any order, and long ones."""
    chosen = random.Random(7)
    for number in range(5):
        keys = {f"key {number} {each}": f"text of twenty {each:05}" for each in range(250)}
        yield line(f"wide-{number}", "track", "Wide", properties=keys)
    yield line("many", "track", "Many texts", properties={f"k{n}": f"text of twenty {n:05}" for n in range(400)})
    for kind, own in (("track", "properties"), ("group", "traits"), ("page", "properties")):
        blocks = {name: {f"{name} {n}": n for n in range(140)} for name in ("userProperties", own, "context")}
        backwards = dict(reversed(blocks.items()))
        yield line(f"blocks-{kind}", kind, "Wide blocks" if kind == "track" else None, **blocks)
        yield line(f"backwards-{kind}", kind, "Wide blocks" if kind == "track" else None, **backwards)
    for number in range(3):
        keys = {f"k{n}": "".join(chosen.choices("0123456789abcdef", k=400)) for n in range(600)}
        yield line(f"long-{number}", "page", properties=keys)


def _many_tables(most: int) -> Iterator[bytes]:
    for number in range(most + 1):
        yield line(
            f"table-{number}", "track", f"Table {number:03}", properties={"n": number, "name": f"table {number}"}
        )
