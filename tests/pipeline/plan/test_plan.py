"""A plan says which hours a load takes and why, what it will bring, and changes nothing."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from event_assets.config.settings import Settings
from event_assets.demo.generate import generate
from event_assets.pipeline.load import Choice, load_plans, plan_hours
from event_assets.pipeline.plan.estimates import Estimate
from event_assets.pipeline.plan.plan import NO_HISTORY, WAREHOUSE_HELD, PlannedHour, SourceWork, plan_work
from tests.defs.build import held_elsewhere, hour, settings_of, track, write_config, write_file, write_hours

ALL = Choice()


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def load(settings: Settings, choice: Choice = ALL) -> dict[str, int]:
    """Load what is planned; the sums of its counts."""
    outcomes = list(load_plans(settings, plan_hours(settings, choice), choice, lambda *_: None))
    assert {outcome.state for outcome in outcomes} <= {"loaded"}
    return {name: sum(outcome.counts[name] for outcome in outcomes) for name in ("events", "bytes", "files")}


def only(works: list[SourceWork]) -> SourceWork:
    (work,) = works
    return work


def whys(work: SourceWork) -> dict[int, str]:
    return {(planned.archive_hour - hour(0)).seconds // 3600: planned.why for planned in work.hours}


def lies_in(amount: float, estimate: Estimate | None) -> bool:
    return estimate is not None and estimate.low <= amount <= estimate.high


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A dirty demo archive of a day, of which nothing is loaded."""
    folder = tmp_path_factory.mktemp("demo")
    generate(folder / "archive", events=8_000, days=1, seed=5)
    return settings_of(write_config(folder))


