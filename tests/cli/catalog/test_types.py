"""`tideline catalog` and `tideline retype` as a user runs them: files, exit codes, and tables that are right after."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from event_assets.config.settings import Flags, load_settings
from event_assets.health.reconciliation import IDENTITIES, find_differences
from tests.cli.test_app import document, places, tideline
from tests.defs.build import hour, track, write_file, write_hours
from tests.independent.verify import verify
from tests.promises.archives import rudderstack_files
from tests.promises.compare import differences
from tests.promises.proof import read_again

PRICES = [[1, 2, 3, "free"], [0.5, "1,20", True, 4], [9, 10, 2**60, "free"]]


def write_prices(archive: Path) -> None:
    """Three hours of orders whose prices disagree, 20 plain ones among them."""
    for number, prices in enumerate(PRICES):
        plain = [track(f"p{number}-{n}", at=hour(number), price=n) for n in range(20)]
        odd = [track(f"o{number}-{n}", at=hour(number), price=price) for n, price in enumerate(prices)]
        write_file(archive, hour(number), [*plain, *odd])


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    """A folder with the archive of prices, loaded."""
    write_prices(tmp_path / "archive")
    document(tideline("load", *places(tmp_path), "--json", cwd=tmp_path))
    return tmp_path


def price_type(folder: Path, file: str = "w.duckdb") -> tuple[str, str, bool]:
    with duckdb.connect(str(folder / file), read_only=True) as connection:
        row = connection.sql(
            "SELECT c.type, i.data_type, c.pinned FROM tideline.columns AS c JOIN information_schema.columns AS i"
            " USING (table_name, column_name) WHERE table_name = 'order_completed' AND column_name = 'price'"
        ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def other(folder: Path, file: str) -> list[str | Path]:
    """The same archive and another warehouse."""
    return ["--archive", folder / "archive", "--lake", folder / "lake", "--warehouse", folder / file]


@pytest.mark.slow
def test_a_catalog_goes_out_is_changed_and_comes_back(loaded: Path) -> None:
    assert tideline("catalog", "export", "types.toml", *places(loaded), cwd=loaded).stdout == ""
    text = (loaded / "types.toml").read_text()
    assert "\n[order_completed]\n" in text
    assert '\nprice = { type = "float", path = "properties.price" }\n' in text
    assert tideline("catalog", "export", *places(loaded), cwd=loaded).stdout == text
    counted = tideline("catalog", "export", "--counts", *places(loaded), cwd=loaded).stdout
    assert "counts = { booleans = 1, ints = 67" in counted
    shown = document(tideline("catalog", "import", "types.toml", "--dry-run", "--json", *places(loaded), cwd=loaded))
    assert (shown["dry_run"], {change["pinned"] for change in shown["changes"]}) == (True, {True})
    assert price_type(loaded)[2] is False
    done = tideline("catalog", "import", "types.toml", *places(loaded), cwd=loaded)
    assert (done.returncode, "pinned order_completed.price float" in done.stdout) == (0, True)
    assert price_type(loaded)[2] is True
    again = tideline("catalog", "import", "types.toml", *places(loaded), cwd=loaded)
    assert (again.returncode, again.stdout) == (0, "The catalog has these types already.\n")


@pytest.mark.slow
def test_retype_gives_the_tables_of_a_fresh_load_with_the_pin_and_every_check_holds(loaded: Path) -> None:
    for to in ("string", "int"):
        done = document(tideline("retype", "order_completed", "price", to, "--json", *places(loaded), cwd=loaded))
        assert (done["type"], done["rows"], done["dry_run"]) == (to, 72, False)
        (loaded / "pin.toml").write_text(f'[order_completed]\nprice = "{to}"\n')
        fresh = f"fresh-{done['load_id']}.duckdb"
        assert tideline("catalog", "import", "pin.toml", *other(loaded, fresh), cwd=loaded).returncode == 0
        document(tideline("load", *other(loaded, fresh), "--json", cwd=loaded))
        assert differences(loaded / "w.duckdb", loaded / fresh) == []
    assert verify(read_again(rudderstack_files(loaded / "archive")), loaded / "w.duckdb") == []
    settings = load_settings(
        {}, Flags(*map(str, [loaded / "archive", "rudderstack", loaded / "lake", loaded / "w.duckdb"]))
    )
    found = find_differences(settings, settings.sources["default"], IDENTITIES, None)
    assert {name: list(map(str, wrong)) for name, wrong in found.items() if wrong} == {}
    again = document(tideline("load", *places(loaded), "--json", cwd=loaded))
    assert again["hours"] == []


def test_retype_prints_what_it_did_and_that_floats_widen_an_int(loaded: Path) -> None:
    before = (loaded / "w.duckdb").read_bytes()
    shown = tideline("retype", "order_completed", "price", "int", "--dry-run", *places(loaded), cwd=loaded)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert (loaded / "w.duckdb").read_bytes() == before
    assert shown.stdout.splitlines() == [
        "order_completed.price: float -> int",
        "72 rows of 3 archive hours would be rebuilt",
        "5 values rescued before, 5 after",
        "The next float widens the column to float; --pin prevents that.",
    ]
    done = tideline("retype", "order_completed", "price", "int", "--pin", *places(loaded), cwd=loaded)
    assert "order_completed.price: float -> int pinned" in done.stdout
    assert price_type(loaded) == ("int", "BIGINT", True)


@pytest.mark.slow
def test_inferred_and_pinned_types_are_the_same_in_any_order_of_loads(tmp_path: Path) -> None:
    write_prices(tmp_path / "archive")
    hours = ["2026-01-31T07", "2026-01-31T08", "2026-01-31T09"]
    for number, order in enumerate([hours, hours[::-1]]):
        where = other(tmp_path, f"{number}.duckdb")
        span = ["--from", hours[0], "--to", hours[-1]]
        done = document(tideline("catalog", "infer", *span, "--apply", "--pin", "--json", *where, cwd=tmp_path))
        price = next(
            change for change in done["changes"] if (change["table"], change["column"]) == ("order_completed", "price")
        )
        assert (price["type"], price["pinned"]) == ("string", True)
        for text in order:
            document(tideline("load", "--from", text, "--to", text, "--json", *where, cwd=tmp_path))
    assert differences(tmp_path / "0.duckdb", tmp_path / "1.duckdb") == []


@pytest.mark.slow
def test_infer_writes_a_file_for_import_and_loads_nothing(tmp_path: Path) -> None:
    write_prices(tmp_path / "archive")
    shown = tideline("catalog", "infer", "--to", "2026-01-31T07", "--counts", *places(tmp_path), cwd=tmp_path)
    assert "counts = { booleans = 0, ints = 23, floats = 0, strings = 1, datetimes = 0 }" in shown.stdout
    assert not (tmp_path / "w.duckdb").exists()
    assert [path.stem for path in (tmp_path / "lake/default/hours").iterdir()] == ["2026-01-31T07"]
    tideline("catalog", "infer", "types.toml", "--from", "2026-01-31T09", *places(tmp_path), cwd=tmp_path)
    done = tideline("catalog", "import", "types.toml", "--no-pin", *places(tmp_path), cwd=tmp_path)
    assert "new order_completed.price int\n" in done.stdout
    shutil.rmtree(tmp_path / "archive")
    (tmp_path / "archive").mkdir()
    write_hours(tmp_path / "archive", [30])
    again = tideline(
        "catalog", "infer", "--from", "2026-01-31T07", "--to", "2026-01-31T09", *places(tmp_path), cwd=tmp_path
    )
    assert 'price = { type = "int", path = "properties.price" }' in again.stdout, again.stderr


def test_a_lake_hour_that_is_newer_than_its_load_is_named(loaded: Path) -> None:
    write_file(loaded / "archive", hour(0), [track("p0-1", at=hour(5), price="late")], part=3)
    tideline("catalog", "infer", "types.toml", *places(loaded), cwd=loaded)
    done = tideline("retype", "order_completed", "price", "string", *places(loaded), cwd=loaded)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "--from 2026-01-31T07 --to 2026-01-31T07" in done.stderr
    assert price_type(loaded)[0] == "float"
    document(tideline("load", *places(loaded), "--json", cwd=loaded))
    assert tideline("retype", "order_completed", "price", "string", *places(loaded), cwd=loaded).returncode == 0
    assert verify(read_again(rudderstack_files(loaded / "archive")), loaded / "w.duckdb") == []


MISTAKES = [
    (["catalog", "import", "none.toml"], "none.toml"),
    (["catalog", "import", "bad.toml"], "bad.toml: [order_completed] price: 'money' is no type"),
    (["catalog", "import", "differs.toml"], "tideline retype order_completed price string"),
    (["catalog", "export", "no/such/folder.toml"], "no/such/folder.toml"),
    (["catalog", "export", "--source", "web"], "web"),
    (["catalog", "infer", "--from", "yesterday"], "yesterday"),
    (["catalog", "infer", "--from", "2026-02-02T00", "--to", "2026-02-01T00"], "swap"),
    (["catalog", "infer", "--from", "2030-01-01T00"], "has an hour of default 2030-01-01T00"),
    (["catalog", "infer", "--pin"], "--apply"),
    (["catalog", "exprot"], "exprot"),
    (["retype", "order_completed", "price", "money"], "'money'"),
    (["retype", "order_completed", "prize", "int"], "did you mean 'price'"),
    (["retype", "users", "price", "int"], "identifies"),
    (["retype", "order_completed"], "COLUMN"),
]


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A loaded folder that no test changes."""
    folder = tmp_path_factory.mktemp("unchanged")
    write_prices(folder / "archive")
    document(tideline("load", *places(folder), "--json", cwd=folder))
    (folder / "bad.toml").write_text('[order_completed]\nprice = "money"\n')
    (folder / "differs.toml").write_text('[order_completed]\nprice = "string"\nsize = "int"\n')
    return folder


@pytest.mark.parametrize(("arguments", "word"), MISTAKES, ids=[" ".join(arguments) for arguments, _ in MISTAKES])
def test_an_operators_mistake_is_one_line_and_exit_2(arguments: list[str], word: str, unchanged: Path) -> None:
    where = places(unchanged) if arguments[-1] not in {"exprot"} else []
    done = tideline(*arguments, *where, cwd=unchanged)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert word in done.stderr


@pytest.mark.parametrize("command", [["catalog", "export"], ["retype", "order_completed", "price", "int"]])
def test_a_warehouse_that_does_not_exist_yet_is_reported(command: list[str], tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0])
    done = tideline(*command, *places(tmp_path), cwd=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "load first" in done.stderr


def test_help_teaches(tmp_path: Path) -> None:
    for command, words in {
        ("retype",): "_rescued",
        ("catalog", "import"): "types.toml --dry-run",
        ("catalog", "infer"): "--apply --pin",
        ("catalog", "export"): "git diff",
        ("catalog",): "before a backfill",
    }.items():
        shown = tideline(*command, "--help", cwd=tmp_path)
        assert (shown.returncode, words in shown.stdout) == (0, True), shown.stdout
