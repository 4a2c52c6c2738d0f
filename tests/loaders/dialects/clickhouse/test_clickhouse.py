"""ClickHouse's engine on a folder: one process at a time, names and values as they are, memory as it is set."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.dialects.clickhouse.execute import comments
from loaders.dialects.read_request import ReadRequest
from loaders.interface.errors import Busy, Terminal
from loaders.schema.introspect import read_columns
from tests.clickhouse import Folder

HOSTILE = "a`b\"c':d\\e %s {x:Int8}\n\t; --\u2028é"

slow = pytest.mark.slow


@slow
def test_a_process_that_has_the_folder_open_is_waited_for(folder: Folder, warehouse: Warehouse) -> None:
    code = (
        "import sys, time; from loaders.connection.warehouse import Warehouse\n"
        "with Warehouse.open(sys.argv[1]).writing():\n    print('open', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, folder.warehouse_url], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with (
            pytest.raises(Busy, match=r"is held by another process; waited 0\.2 s"),
            Warehouse.open(folder.warehouse_url, wait=0.2).reading(),
        ):
            pass
        other.kill()
    with warehouse.reading():
        pass


@slow
def test_two_processes_take_turns_however_often_they_open_the_folder(folder: Folder) -> None:
    code = (
        "import sys; from loaders.connection.warehouse import Warehouse\n"
        "warehouse = Warehouse.open(sys.argv[1], wait=60)\n"
        "for _ in range(8):\n"
        "    with warehouse.writing(), warehouse.reading():\n        pass"
    )
    others = [
        subprocess.Popen([sys.executable, "-c", code, folder.warehouse_url], stderr=subprocess.PIPE) for _ in range(2)
    ]
    printed = [other.communicate(timeout=60)[1].decode() for other in others]
    assert [other.returncode for other in others] == [0, 0], printed
    assert "Cannot lock file" not in "".join(printed), "the engine is opened when nobody has the folder"


@slow
def test_names_and_values_stay_as_they_are(warehouse: Warehouse) -> None:
    moment = datetime(1, 1, 1, 2, 3, 4, 567891, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            HOSTILE: [HOSTILE, "", "\x00x", None],
            "when": [moment, datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), None, None],
            "day": [date(1, 1, 1), date(9999, 12, 31), None, None],
            "many": [-(2**63), 2**63 - 1, None, 0],
            "much": [float("inf"), -0.0, None, 5e-324],
            "yes": [True, False, None, None],
        }
    )
    kinds = {HOSTILE: "string", "when": "datetime", "day": "date", "many": "int", "much": "float", "yes": "boolean"}
    with warehouse.loading(HOSTILE) as session:
        session.run("schema/create_schema", {"schema": HOSTILE})
        definitions = ", ".join(
            f"{session.quote(name)} {session.dialect.column_type(kind)}" for name, kind in kinds.items()
        )
        _run(session, f"CREATE TABLE {session.quote((HOSTILE, HOSTILE))} ({definitions})")
        rows = session.put(frame)
        _run(session, f"INSERT INTO {session.quote((HOSTILE, HOSTILE))} SELECT * FROM {rows}")
        assert list(read_columns(session, HOSTILE, HOSTILE)) == list(kinds)
    with warehouse.reading() as session:
        request = ReadRequest(HOSTILE, HOSTILE, kinds)
        read = pl.concat(map(pl.DataFrame, session.dialect.read(session.connection, request)))
        found = session.dialect.query(
            session.connection,
            f"SELECT count() AS n FROM {session.quote((HOSTILE, HOSTILE))} "
            f"WHERE {session.quote(HOSTILE)} = :text AND {session.quote('when')} = :moment",
            {"text": HOSTILE, "moment": moment},
        ).all()
    assert read.sort("many", nulls_last=True).equals(frame.sort("many", nulls_last=True))
    assert found[0].n == 1


@slow
def test_a_query_without_rows_tells_its_columns(warehouse: Warehouse) -> None:
    with warehouse.reading() as session:
        text = "SELECT 'x' AS a, 1 AS b WHERE false"
        assert [name for name, _ in session.dialect.describe(session.connection, text)] == ["a", "b"]


@slow
def test_rows_that_a_statement_adds_or_updates_are_counted(warehouse: Warehouse) -> None:
    with warehouse.writing() as session, session.transaction():
        _run(session, "CREATE TEMPORARY TABLE counted (a BIGINT)")
        assert _run(session, "INSERT INTO counted (a) SELECT number FROM numbers(7)") == 7
        assert _run(session, "UPDATE counted SET a = 9 WHERE a >= 4") == 3
        assert _run(session, "DELETE FROM counted") == -1
        assert _run(session, "INSERT INTO counted (a) SELECT 1 WHERE false") == 0


def test_comments_of_a_table_are_one_statement() -> None:
    assert comments(
        [
            "COMMENT ON TABLE `e`.`a.b` IS 'x'",
            "COMMENT ON COLUMN `e`.`a.b`.`c\\`d` IS 'it''s'",
            "COMMENT ON COLUMN `e`.`f`.`g` IS NULL",
        ]
    ) == [
        "ALTER TABLE `e`.`a.b` MODIFY COMMENT 'x', COMMENT COLUMN `c\\`d` 'it''s'",
        "ALTER TABLE `e`.`f` COMMENT COLUMN `g` ''",
    ]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("clickhousedb://somebody@host:8443/x", "a ClickHouse server is not supported yet"),
        ("clickhousedb://", "names no folder"),
        ("clickhousedb:////no/such/folder", "create /no/such"),
    ],
)
def test_a_url_that_cannot_be_a_folder_is_refused(url: str, message: str) -> None:
    with pytest.raises(Terminal, match=message):
        Warehouse.open(url)


def test_a_missing_package_is_told_with_its_install_line(tmp_path: Path) -> None:
    code = (
        "import sys\nfor name in ('chdb', 'clickhouse_connect'):\n    sys.modules[name] = None\n"
        "from loaders.connection.warehouse import Warehouse\n"
        "with Warehouse.open(sys.argv[1]).reading(): pass"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, f"clickhousedb:///{tmp_path}/w"], capture_output=True, text=True, check=False
    )
    last = done.stderr.splitlines()[-1]
    assert last.endswith(
        "a ClickHouse warehouse needs the package clickhouse_connect: pip install 'tideline[clickhouse]'"
    )


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Terminal, match="is not a folder"):
        Warehouse.open(f"clickhousedb:///{tmp_path}/file")


def _run(session: Session, text: str) -> int:
    return session.dialect.run(session.connection, text, {})