@pytest.mark.slow
def test_what_comes_lies_in_the_range_of_the_plan(demo: Settings) -> None:
    folder = Path(demo.lake.url).parent
    first = only(plan_work(demo, ALL))
    assert (first.events_by, len(first.sampled_files), len(first.hours)) == ("5 sampled files", 5, 24)
    assert first.unknown == {"seconds": NO_HISTORY, "lake_bytes": NO_HISTORY, "warehouse_bytes": NO_HISTORY}
    middle = first.hours[11].archive_hour
    load(demo, Choice(end=middle))
    before = contents(folder)
    second = only(plan_work(demo, ALL))
    assert contents(folder) == before
    assert [planned.why for planned in second.hours] == ["never loaded"] * 12
    assert (second.events_by, second.sampled_files) == ("12 loaded hours", ())
    lake, warehouse = folder / "lake", folder / "warehouse.duckdb"
    sizes = sum(path.stat().st_size for path in lake.rglob("*") if path.is_file()), warehouse.stat().st_size
    came = load(demo)
    assert came["bytes"] == sum(planned.bytes for planned in second.hours)
    assert came["files"] == sum(planned.files for planned in second.hours)
    assert lies_in(came["events"], second.events)
    assert lies_in(sum(path.stat().st_size for path in lake.rglob("*") if path.is_file()) - sizes[0], second.lake_bytes)
    assert lies_in(warehouse.stat().st_size - sizes[1], second.warehouse_bytes)
    assert second.seconds is not None
    assert 0 < second.seconds.low <= second.seconds.expected <= second.seconds.high
    assert second.memory_bytes == demo.memory.total_bytes
    assert second.billed_bytes is None
    assert only(plan_work(demo, ALL)).hours == ()


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five loaded hours; then files came late, were rewritten, and vanished."""
    folder = tmp_path_factory.mktemp("changes")
    write_hours(folder / "archive", range(5), events=20)
    config = write_config(folder)
    load(settings_of(config))
    write_file(folder / "archive", hour(0), [track("late", at=hour(0))], part=7)
    write_file(folder / "archive", hour(1), [track(f"again-{n}", at=hour(1)) for n in range(40)])
    write_file(folder / "archive", hour(1), [track("second", at=hour(1))], part=7)
    write_file(folder / "archive", hour(2), [track("x", at=hour(2))], part=7).write_bytes(b"")
    next((folder / "archive").rglob(f"*{int(hour(3).timestamp())}*")).unlink()
    return config


def test_every_hour_has_its_reason_and_only_new_files_make_it_grow(config: Path) -> None:
    work = only(plan_work(settings_of(config), ALL))
    assert whys(work) == {0: "1 late file", 1: "1 late file, 1 rewritten file", 2: "1 late file"}
    late, rewritten, empty = work.hours
    assert late.named_files[0].endswith("0007.json.gz")
    assert (late.files, late.new_files, late.new_bytes < late.bytes) == (2, 1, True)
    assert late.events is not None
    assert late.events.expected > 21
    assert rewritten.new_bytes == rewritten.bytes
    assert rewritten.events is not None
    assert 20 < rewritten.events.low < rewritten.events.expected < rewritten.events.high
    assert (empty.new_bytes, empty.events) == (0, Estimate(21, 21, 21))


def test_a_reload_tells_hours_of_other_settings_from_those_that_are_only_repeated(config: Path) -> None:
    settings = settings_of(config)
    choice = Choice(start=hour(4), end=hour(4), reload=True)
    again = only(plan_work(settings, choice))
    assert (whys(again), again.lake_bytes) == ({4: "reload"}, Estimate(0, 0, 0))
    assert again.events == Estimate(21, 21, 21)
    assert again.seconds is not None
    source = replace(settings.sources["default"], not_users=("u1",))
    changed = replace(settings, sources={"default": source})
    assert whys(only(plan_work(changed, choice))) == {4: "other settings"}
    assert len(only(plan_work(changed, Choice(start=hour(4)))).other_settings) == 1
    removed = only(plan_work(settings, Choice(start=hour(3), end=hour(3), accept_removals=True)))
    assert whys(removed) == {3: "files removed"}


def test_while_a_load_holds_the_warehouse_the_lake_tells_what_is_loaded(config: Path) -> None:
    settings, folder = settings_of(config), config.parent
    expected = only(plan_work(settings, ALL))
    with held_elsewhere(folder / "warehouse.duckdb"):
        before = contents(folder / "lake") | contents(folder / "archive")
        held = only(plan_work(settings, ALL, wait=0.1))
        assert contents(folder / "lake") | contents(folder / "archive") == before
    assert held.notes == (WAREHOUSE_HELD,)

    def without_events(hours: tuple[PlannedHour, ...]) -> list[PlannedHour]:
        return [replace(planned, events=None) for planned in hours]

    assert without_events(held.hours) == without_events(expected.hours)
    assert held.events == expected.events
    assert held.unknown == {"seconds": WAREHOUSE_HELD, "warehouse_bytes": WAREHOUSE_HELD}


def test_nothing_is_made_up_or_written_where_nothing_is_known(tmp_path: Path) -> None:
    """A file of noise is bad; one of several MiB is not read at all."""
    archive, config = tmp_path / "archive", write_config(tmp_path)
    path = write_file(archive, hour(0), [track("a", at=hour(0))])
    path.write_bytes(gzip.compress(os.urandom(9 << 20), 1))
    work = only(plan_work(settings_of(config), ALL))
    assert (work.events, work.scratch_bytes, work.sampled_files, work.events_by) == (None, None, (), "")
    assert work.unknown.keys() == {"events", "seconds", "lake_bytes", "warehouse_bytes", "scratch_bytes"}
    assert work.unknown["events"].startswith(NO_HISTORY)
    assert {found.name for found in tmp_path.iterdir()} == {"archive", "tideline.toml"}


def test_a_source_whose_archive_cannot_be_listed_costs_no_other(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", range(1))
    settings = settings_of(write_config(tmp_path))
    good = settings.sources["default"]
    bad = replace(good, name="bad", archive=str(tmp_path / "nowhere"), schema="bad")
    works = plan_work(replace(settings, sources={"bad": bad, "default": good}), ALL)
    assert [(work.source, bool(work.error), len(work.hours)) for work in works] == [
        ("bad", True, 0),
        ("default", False, 1),
    ]
