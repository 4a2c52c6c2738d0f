"""The summary of an hour: what came, what was put right, what needs a person, short enough to be shown at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from event_assets.config.source import Source
from event_assets.defs.assets import SourceKeys
from event_assets.defs.summary import HourFacts, archive_address, hour_links, megabytes, number_table, summarize
from event_assets.lake.hour_note import Counts, FileNote, HourNote
from tests.defs.build import hour, settings_of, write_config

KEYS = SourceKeys.of("default", alone=True)
COUNTS = {"files": 2, "bytes": 2_314_122, "lines": 1200, "events": 1190, "inserted": 2380, "updated": 0, "deleted": 0}
NOTE = HourNote(
    "default", hour(0), "m", "c", (), (), (), Counts(), events_by_name={"Order Completed": 900, "Cart Viewed": 290}
)


def text(facts: HourFacts) -> str:
    return str(summarize(facts, KEYS).value)


def test_a_clean_hour_needs_nobody_and_names_no_zero() -> None:
    assert text(HourFacts(COUNTS, NOTE)) == (
        "**What came:** 2 files (2.3 MB) with 1,200 lines: 1,190 events, Order Completed 900, Cart Viewed 290.\n\n"
        "**Needs a person:** nothing."
    )


def test_an_hour_says_why_it_ran_what_was_put_right_and_what_to_look_at() -> None:
    counts = COUNTS | {"bad_files": 1, "quarantined": 10, "duplicates": 1, "late": 3}
    bad = FileNote("2026/part-1.gz", 10, "e", 0, bad=True, reason="truncated")
    odd = {"clocks_unread.sentAt": 4, "not_ids": 1}
    note = replace(NOTE, files=(bad,), quarantined_by_reason={"invalid_json": 10}, noticed=odd)
    shown = text(HourFacts(counts, note, "1 late file: a.gz", ["2026-01-29", "2026-01-30"], ["created a"]))
    assert shown.split("\n\n")[0] == "**Why:** 1 late file: a.gz."
    assert "1 bad file, left out whole: part-1.gz (truncated)" in shown
    assert "(/assets/lake?view=checks&checkDetail=no_bad_file)" in shown
    assert "10 lines are quarantined: 10 invalid\\_json ([quarantine rate](/assets/warehouse?view=checks&" in shown
    assert "4 clocks could not be read" in shown
    assert "1 event has a placeholder as id" in shown
    assert "2 days that had been reported changed: 2026-01-29, 2026-01-30" in shown
    assert "1 duplicate was left out; 3 late events had happened in earlier hours" in shown
    assert "1 change of tables and columns" in shown


def test_no_file_is_an_hour_in_which_nothing_came() -> None:
    assert text(HourFacts({"files": 0})).startswith("**What came:** no file.")


def test_a_summary_is_shown_at_once_however_much_there_is() -> None:
    hostile = "<script>|`*_[x](y)" * 40
    note = replace(
        NOTE,
        files=(FileNote(f"x/{hostile}", 1, "e", 0, bad=True, reason=hostile),),
        events_by_name={f"{number}{hostile}": number for number in range(9)},
        quarantined_by_reason={f"{number}{hostile}": number for number in range(9)},
        noticed={"clocks_unread.sentAt": 4, "not_ids": 1, "id_conflicts": 7},
    )
    counts = dict.fromkeys([*COUNTS, "bad_files", "quarantined", "duplicates", "late", "rescued", "sanitized"], 10**9)
    days = [f"2026-01-{day:02}" for day in range(1, 31)]
    links = [("files", "/assets/lake?view=partitions"), ("archive", f"https://example.org/{'a' * 160}")]
    shown = text(HourFacts(counts, note, hostile[:80], days, ["x"] * 99, links))
    assert len(shown) < 1000, "longer Markdown is behind a click"
    assert "<script" not in shown.replace("\\<script", "")
    assert "\\[x\\](y)" in shown, "no link of theirs"
    assert shown.endswith("**More:** [files](/assets/lake?view=partitions)."), "the longest link goes"
    clean = text(HourFacts(COUNTS, NOTE, links=links))
    assert clean.endswith(f"**More:** [files]({links[0][1]}), [archive]({links[1][1]}).")
    assert "**Needs a person:**" in shown


def test_an_hour_links_to_its_files_its_tables_its_checks_and_the_documentation(tmp_path: Path) -> None:
    settings = settings_of(write_config(tmp_path))
    source = settings.sources["default"]
    of = partial(hour_links, settings, source, KEYS, hour(0))
    assert of(NOTE, page=KEYS.warehouse) == of(None, page=KEYS.warehouse) == [
        ("files", "/assets/lake?view=partitions&partition=2026-01-31T07"),
        ("checks", "/assets/warehouse?view=checks"),
    ]  # fmt: skip
    assert of(NOTE, page=KEYS.lake) == [
        ("tables", "/assets/warehouse?view=partitions&partition=2026-01-31T07"),
        ("checks", "/assets/lake?view=checks"),
    ]
    documented = replace(settings, dagster=replace(settings.dagster, docs="https://docs.example/{page}.html"))
    for counts, page in ((Counts(), "dagster"), (Counts(quarantined=1), "quarantine"), (Counts(bad_files=1), "files")):
        links = hour_links(documented, source, KEYS, hour(0), replace(NOTE, counts=counts), page=KEYS.lake)
        assert links[-1] == ("docs", f"https://docs.example/{page}.html")


def test_the_keys_of_a_source_of_any_name_stay_one_link(tmp_path: Path) -> None:
    settings = settings_of(write_config(tmp_path))
    keys = SourceKeys.of("a) <b> [c", alone=False)
    (files, _) = hour_links(settings, settings.sources["default"], keys, hour(0), NOTE, page=keys.warehouse)
    assert files[1] == "/assets/a%29%20%3Cb%3E%20%5Bc/lake?view=partitions&partition=2026-01-31T07"


def test_the_archive_is_linked_where_it_is_on_the_web() -> None:
    file = '2026/<b>](javascript:alert(1)) "x".gz'
    quoted = "2026/%3Cb%3E%5D%28javascript%3Aalert%281%29%29%20%22x%22.gz"
    for archive, address in (
        ("https://me:secret@files.example:8443/of/shop/", f"https://files.example:8443/of/shop/{quoted}"),
        ("s3://bucket/of/shop", "https://console.aws.amazon.com/s3/buckets/bucket?prefix=of/shop/2026/"),
        ("gs://bucket", "https://console.cloud.google.com/storage/browser/bucket/2026"),
        ("/srv/archive", None),
        ("memory://archive", None),
        ("javascript:alert(1)", None),
        (f"https://files.example/{'long/' * 60}", None),
    ):
        assert archive_address(Source(archive), file) == address
    elsewhere = Source("s3://bucket", storage_options={"endpoint_url": "http://minio:9000"})
    assert archive_address(elsewhere, file) is None, "the bucket is not Amazon's"


def test_numbers_have_units() -> None:
    shown = str(number_table(HourFacts(COUNTS | {"quarantined": 12}, NOTE), 2.314122650999707).value)
    assert "| read | 2 files, 2.3 MB |" in shown
    assert "| quarantined | 12 lines (1.0%) |" in shown
    assert "| rows | 2,380 inserted |" in shown, "without what is zero"
    assert "| time | 2.3 s |" in shown
    assert [megabytes(size) for size in (0, 99_999, 100_000)] == ["0.0 kB", "100.0 kB", "0.1 MB"]
