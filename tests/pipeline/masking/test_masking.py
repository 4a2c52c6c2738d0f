"""What is masked is nowhere in clear, and everything else is as it was (contract §13)."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from event_assets.cli.output.quarantine import print_groups, print_lines
from event_assets.discovery.survey import survey_source
from event_assets.events.masking.rules import MaskRule
from event_assets.pipeline.after_load import maintain
from event_assets.pipeline.audit.audit import audit
from event_assets.pipeline.audit.draw import Draw
from event_assets.pipeline.catalog import infer_catalog, retype
from event_assets.pipeline.erasure.forget import forget
from event_assets.pipeline.erasure.persons import link, persons_of
from event_assets.pipeline.load import Choice
from event_assets.pipeline.quarantine.lines import LineChoice, group_lines, read_lines
from event_assets.pipeline.quarantine.replay import replay
from event_assets.pipeline.rollups import recompute_sources
from loaders.rewrite.retype import Retype
from tests.conftest import on_both_in_time
from tests.drive import Place, load_pending, place
from tests.pipeline.erasure.people import find_bytes, settings_for
from tests.pipeline.masking.people import (
    KEY,
    RULES,
    SECRETS,
    as_masked,
    at_lake,
    line,
    with_rules,
    write_people,
)
from tests.postgres import Database
from tests.promises.archives import hour_number, write_file
from tests.promises.proof import prove, prove_sums


def load_all(where: Place, *, reload: bool = False) -> None:
    """Load what is pending, as the command does."""
    settings = settings_for(where)
    load_pending(settings, Choice(reload=reload))
    list(recompute_sources(settings))
    list(maintain(settings))


def leaks(where: Place, *, lake: bool) -> list[str]:
    """Where secrets are found: in the export and the warehouse, with `lake` in the lake, too."""
    folders = [where.folder / "export", where.warehouse, *([where.folder / "lake"] if lake else [])]
    return list(find_bytes(folders, SECRETS))


def prove_masked(where: Place, rules: Iterable[MaskRule], key: str = KEY, *, lake: bool) -> None:
    """The rows are those of the archive, masked; the sums hold, and nothing is in clear."""
    prove(where, as_masked(where, rules, key))
    prove_sums(settings_for(where), where.source)
    assert leaks(where, lake=lake) == []


def fresh_file(where: Place) -> None:
    """Write the DuckDB file anew: rows that were deleted from it leave no bytes in the copy."""
    copy = where.folder / "copy.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{where.warehouse}' AS old (READ_ONLY); ATTACH '{copy}' AS new")
        connection.execute("COPY FROM DATABASE old TO new")
    copy.replace(where.warehouse)


def others_of(where: Place) -> int:
    """How many hours were loaded by other settings."""
    return len(survey_source(settings_for(where), where.source).loaded_by_other_settings())


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, which tests may copy."""
    return write_people(tmp_path_factory.mktemp("archive") / "archive")


