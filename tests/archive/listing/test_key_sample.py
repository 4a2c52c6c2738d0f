"""Samples of keys stand for the whole listing, and the forms of keys have their shares."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.bounded_listing import Lister
from event_assets.archive.listing.key_forms import count_forms, describe_forms, find_shape
from event_assets.archive.listing.key_sample import KeySample, sample_keys
from event_assets.archive.listing.layouts import recognise_layout
from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.source import ArchiveSource
from event_assets.archive.storage.filesystem import open_storage
from tests.archive.trees import write


def days(first: int, last: int) -> list[date]:
    return [date(2026, 1, 1) + timedelta(days=n) for n in range(first, last)]


def write_two_forms(folder: Path, old: int, new: int) -> None:
    """Days in one form, then days in another, as an archive whose `path.format` was changed."""
    for day in days(0, old):
        write(folder / f"{day:%Y/%m/%d}/07/a.gz", b"")
    for day in days(old, old + new):
        write(folder / f"dt={day}/hr=07/a.gz", b"")


def sample(folder: Path, requests: int) -> tuple[KeySample, int]:
    lister = Lister(open_storage(ArchiveSource(str(folder))))
    return sample_keys(lister, requests), lister.spent


def test_every_key_is_sampled_where_the_requests_suffice(tmp_path: Path) -> None:
    write_two_forms(tmp_path, 20, 5)
    found, _ = sample(tmp_path, 500)
    assert found.whole
    assert len(found.keys) == 25
    assert set(found.keys.values()) == {1.0}


@pytest.mark.parametrize("requests", [40, 80])
def test_a_part_of_the_folders_stands_for_all_of_them(requests: int, tmp_path: Path) -> None:
    write_two_forms(tmp_path, 180, 20)
    found, spent = sample(tmp_path, requests)
    assert not found.whole
    assert spent < requests + 20
    shares = {form.shape: form.share for form in count_forms(found.keys)}
    assert shares == pytest.approx({"#/#/#/#/*": 0.9, "dt=#-#-#/hr=#/*": 0.1}, abs=0.05)
    assert sum(found.keys.values()) == pytest.approx(200, rel=0.35)


def test_files_of_a_large_folder_stand_for_all_of_them(tmp_path: Path) -> None:
    for n in range(2_500):
        write(tmp_path / f"2026-01-31-{n % 24}/{n}.gz", b"")
    for n in range(100):
        write(tmp_path / f"other/{n}.gz", b"")
    found, _ = sample(tmp_path, 100)
    assert sum(found.keys.values()) == pytest.approx(2_600)
    assert sum(weight for key, weight in found.keys.items() if key.startswith("other/")) == pytest.approx(100)


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        ("2026/01/31/07/a.gz", "#/#/#/#/*"),
        ("dt=2026-01-31/hr=07/part-00000-6f1c.gz", "dt=#-#-#/hr=#/*"),
        ("web/2026-01-31T07/x", "*/#-#-#T#/*"),
        ("logs/2026-01-31-07.json.gz", "*/*#*"),
        ("logs/ev-1769842800.json", "*/*#*"),
        ("6f1c8a90/x.json", "*/*"),
    ],
)
def test_a_shape_keeps_the_times_and_the_names_of_folders(key: str, shape: str) -> None:
    assert find_shape(key) == shape


def test_forms_are_described_by_share_and_example() -> None:
    forms = count_forms({"2026/01/31/07/a.gz": 3.0, "dt=2026-01-31/hr=07/a.gz": 1.0})
    assert describe_forms(forms) == "75% like 2026/01/31/07/a.gz; 25% like dt=2026-01-31/hr=07/a.gz"


def test_auto_refuses_an_archive_of_two_forms_and_names_both(tmp_path: Path) -> None:
    write_two_forms(tmp_path, 7, 6)
    with pytest.raises(ArchiveError) as raised:
        list_hours(ArchiveSource(str(tmp_path)))
    for words in ("fits only 54%", "54% like 2026/01/01/07/a.gz", "46% like dt=2026-01-08/hr=07/a.gz"):
        assert words in str(raised.value)


def test_auto_takes_a_form_that_nine_in_ten_have_and_counts_the_others(tmp_path: Path) -> None:
    write_two_forms(tmp_path, 60, 6)
    listing = list_hours(ArchiveSource(str(tmp_path)))
    assert (listing.layout.name, len(listing.hours), listing.ignored) == ("{year}/{month}/{day}/{hour}/*", 60, 6)


def test_keys_without_a_digit_and_what_a_producer_puts_apart_do_not_count() -> None:
    keys = ["2021-07-21-6.json.gz", "README.md", "notes/todo.txt", "stream-failed/2021/07/21/06/x-1"]
    assert recognise_layout(keys, archive="here").name == "gharchive"
    with pytest.raises(ArchiveError, match="gharchive fits only 50% of the files"):
        recognise_layout(["2021-07-21-6.json.gz", "dump-7.sql"], archive="here")
