"""`columns` of the configuration and `tideline catalog import`: what they name is there before an event has it."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.defs.build import write_config, write_hours
from tests.defs.in_process import tideline


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_hours(tmp_path / "archive", [0])
    write_config(tmp_path)
    assert tideline("load", cwd=tmp_path).returncode == 0
    return tmp_path


def configure(project: Path, columns: str, top: str = "") -> None:
    path = project / "tideline.toml"
    text = path.read_text().partition("columns = ")[0]
    path.write_text(f"{top}{text}columns = {columns}\n")


def columns_of(project: Path, table: str) -> dict[str, str]:
    with duckdb.connect(str(project / "warehouse.duckdb"), read_only=True) as connection:
        query = "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'events' AND table_name = ?"
        return dict(connection.execute(query, [table]).fetchall())


def test_a_load_creates_what_is_declared_also_if_nothing_is_pending(project: Path) -> None:
    (project / "own.toml").write_text("[order_completed]\nrefund = 'float'\n")
    configure(project, '["segment", "own.toml"]')
    done = tideline("load", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "Nothing is pending" in done.stdout
    assert "tideline: events: added order_completed.refund float" in done.stderr
    assert columns_of(project, "pages")["context_campaign_term"] == "VARCHAR"
    assert columns_of(project, "order_completed")["refund"] == "DOUBLE"
    assert "events: " not in tideline("load", cwd=project).stderr
    shown = json.loads(tideline("config", "show", "--json", cwd=project).stdout)
    assert "own.toml" in str(shown)


def test_an_import_creates_columns_and_commands_take_them_as_any_other(project: Path) -> None:
    (project / "types.toml").write_text("[tracks]\ncontext_campaign_term = 'string'\nspare = 'int'\n")
    assert tideline("catalog", "import", "types.toml", cwd=project).returncode == 0
    assert columns_of(project, "tracks")["context_campaign_term"] == "VARCHAR"
    assert tideline("retype", "tracks", "spare", "float", cwd=project).returncode == 0
    assert columns_of(project, "tracks")["spare"] == "DOUBLE"
    assert tideline("catalog", "drop", "tracks.spare", cwd=project).returncode == 0
    assert "spare" not in columns_of(project, "tracks")
    configure(project, '["segment", "types.toml"]')
    assert tideline("load", "--reload", cwd=project).returncode == 0
    assert "spare" not in columns_of(project, "tracks")
    assert tideline("audit", cwd=project).returncode == 0


@pytest.mark.parametrize(
    ("columns", "top", "message"),
    [
        ('["segmnt"]', "", "columns: there is no file segmnt; write a path, or one of rudderstack, segment."),
        ("7", "", "columns must be a list of texts"),
        ('"wide.toml"', "budgets = {columns = 19}\n", "budgets.columns is 19: raise it."),
        ('"wide.toml"', "budgets = {tables = 1}\n", "declares 2 event tables; budgets.tables is 1"),
        ('"bad.toml"', "", "bad.toml: [pages] a: 'money' is no type"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, columns: str, top: str, message: str) -> None:
    write_config(tmp_path)
    (tmp_path / "wide.toml").write_text("[a]\nx = 'int'\ny = 'int'\n[b]\n")
    (tmp_path / "bad.toml").write_text("[pages]\na = 'money'\n")
    configure(tmp_path, columns, top)
    done = tideline("load", cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