@pytest.fixture(scope="module")
def in_load(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The archive, masked by loads."""
    where = with_rules(place(archive, tmp_path_factory.mktemp("load")))
    load_all(where)
    return where


@pytest.fixture(scope="module")
def in_lake(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The archive, masked before the lake."""
    where = with_rules(place(archive, tmp_path_factory.mktemp("lake")), at_lake())
    load_all(where)
    return where


@pytest.fixture(scope="module")
def in_clear(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The archive, loaded without a rule."""
    where = place(archive, tmp_path_factory.mktemp("clear"))
    load_all(where)
    return where


def copy_of(where: Place, folder: Path) -> Place:
    """The archive, the lake and the warehouse, to be changed."""
    archive = folder / "archive"
    shutil.copytree(where.source.archive, archive)
    shutil.copytree(where.folder, folder / "place", ignore=shutil.ignore_patterns("archive"))
    return replace(where, source=replace(where.source, archive=str(archive)), folder=folder / "place")


def test_masked_values_are_nowhere_in_clear(in_load: Place, in_lake: Place) -> None:
    prove_masked(in_load, RULES, lake=False)
    prove_masked(in_lake, list(at_lake()), lake=True)
    assert list(find_bytes([in_load.folder / "lake"], SECRETS))  # the lake keeps what was sent


def test_hashes_join_tables_and_identity_is_that_of_the_clear_events(in_load: Place, in_clear: Place) -> None:
    with duckdb.connect(str(in_load.warehouse), read_only=True) as connection:
        connection.execute(f"ATTACH '{in_clear.warehouse}' AS clear (READ_ONLY)")
        joined = "SELECT count(*), count(DISTINCT u.id) FROM {0}.tracks t JOIN {0}.users u ON t.user_id = u.id"
        one, other = (connection.sql(joined.format(schema)).fetchall() for schema in ("events", "clear.events"))
        assert one == other != [(0, 0)]
        for table in ("tracks", "identifies", "pages", "aliases", "order_completed"):
            names = f"SELECT id, _fingerprint, _archive_hour, event_date FROM {{}}.{table} ORDER BY ALL"
            rows, clear = (connection.sql(names.format(schema)).fetchall() for schema in ("events", "clear.events"))
            assert rows == clear


def test_lines_that_cannot_be_read_are_shown_without_their_bytes(
    in_load: Place, in_lake: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    for where in (in_load, in_lake):
        settings = settings_for(where)
        print_lines(read_lines(settings, LineChoice()), as_json=True)
        print_groups(group_lines(settings, LineChoice()), limit=9, as_json=False)
        shown = capsys.readouterr().out
        assert [word for word in SECRETS if word in shown] == []
        assert shown.count('"line"') == 4
        assert "unknown_type" in shown


@pytest.mark.slow
@pytest.mark.parametrize("at", ["load", "lake"])
def test_new_rules_and_a_new_key_are_mended_by_a_reload(in_clear: Place, tmp_path: Path, at: str) -> None:
    where, rules = copy_of(in_clear, tmp_path), RULES if at == "load" else tuple(at_lake())
    assert others_of(where) == 0
    for key in (KEY, "another key, as long as the first one"):
        where = with_rules(where, rules, key)
        assert others_of(where) == 3
        load_all(where, reload=True)
        assert others_of(where) == 0
        fresh_file(where)
        prove(where, as_masked(where, rules, key))
        assert leaks(where, lake=False) == []
    without = with_rules(where, ())
    load_all(without, reload=True)
    prove(without, as_masked(without, ()))


@pytest.mark.slow
@pytest.mark.parametrize("at", ["load", "lake"])
def test_rows_of_files_that_left_the_archive_are_masked_once(in_clear: Place, tmp_path: Path, at: str) -> None:
    where, rules = copy_of(in_clear, tmp_path), RULES if at == "load" else tuple(at_lake())
    archive, away = Path(where.source.archive), tmp_path / "away"
    wanted = with_rules(where, rules)
    gone = sorted(archive.rglob("*.gz"))[1]
    kept = away / gone.relative_to(archive)
    kept.parent.mkdir(parents=True)
    shutil.copyfile(gone, kept)
    gone.unlink()
    for _ in range(2):
        load_all(wanted, reload=True)
    write_file(archive, hour_number(0), 7, [line("late-1", 0)])
    load_all(wanted)
    kept.replace(gone)
    fresh_file(wanted)
    prove(wanted, as_masked(wanted, rules))
    assert leaks(wanted, lake=False) == []


@pytest.mark.slow
@pytest.mark.parametrize("at", ["load", "lake"])
def test_late_files_copies_retypes_and_a_lost_warehouse(
    in_load: Place, in_lake: Place, tmp_path: Path, at: str
) -> None:
    rules = RULES if at == "load" else tuple(at_lake())
    where = copy_of(in_load if at == "load" else in_lake, tmp_path)
    archive, lake = Path(where.source.archive), at == "lake"
    lines = [line("a-6", 1, seconds=59), line("e-1", 1, context={"IP": "leak-x"})]
    late = write_file(archive, hour_number(1), 9, lines)
    load_all(where)
    prove_masked(where, rules, lake=lake)
    late.unlink()  # the copy that lost comes back from the lake
    settings = settings_for(where)
    load_pending(settings, Choice(accept_removals=True))
    list(maintain(settings))
    fresh_file(where)
    prove(where, as_masked(where, rules))
    wanted = Retype("order_completed", "price", "string", pin=False)
    retype(settings, where.source, wanted, dry_run=False, on_progress=lambda *_: None)
    prove(where, as_masked(where, rules))
    catalog = infer_catalog(settings, where.source, start=None, end=None, on_progress=lambda *_: None)
    assert "email" in catalog.table("order_completed")
    assert [hour.findings for hour in audit(settings, Draw(None, 0))] == [()] * 3
    where.warehouse.unlink()
    hidden = archive.rename(tmp_path / "hidden")
    archive.mkdir()
    load_all(where)
    archive.rmdir()
    hidden.rename(archive)
    prove(where, as_masked(where, rules))
    assert leaks(where, lake=False) == []


@pytest.mark.slow
@pytest.mark.parametrize("at", ["load", "lake"])
def test_a_person_with_a_masked_id_is_forgotten(in_load: Place, in_lake: Place, tmp_path: Path, at: str) -> None:
    where = copy_of(in_load if at == "load" else in_lake, tmp_path)
    settings = settings_for(where)
    persons = link(settings, persons_of(users=["leak-user-2"]))
    (done,) = forget(settings, persons)
    assert done.rows["tracks"]
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        assert connection.sql("SELECT id FROM events.tracks WHERE id LIKE '%-2'").fetchall() == []
        assert connection.sql("SELECT id FROM events.identifies").fetchall() == []
    write_file(Path(where.source.archive), hour_number(1), 8, [line("f-2", 1), line("f-3", 1, anonymousId="device-2")])
    load_all(where)
    load_all(where, reload=True)
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        ids = {id for (id,) in connection.sql("SELECT id FROM events.tracks").fetchall()}
    assert {"f-2", "f-3"} & ids == set()
    assert {"a-1", "a-4"} <= ids


@pytest.mark.slow
def test_ids_that_are_dropped_from_tables_are_found_in_the_lake(archive: Path, tmp_path: Path) -> None:
    shutil.copytree(archive, tmp_path / "archive")
    where = with_rules(place(tmp_path / "archive", tmp_path), [MaskRule("userId", "null")])
    load_all(where)
    forget(settings_for(where), persons_of(users=["leak-user-3"]))
    assert list(find_bytes([where.folder / "lake"], ["leak-user-3"])) == []


@pytest.mark.slow
@pytest.mark.parametrize("at", ["load", "lake"])
def test_a_replay_masks_what_it_reads(archive: Path, tmp_path: Path, at: str) -> None:
    rules = RULES if at == "load" else tuple(at_lake())
    shutil.copytree(archive, tmp_path / "archive")
    where = with_rules(place(tmp_path / "archive", tmp_path), rules)
    load_all(where)
    results = list(replay(settings_for(where), LineChoice()))
    assert [result.error for result in results if result.error] == []
    prove_masked(where, rules, lake=at == "lake")


@pytest.mark.slow
@on_both_in_time
def test_both_warehouses_in_another_order(archive: Path, tmp_path: Path, database: Database | None) -> None:
    where = with_rules(place(archive, tmp_path, database=database))
    settings = settings_for(where)
    for number in (2, 0, 1, 0):
        moment = hour_number(number)
        load_pending(settings, Choice(start=moment, end=moment, reload=True))
    prove(where, as_masked(where))
    assert list(find_bytes([where.warehouse], SECRETS)) == []
