"""Ids and fingerprints (contract §3)."""

from __future__ import annotations

import json

import pytest
import xxhash

from event_assets.events import FileEnd, normalize
from tests.events.build import HOUR, make_block, make_line, read_event, read_lines, splice_line

IDS = [
    ("messageId", "id"),
    ("anonymousId", "anonymous_id"),
    ("userId", "user_id"),
    ("groupId", "group_id"),
    ("previousId", "previous_id"),
]


@pytest.mark.parametrize(
    ("sent", "rescued"),
    [
        ("null", None),
        ('""', None),
        ('" "', " "),
        (r'"\u2003\u0085\t\n"', "\u2003\u0085\t\n"),
        (json.dumps(" " * 600), " " * 600),
    ],
)
def test_an_event_without_an_id_gets_the_hash_of_its_bytes(sent: str, rescued: str | None) -> None:
    line = splice_line("messageId", sent)
    row = read_event(line)
    assert row["id"] == "auto-" + xxhash.xxh3_128(line).hexdigest()
    assert row["rescued"] == (
        json.dumps({"messageId": rescued}, ensure_ascii=False, separators=(",", ":")) if rescued else None
    )


@pytest.mark.parametrize("sent", ["\u200b", "\ufeff", "\u180e", "0", " x ", "\x1c"])
def test_what_is_not_white_space_is_an_id(sent: str) -> None:
    assert read_event(make_line(messageId=sent))["id"] == sent


def test_the_fingerprint_is_the_signed_hash_of_the_bytes_as_they_came() -> None:
    for n in range(20):
        line = make_line(messageId=f"m-{n}\0")
        fingerprint = read_event(line)["_fingerprint"]
        assert fingerprint == int.from_bytes(xxhash.xxh3_64(line).digest(), "big", signed=True)


@pytest.mark.parametrize(("member", "column"), IDS)
@pytest.mark.parametrize("text", ["x" * 513, "é" * 257, "\n" * 511 + '"é'])
def test_an_id_over_512_bytes_becomes_its_hash_and_is_rescued(member: str, column: str, text: str) -> None:
    row = read_event(make_line(**{member: text}))
    assert row[column] == "hash-" + xxhash.xxh3_128(text.encode()).hexdigest()
    assert json.loads(row["rescued"]) == {member: text}


@pytest.mark.parametrize(("member", "column"), IDS)
@pytest.mark.parametrize("text", ["x" * 512, "é" * 256])
def test_an_id_of_512_bytes_is_kept(member: str, column: str, text: str) -> None:
    row = read_event(make_line(**{member: text}))
    assert (row[column], row["rescued"]) == (text, None)


def test_other_texts_may_be_of_any_length() -> None:
    assert read_event(make_line(event="x" * 5_000))["event"] == "x" * 5_000


NIL = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("sent", ["undefined", "NULL", "None", "NaN", "[object Object]", NIL, " undefined\t"])
def test_a_placeholder_is_no_id(sent: str) -> None:
    lines = [make_line(messageId=sent, properties={"n": n}) for n in range(3)]
    found = read_lines(*lines)
    assert found.events["id"].to_list() == ["auto-" + xxhash.xxh3_128(line).hexdigest() for line in lines]
    assert json.loads(found.events["rescued"][0]) == {"messageId": sent}
    assert found.noticed == {"a.jsonl": {"not_ids": 3, f"not_ids.{sent.strip().lower()}": 3}}


@pytest.mark.parametrize("sent", ["undefined-1", "nul", "0", NIL.replace("-", "")])
def test_what_only_resembles_a_placeholder_is_an_id(sent: str) -> None:
    assert read_event(make_line(messageId=sent))["id"] == sent


def test_a_source_names_what_is_no_id() -> None:
    block = make_block([make_line(messageId="Test"), make_line(messageId="undefined")])
    found = normalize([block, FileEnd("a.jsonl", 1, 2, None)], hour=HOUR, not_ids=("test",))
    assert found.events["id"].to_list()[0].startswith("auto-")
    assert found.events["id"].to_list()[1] == "undefined"


@pytest.mark.parametrize(("member", "column"), IDS)
def test_a_number_over_512_bytes_is_rescued_as_the_number_it_was(member: str, column: str) -> None:
    digits = "7" * 600
    row = read_event(splice_line(member, digits))
    assert row[column] == "hash-" + xxhash.xxh3_128(digits.encode()).hexdigest()
    assert row["rescued"] == f'{{"{member}":{digits}}}'
