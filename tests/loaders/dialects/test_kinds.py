"""What a URL alone tells of a database: the same as its dialect, and without its driver."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from loaders.connection.warehouse import Warehouse, needs_one_process
from loaders.dialects import KINDS
from loaders.interface.errors import Terminal

URLS: Final = {
    "duckdb": "duckdb:///{folder}/w.duckdb",
    "ducklake": "ducklake:///{folder}/w.ducklake",
    "ducklake+postgresql": "ducklake+postgresql://somebody@host/lakes?data_path={folder}/tables",
    "iceberg": "iceberg://somebody@host/path?warehouse=name",
    "postgresql": "postgresql+psycopg://somebody@host/database",
    "clickhousedb": "clickhousedb:///{folder}/w",
    "snowflake": "snowflake://somebody@account/database",
}


def test_every_kind_has_a_url_here() -> None:
    assert URLS.keys() == KINDS.keys()


@pytest.mark.parametrize("name", URLS)
def test_one_process_has_a_database_alone_where_it_is_a_file(name: str, tmp_path: Path) -> None:
    url = URLS[name].format(folder=tmp_path)
    assert needs_one_process(url) == (Warehouse.open(url).file is not None)


def test_no_driver_is_imported_to_tell() -> None:
    code = (
        "import sys; from loaders.connection.warehouse import needs_one_process\n"
        "print([needs_one_process(url) for url in sys.argv[1:]])\n"
        "drivers = {'duckdb', 'psycopg', 'duckdb_extension_ducklake', 'pyiceberg', 'clickhouse_connect', 'snowflake'}\n"
        "print(sorted(drivers & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code, *URLS.values()], capture_output=True, text=True, check=True)
    assert done.stdout == "[True, True, False, False, False, True, False]\n[]\n"


@pytest.mark.parametrize(
    ("url", "message"), [("mysql://host/x", "no warehouse dialect for 'mysql'"), ("x y", "is not a warehouse URL")]
)
def test_a_url_of_nothing_that_is_known_is_refused(url: str, message: str) -> None:
    with pytest.raises(Terminal, match=message):
        needs_one_process(url)
