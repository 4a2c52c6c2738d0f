"""The list of erased persons, and what it leaves out of a chunk (contract §13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from event_assets.lake.erasure.keyed_hashes import ErasureKey
from event_assets.lake.erasure.leave_out import leave_out
from event_assets.lake.erasure.quarantined_ids import holds_erased
from event_assets.lake.erasure.suppression import (
    NOBODY,
    list_path,
    make_list,
    mark_done,
    mark_pending,
    pending_tokens,
    publish_list,
    read_suppression,
)
from event_assets.lake.errors import UnusableLake
from event_assets.lake.store import Lake
from tests.lake.build import lake_at, line, normalized

KEY = "a key of this test, long enough"


def erase(lake: Lake, *persons: str, events: tuple[str, ...] = ()) -> str:
    erased = make_list(ErasureKey(KEY), persons=persons, events=events)
    publish_list(lake, "default", erased)
    return erased.token


def test_a_source_without_erasures_needs_no_key_and_changes_no_chunk(tmp_path: Path) -> None:
    found = read_suppression(lake_at(tmp_path), "default", None)
    (chunk,) = normalized({"a.gz": [line("m1")]})
    assert (found, bool(found), leave_out(chunk, found) is chunk) == (NOBODY, False, True)


def test_lists_add_up_in_any_order_and_hold_no_id(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    tokens = {erase(lake, "u-1", "u-2"), erase(lake, "u-2", "u-1"), erase(lake, "u-3", events=("m9",))}
    found = read_suppression(lake, "default", KEY)
    assert (set(found.tokens), len(found.persons), len(found.events)) == (tokens, 3, 1)
    assert (found.persons_among(["u-4", "u-3"]), found.events_among(["m9", "u-3"])) == (["u-3"], ["m9"])
    assert "u-1" not in Path(lake.locate(list_path("default", found.tokens[0]))).read_text()


def test_an_erasure_is_pending_until_its_end_is_marked(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first, second = erase(lake, "u-1"), erase(lake, "u-2")
    mark_done(lake, "default", first)
    assert pending_tokens(lake, "default") == (second,)
    mark_pending(lake, "default", first)
    assert set(pending_tokens(lake, "default")) == {first, second}


@pytest.mark.parametrize(
    ("key", "words"),
    [(None, "is not set"), ("", "is not set"), ("too short", "too short"), ("x" * 40, "not the key that")],
)
def test_a_list_is_not_read_without_its_key(tmp_path: Path, key: str | None, words: str) -> None:
    lake = lake_at(tmp_path)
    erase(lake, "u-1")
    with pytest.raises(UnusableLake, match=words):
        read_suppression(lake, "default", key)


def test_a_damaged_list_stops_everything(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    path = Path(lake.locate(list_path("default", erase(lake, "only here"))))
    path.write_bytes(path.read_bytes().replace(b'"persons":["', b'"persons":["0'))
    damaged = path.rename(path.with_name(f"{'0' * 32}.json"))
    with pytest.raises(UnusableLake, match=f"{damaged.name} of erased persons is damaged"):
        read_suppression(lake, "default", KEY)


def test_events_leave_a_chunk_by_any_of_their_ids_and_are_counted_by_file(tmp_path: Path) -> None:
    lake, long = lake_at(tmp_path), "long " * 200
    erase(lake, "u-gone", "17", events=("m-gone",))
    files = {
        "a.gz": [line("m1", userId="u-gone"), line("m2", anonymousId="u-gone"), line("m3"), line("m4", userId=17)],
        "b.gz": [line("m5", type="alias", previousId="u-gone"), line("m-gone"), line("m6", groupId="u-gone")],
        "c.gz": [line("m7", userId=long), b'{"userId": "u-gone"', b'{"userId": "u-other"'],
    }
    (chunk,) = normalized(files)
    left = leave_out(chunk, read_suppression(lake, "default", KEY))
    assert left.events["id"].to_list() == ["m3", "m6", "m7"]
    assert left.quarantine["raw"].to_list() == [b'{"userId": "u-other"']
    assert left.erased == {"a.gz": 3, "b.gz": 2, "c.gz": 1}


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b'{"type": "x", "deep": [{"a": "Gone One"}]}', True),
        (b'{"type": "x", "n": 17}', True),
        (b'{"type": "x", "n": 170, "Gone One": 1}', False),
        (b'{"type": "track", "userId": "Gone One", ', True),
        (b'{"type": "track", "userId": "Gone One', True),
        (b'{"type": "track", "userId": "Gone \\u004fne", ', True),
        (b'{"type": "track", "userId": "Gone One more", ', False),
        (b"\xff\xfe user=gone-2;", True),
        (b"gone-2", True),
        (b"gone-23", False),
        (b'"\\ud800"', False),
        (b"[" * 100_000, False),
        (b"", False),
    ],
)
def test_a_quarantined_line_is_a_persons_if_it_holds_the_id(tmp_path: Path, raw: bytes, *, found: bool) -> None:
    lake = lake_at(tmp_path)
    erase(lake, "Gone One", "17", "gone-2")
    assert holds_erased(raw, read_suppression(lake, "default", KEY)) is found
