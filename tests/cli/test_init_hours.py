"""What `tideline init` accepts as the hour in a key, what it refuses, and the messages then."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.archive.trees import FIRST, event, write
from tests.cli.conftest import Tideline

OPERATOR_MISTAKE = 2
UNRECOGNIZED = 3


def write_days(folder: Path, key: str, *, days: int = 2, files: int = 6) -> None:
    """Files that are numbered by the day; each has the events of its part of the day."""
    for day in range(days):
        for n in range(files):
            at = FIRST.replace(hour=0) + timedelta(days=day, hours=n * 24 // files)
            lines = [event(f"{at}-{k}", at + timedelta(hours=k), 0) for k in range(24 // files)]
            write(folder / key.format(at=at, n=n), b"\n".join(lines))


@pytest.mark.parametrize(
    ("key", "layout"),
    [
        ("{at:%Y/%m/%d}/{n:02}.json", "{year}/{month}/{day}/*"),
        ("{at:%Y/%m/%d}/{at:%Y}-report-{n}.json", "{year}/{month}/{day}/*"),
        ("{at:%Y/%m}/{at:%Y-%m-%d}-events-v{n}.json", "*/*/{date}*"),
        ("part={n}/{at:%Y-%m-%d}.json", "*/{date}.*"),
    ],
)
def test_a_number_that_is_no_hour_leaves_the_layout_by_the_day(
    key: str, layout: str, tideline: Tideline, tmp_path: Path
) -> None:
    write_days(tmp_path / "archive", key)
    done = tideline("init", "archive", "--json")
    assert (done.code, done.document["layout"], done.document["verdict"]) == (0, layout, "found")
    assert f'layout = "{layout}"' in (tmp_path / "tideline.toml").read_text()
    assert tideline("load", "--json").document["totals"]["events"] == 48


def test_a_number_that_is_no_hour_is_refused_where_the_clocks_are_of_other_days(
    tideline: Tideline, tmp_path: Path
) -> None:
    for n in range(12):
        lines = [event(f"{n}-{k}", FIRST + timedelta(days=40 * k + n), 0) for k in range(4)]
        write(tmp_path / f"archive/{FIRST:%Y/%m/%d}/{n:02}.json", b"\n".join(lines))
    done = tideline("init", "archive")
    assert done.code == UNRECOGNIZED
    assert re.search(r"clocks of the events disagree.*--layout", done.err)
    assert done.err.count("\n") == 1
    assert not (tmp_path / "tideline.toml").exists()


def test_a_layout_that_clocks_deny_is_written_when_it_is_named(tideline: Tideline, tmp_path: Path) -> None:
    write_days(tmp_path / "archive", "{at:%Y/%m/%d}/{n:02}.json")
    done = tideline("init", "archive", "--layout", "{year}/{month}/{day}/{hour}.json")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"clocks +│ 100% within a day of the hour in the key, \d+% within an hour", done.out)
    assert "Check the layout" in (tmp_path / "tideline.toml").read_text()


def write_two_forms(folder: Path, first: int, second: int) -> None:
    """Files by the hour in one form of keys, and in another."""
    for form, hours in (("{at:%Y/%m/%d/%H}/a.json", first), ("dt={at:%Y-%m-%d}/hr={at:%H}/b.json", second)):
        for hour in range(hours):
            at = FIRST + timedelta(hours=hour)
            write(folder / form.format(at=at), event(f"{form}-{hour}", at, 0))


def test_two_forms_of_keys_become_a_list_of_layouts(tideline: Tideline, tmp_path: Path) -> None:
    write_two_forms(tmp_path / "archive", 4, 2)
    done = tideline("init", "archive")
    assert done.code == 0
    assert "time zone" not in done.out
    forms = 'layout = ["{year}/{month}/{day}/{hour}/*", "dt={date}/hr={hour}/*"]'
    assert forms in (tmp_path / "tideline.toml").read_text()
    assert tideline("load", "--json").document["totals"]["events"] == 6


def test_a_key_of_another_form_is_shown_where_nine_in_ten_fit(tideline: Tideline, tmp_path: Path) -> None:
    write_two_forms(tmp_path / "archive", 10, 1)
    done = tideline("init", "archive")
    assert done.code == 0
    assert re.search(r"not in this layout +│ 9\.1%: 1 file like dt=2026-01-30/hr=05/b\.json", done.out)


def test_two_forms_of_keys_are_named_with_their_shares_where_no_layout_is_named(
    tideline: Tideline, tmp_path: Path
) -> None:
    write_days(tmp_path / "archive", "{at:%Y/%m/%d/%H}/a.json", days=2)
    write_days(tmp_path / "archive", "dt={at:%Y-%m-%d}/hr={at:%H}/b.json", days=1)
    loaded = tideline("load", "--archive", "archive", "--lake", "lake", "--warehouse", "w.duckdb")
    assert loaded.code == OPERATOR_MISTAKE
    assert "33% like dt=2026-01-30/hr=00/b.json" in loaded.err


def test_local_time_in_keys_is_reported_and_every_row_loads(tideline: Tideline, tmp_path: Path) -> None:
    for hour in range(0, 40, 3):
        at = FIRST + timedelta(hours=hour)
        write(tmp_path / f"archive/{at + timedelta(hours=9):%Y/%m/%d/%H}/a.json", event(f"{hour}", at, 0))
    done = tideline("init", "archive")
    assert done.code == 0
    assert "Asia/Tokyo" in done.out
    assert '\ntime_zone = "Asia/Tokyo"\n' in (tmp_path / "tideline.toml").read_text()
    assert tideline("load", "--json").document["totals"]["events"] == 14


def test_the_folder_of_a_day_names_the_archive_above(tideline: Tideline, tmp_path: Path) -> None:
    write_days(tmp_path / "archive", "{at:%Y/%m/%d/%H}/a.json")
    done = tideline("init", "archive/2026/01/30")
    assert done.code == UNRECOGNIZED
    assert "Inspect the whole archive: tideline init archive." in done.err


def test_our_envelope_in_another_case_is_proposed_as_a_mapping(tideline: Tideline, tmp_path: Path) -> None:
    for hour in range(3):
        at = FIRST + timedelta(hours=hour)
        sent = [json.loads(event(f"{hour}-{n}", at, 0)) for n in range(10)]
        lines = [json.dumps({name.lower(): value for name, value in each.items()}) for each in sent]
        write(tmp_path / f"archive/{at:%Y/%m/%d/%H}/a.json", "\n".join(lines).encode())
    done = tideline("init", "archive")
    assert done.code == 0
    for words in ("under other names", "check [source.mapping]", "in 30 events", "As rows"):
        assert words in " ".join(done.out.replace("│", " ").split())
    document = (tmp_path / "tideline.toml").read_text()
    for line in ('message_id = "messageid"', 'type = "type"', 'received_at = "receivedat"'):
        assert f"\n{line}\n" in document
    loaded = tideline("load", "--json").document
    assert (loaded["totals"]["events"], loaded["totals"]["quarantined"]) == (30, 0)
    preview = tideline("init", "archive", "--json").document["preview"]
    assert (preview["events"], preview["rescued"], preview["empty"]["id"]) == (30, 0.0, 0.0)
