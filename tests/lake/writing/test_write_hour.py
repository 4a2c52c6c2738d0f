"""An hour of the lake is a pure function of its files, and its counts add up (contract §7, §8, §9)."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_assets.archive.source import ArchiveSource
from event_assets.events.schema import LAKE_SCHEMA, QUARANTINE_SCHEMA
from event_assets.lake.errors import IncompleteHour
from event_assets.lake.hour_note import HourNote
from event_assets.lake.parquet import Shape
from event_assets.lake.reading.read import count_rows, read_note, read_quarantine, scan_hour
from event_assets.lake.store import Lake
from event_assets.lake.writing.write_hour import write_hour
from tests.lake.build import HOUR, TINY, Files, ids, lake_at, line, manifest_of, normalized, stored, write

LARGE = Shape()
NAMES = ["Order Completed", "Cart Viewed", "Ünïcode", "A", None]


def make_files(seed: int, lines: int = 200) -> Files:
    """Some files with copies, other types, late and broken lines, from a seed."""
    chance = random.Random(seed)
    files: dict[str, list[bytes]] = {"a.gz": [], "b.gz": [], "c.gz": [], "empty.gz": []}
    for number in range(lines):
        changes: dict[str, object] = {
            "event": chance.choice(NAMES),
            "type": chance.choice(["track", "TRACK", "page", "identify"]),
            "receivedAt": chance.choice(["2026-01-31T07:00:01Z", "2026-01-31T07:59:59.5Z", "never", None]),
            "timestamp": f"2026-01-{chance.randint(28, 31)}T0{chance.randint(0, 7)}:00:00Z",
            "writeKey": chance.choice([None, "k"]),
            "properties": {"n": number, "t": "x" * chance.randint(0, 500)},
        }
        text = line(f"m{chance.randint(0, lines // 2)}", **changes)
        copies = [text] * chance.choice([1, 1, 1, 2])
        files[chance.choice(["a.gz", "b.gz", "c.gz"])] += chance.choice([copies, copies, copies, [b'{"broken"', b"[]"]])
    return files


def check_counts(lake: Lake, note: HourNote) -> None:
    """Assert the identities of contract §9, of the hour and of its files."""
    counts = note.counts
    assert counts.lines == counts.events + counts.quarantined
    assert counts.events == counts.distinct + counts.duplicates
    assert counts.duplicates == sum(note.duplicates_by_library.values())
    assert counts.quarantined == sum(note.quarantined_by_reason.values())
    assert counts.distinct == sum(note.events_by_name.values())
    assert count_rows(lake, note) == counts.distinct
    rows = scan_hour(lake, note).collect()
    assert rows.select(pl.struct("type", "id").n_unique()).item() == counts.distinct
    held = dict(rows["_file"].value_counts().iter_rows())
    for file in note.files:
        assert file.lines == file.events + file.quarantined
        assert file.events - file.duplicates == held.get(file.file, 0)


def expected_winners(files: Files) -> set[tuple[str, str, str, int]]:
    """(type, id, file, line) of the rows that stay, worked out without the lake."""
    best: dict[tuple[str, str], tuple[object, ...]] = {}
    for chunk in normalized(files):
        for row in chunk.events.iter_rows(named=True):
            received = row["received_at"].timestamp() if row["received_believed"] else float("-inf")
            rank = (received, row["_fingerprint"])
            best_so_far = best.get((row["type"], row["id"]))
            here = (row["_file"], row["_line"])
            if best_so_far is None or rank > best_so_far[0] or (rank == best_so_far[0] and here < best_so_far[1]):  # type: ignore[operator]
                best[row["type"], row["id"]] = (rank, here)
    return {(type_, id_, *here) for (type_, id_), (_, here) in best.items()}  # type: ignore[misc]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    at_once=st.integers(3, 250),
    run_bytes=st.sampled_from([1, 8_000, 60_000, 1 << 30]),
    range_bytes=st.sampled_from([64 * 200, 64 * 900, 1 << 30]),
    hashes_at_once=st.sampled_from([1, 7, 1 << 30]),
    shuffle=st.randoms(use_true_random=False),
)
def test_an_hour_is_the_same_bytes_however_it_is_cut_and_ordered(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    at_once: int,
    run_bytes: int,
    range_bytes: int,
    hashes_at_once: int,
    shuffle: random.Random,
) -> None:
    files = make_files(seed)
    plain, other = lake_at(tmp_path_factory.mktemp("plain")), lake_at(tmp_path_factory.mktemp("other"))
    shape = replace(TINY, run_bytes=run_bytes, range_bytes=range_bytes, hashes_at_once=hashes_at_once)
    order = shuffle.sample(sorted(files), len(files))
    one = write(plain, files, shape=replace(TINY, run_bytes=1 << 30, range_bytes=1 << 30, hashes_at_once=1 << 30))
    two = write(other, files, shape=shape, at_once=at_once, order=order)
    assert one == two
    assert stored(plain, one) == stored(other, two)
    check_counts(other, two)
    rows = scan_hour(other, two).select("type", "id", "_file", "_line").collect()
    assert set(rows.iter_rows()) == expected_winners(files)


def test_rows_are_sorted_over_the_files_and_keep_the_schema(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    note = write(lake, make_files(1), at_once=17)
    rows = scan_hour(lake, note).collect()
    assert rows.schema == LAKE_SCHEMA
    assert len(note.parquet) > 3
    assert rows.equals(rows.sort("type", "event", "timestamp", "id"))
    assert pl.concat([pl.read_parquet(lake.locate(path)) for path in note.parquet]).equals(rows)


def test_files_have_the_paths_of_the_contract_and_are_zstd_with_statistics(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    files = {"a.gz": [line("m1"), b"nonsense"]}
    note = write(lake, files)
    folder = f"archive_date=2026-01-31/archive_hour=07/{manifest_of(files).hash}-"
    assert note.parquet[0].startswith(f"default/events/{folder}")
    assert note.parquet[0].endswith("-0.parquet")
    assert note.quarantine[0].startswith(f"default/quarantine/{folder}")
    assert (tmp_path / "lake/default/hours/2026-01-31T07.json").is_file()
    footer = pq.read_metadata(lake.locate(note.parquet[0]))
    columns = {footer.row_group(0).column(n).path_in_schema: footer.row_group(0).column(n) for n in range(24)}
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert columns["event"].statistics.max == "Order Completed"
    assert footer.metadata is None


def test_every_value_comes_back_as_it_went_in(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    files = {"a.gz": [line("m1", properties={"n": 10**30, "t": "é\n\\"}, traits={"a": [1.50]}, userId="x" * 600)]}
    [chunk] = normalized(files)
    rows = scan_hour(lake, write(lake, files)).collect()
    assert rows.equals(chunk.events.select(LAKE_SCHEMA.names()))


def test_the_newest_copy_wins_and_an_unbelieved_one_is_least(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    files = {
        "a.gz": [line("m1", receivedAt="2026-01-31T07:10:00Z", event="new"), line("m2", receivedAt="2099-01-01")],
        "b.gz": [line("m1", receivedAt="2026-01-31T07:05:00Z", event="old"), line("m2", receivedAt="1999-01-01")],
    }
    rows = scan_hour(lake, write(lake, files)).collect()
    assert dict(rows.select("id", "_file").iter_rows()) == {"m1": "a.gz", "m2": "b.gz"}


def test_byte_equal_copies_leave_the_first_by_file_and_line(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    files = {"b.gz": [line("m1")], "a.gz": [line("m2"), line("m1"), line("m1")]}
    rows = scan_hour(lake, write(lake, files, order=["b.gz", "a.gz"], at_once=1)).filter(id="m1").collect()
    assert rows.select("_file", "_line").rows() == [("a.gz", 2)]


def test_one_id_under_two_types_is_two_events(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    note = write(lake, {"a.gz": [line("m1"), line("m1", type="page", event=None)]})
    assert (note.counts.distinct, note.counts.duplicates) == (2, 0)


def test_duplicates_are_counted_by_the_library_of_the_copy_that_lost(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    winner = line("m1", receivedAt="2026-01-31T07:30:00Z")
    contexts = [
        {"library": {"name": "ios", "version": "2.1"}},
        {"library": {"name": "ios", "version": 2}},
        {"library": {"version": None}},
        {"library": [1]},
        {"library": "js"},
        None,
    ]
    note = write(lake, {"a.gz": [*(line("m1", context=context) for context in contexts), winner]})
    assert note.duplicates_by_library == {"unknown": 4, "ios 2": 1, "ios 2.1": 1}
    assert sum(note.duplicates_by_library.values()) == note.counts.duplicates


def test_events_are_counted_by_name_with_other_types_in_brackets(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    lines = [line(f"a{n}", event="A") for n in range(3)] + [line(f"b{n}", event="B") for n in range(2)]
    others = [line("p1", type="page", event=None), line("p2", type="page", event="odd"), line("t", event=None)]
    note = write(lake, {"a.gz": lines + others}, at_once=1)
    assert list(note.events_by_name.items()) == [("A", 3), ("(page)", 2), ("B", 2), ("(track)", 1)]


def test_more_names_than_are_kept_leave_the_most_frequent(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    lines = [line(f"m{n}", event=f"name {n:05}") for n in range(1200)] + [line("again", event="name 01199")]
    note = write(lake, {"a.gz": lines}, shape=LARGE)
    assert len(note.events_by_name) == 1000
    assert next(iter(note.events_by_name.items())) == ("name 01199", 2)


def test_counts_of_late_corrected_and_sanitized_events_and_of_members(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    lines = [
        line("m1", timestamp="2026-01-31T06:59:59Z", writeKey="k"),
        line("m2", timestamp="2026-03-31T07:00:00Z", writeKey="k", rudderId="r"),
        line("m3", properties={"a": "\x00"}),
    ]
    note = write(lake, {"a.gz": lines})
    assert (note.counts.late, note.counts.clocks_corrected, note.counts.sanitized) == (1, 1, 1)
    assert note.members == {"writeKey": 2, "rudderId": 1}
    assert (note.counts.files, note.counts.bytes, note.counts.ignored_files) == (1, 10, 1)


def test_quarantined_lines_stand_beside_whole_and_in_order(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    huge = b'{"x": "' + b"\xff" * 5_000
    files = {"b.gz": [huge, line("m1")], "a.gz": [b"[]", b"{", b"1"]}
    note = write(lake, files, at_once=1, order=["b.gz", "a.gz"])
    lines = read_quarantine(lake, note, None)
    assert lines.schema == QUARANTINE_SCHEMA
    assert lines.select("file", "line").rows() == [("a.gz", 1), ("a.gz", 2), ("a.gz", 3), ("b.gz", 1)]
    assert lines["raw"].to_list() == [b"[]", b"{", b"1", huge]
    assert note.quarantined_by_reason == {"not_an_object": 2, "invalid_json": 1, "invalid_utf8": 1}


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_a_file_that_turns_out_bad_after_its_first_blocks_leaves_one_entry(tmp_path: Path, at_once: int) -> None:
    lake = lake_at(tmp_path)
    files = {
        "bad.gz": [line("m1", receivedAt="2026-01-31T07:30:00Z", writeKey="k"), b"{", line("m2"), line("m3")],
        "good.gz": [line("m1"), b"[", line("m4")],
    }
    note = write(lake, files, bad={"bad.gz": "wrong CRC"}, at_once=at_once)
    rows = scan_hour(lake, note).collect()
    assert ids(rows) == ["m1", "m4"]
    assert set(rows["_file"]) == {"good.gz"}
    entries = read_quarantine(lake, note, None).select("file", "line", "reason", "detail").rows()
    assert entries == [("bad.gz", None, "bad_file", "wrong CRC"), ("good.gz", 2, "invalid_json", entries[1][3])]
    assert (note.counts.lines, note.counts.events, note.counts.quarantined, note.counts.duplicates) == (3, 2, 1, 0)
    assert (note.counts.files, note.counts.bad_files, note.counts.bytes, note.members) == (2, 1, 20, {})
    assert [(file.bad, file.reason, file.lines) for file in note.files] == [(True, "wrong CRC", 0), (False, None, 3)]
    check_counts(lake, note)


def test_an_hour_without_events_is_an_hour(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    note = write(lake, {"a.gz": []})
    assert (note.parquet, note.quarantine, note.counts.files) == ((), (), 1)
    assert scan_hour(lake, note).collect().equals(pl.DataFrame(schema=LAKE_SCHEMA))
    assert read_note(lake, "default", HOUR) == note


def test_a_file_that_was_not_read_to_its_end_stops_the_hour(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    files = {"a.gz": [line("m1")], "b.gz": [line("m2")]}
    with pytest.raises(IncompleteHour, match=r"b\.gz"):
        write_hour(lake, ArchiveSource("archive"), manifest_of(files), normalized({"a.gz": files["a.gz"]}), shape=TINY)
    with pytest.raises(IncompleteHour, match=r"b\.gz"):
        write_hour(lake, ArchiveSource("archive"), manifest_of({"a.gz": []}), normalized(files), shape=TINY)
    assert read_note(lake, "default", HOUR) is None


def test_nothing_but_the_hour_is_left_behind(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    note = write(lake, make_files(3), at_once=5)
    left = {str(path.relative_to(tmp_path / "lake")) for path in (tmp_path / "lake").rglob("*") if path.is_file()}
    assert left == {*note.parquet, *note.quarantine, "default/hours/2026-01-31T07.json"}
