"""What is pending: files of the archive minus files of the ledger, in as few runs as the gaps allow."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.discovery.pending import ONE_HOUR, LoadedHour, compare_hours, describe_changes, group_contiguous
from tests.defs.build import hour


def manifest(number: int, *keys: str) -> Manifest:
    return Manifest("s", hour(number), tuple(ArchiveFile(key, 1, "e") for key in keys))


def loaded(number: int, *keys: str) -> LoadedHour:
    listed = manifest(number, *keys)
    return LoadedHour(hour(number), f"load{number}", listed.hash, listed.files, {}, hour(number))


def listed(*manifests: Manifest) -> dict:  # type: ignore[type-arg]
    return {each.archive_hour: each for each in manifests}


def known(*loads: LoadedHour) -> dict:  # type: ignore[type-arg]
    return {each.archive_hour: each for each in loads}


def test_an_hour_is_pending_until_its_very_files_are_loaded() -> None:
    states = compare_hours(
        "s",
        listed(manifest(0, "a"), manifest(1, "b", "late"), manifest(2, "c")),
        known(loaded(0, "a"), loaded(1, "b")),
    )
    assert [state.pending for state in states] == [False, True, True]
    assert [state.changed_files for state in states] == [(), ("late",), ()]


def test_a_rewritten_file_makes_its_hour_pending() -> None:
    rewritten = Manifest("s", hour(0), (ArchiveFile("a", 2, "f"),))
    (state,) = compare_hours("s", listed(rewritten), known(loaded(0, "a")))
    assert (state.pending, state.changed_files, state.vanished_files) == (True, ("a",), ())


def test_a_vanished_file_is_named_and_leaves_nothing_pending() -> None:
    states = compare_hours("s", listed(manifest(0, "a")), known(loaded(0, "a", "b"), loaded(1, "c")))
    assert [(state.pending, state.vanished_files) for state in states] == [(False, ("b",)), (False, ("c",))]


def test_with_removals_accepted_the_hours_of_vanished_files_are_pending() -> None:
    loads = known(loaded(0, "a", "b"), loaded(1, "c"), loaded(2, "d"))
    states = compare_hours("s", listed(manifest(0, "a"), manifest(2, "d")), loads, accept_removals=True)
    assert [state.pending for state in states] == [True, True, False]
    assert [len(state.manifest.files) for state in states] == [1, 0, 1]


def groups_of(numbers: Iterable[int], at_most: int = 240) -> list[list[int]]:
    hours = (hour(number) for number in numbers)
    return [[int((each - hour(0)) / ONE_HOUR) for each in group] for group in group_contiguous(hours, at_most=at_most)]


@pytest.mark.parametrize(
    ("numbers", "groups"),
    [
        ([], []),
        ([5], [[5]]),
        ([1, 2, 3, 5], [[1, 2, 3], [5]]),
        ([9, 8, 10], [[8, 9, 10]]),
        ([1, 3, 5], [[1], [3], [5]]),
    ],
)
def test_contiguous_hours_are_one_run(numbers: list[int], groups: list[list[int]]) -> None:
    assert groups_of(numbers) == groups


@given(st.sets(st.integers(0, 60)), st.integers(1, 9))
def test_groups_hold_every_hour_once_without_gaps_and_are_as_few_as_can_be(numbers: set[int], at_most: int) -> None:
    groups = groups_of(numbers, at_most)
    assert [number for group in groups for number in group] == sorted(numbers)
    assert all(group == list(range(group[0], group[-1] + 1)) and len(group) <= at_most for group in groups)
    whole = groups_of(numbers)
    assert len(groups) == sum(-(-len(group) // at_most) for group in whole)
    assert all(after[0] - before[-1] > 1 for before, after in itertools.pairwise(whole))


def test_the_words_for_why_an_hour_is_pending() -> None:
    rewritten = Manifest("s", hour(2), (ArchiveFile("a", 2, "f"), ArchiveFile("b", 1, "e"), ArchiveFile("c", 1, "e")))
    archive = listed(manifest(0, "a"), manifest(1, "a", "b"), rewritten, manifest(3), manifest(4, "a"))
    loads = known(loaded(1, "a"), loaded(2, "a"), loaded(3, "a"), loaded(4, "a"))
    states = compare_hours("s", archive, loads, accept_removals=True)
    words = ["never loaded", "1 late file", "2 late files, 1 rewritten file", "files removed", ""]
    assert [state.why for state in states] == words
    assert describe_changes(states[1:]) == "3 late files, 1 rewritten file"
    assert states[2].rewritten_files == ("a",)
