"""The files of a DuckLake: small ones merged from time to time, and those of deleted rows removed for good.

Covered by tests/loaders/dialects/ducklake/test_ducklake.py.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

import duckdb

import sql
from loaders.dialects.embedded.session import CATALOG
from loaders.interface.errors import Terminal

_SMALL_BYTES: Final = 16 << 20
"""A file that is smaller is merged with its neighbours; a larger one is not written again for a few rows."""
_DELETED_SHARE: Final = 0.3
"""A file is written again without its deleted rows when they are more than this share."""
_KEPT: Final = "INTERVAL 2 DAYS"
"""How long a former state can be read, and a reader that has begun on it finds its files."""

_CATALOG_TABLES: Final = f'"__ducklake_metadata_{CATALOG}"'
"""The database of the catalog's own tables, beside the DuckLake."""
_ORDERED_AS: Final = {
    **dict.fromkeys(("varchar", "json"), "VARCHAR"),
    **dict.fromkeys(("int8", "int16", "int32", "int64", "int128", "uint8", "uint16", "uint32", "uint64"), "HUGEINT"),
    **dict.fromkeys(("float32", "float64"), "DOUBLE"),
    **dict.fromkeys(("timestamp", "timestamp_s", "timestamp_ms", "timestamp_us"), "TIMESTAMP"),
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "date": "DATE",
}

_OWN: Final = re.compile(r"ducklake-[0-9a-f-]+(-delete)?\.parquet")
"""The names of the files that DuckLake writes."""


def merge_files(driver: duckdb.DuckDBPyConnection) -> None:
    """Merge small files, write files with many deleted rows again, and remove what no state of two days needs.

    So are files that a killed load has left, unless there are files of others in the folder.
    """
    _call(driver, "ducklake_rewrite_data_files", f"delete_threshold => {_DELETED_SHARE}")
    _call(driver, "ducklake_merge_adjacent_files", f"max_file_size => {_SMALL_BYTES}")
    _call(driver, "ducklake_expire_snapshots", f"older_than => NOW() - {_KEPT}")
    _call(driver, "ducklake_cleanup_old_files", f"older_than => NOW() - {_KEPT}")
    _remove_orphans(driver, f"older_than => NOW() - {_KEPT}")


def remove_deleted(driver: duckdb.DuckDBPyConnection) -> None:
    """Remove every file with a deleted row, and those that a killed load has left; no former state can be read then.

    Raise Terminal if the folder has files of others: they would be removed as well.
    """
    _call(driver, "ducklake_flush_inlined_data")
    _call(driver, "ducklake_rewrite_data_files", "delete_threshold => 0")
    _call(driver, "ducklake_merge_adjacent_files", f"max_file_size => {_SMALL_BYTES}")
    _call(driver, "ducklake_expire_snapshots", "older_than => NOW()")
    _call(driver, "ducklake_cleanup_old_files", "cleanup_all => TRUE")
    if others := _remove_orphans(driver, "cleanup_all => TRUE"):
        raise Terminal(
            f"the data folder of the DuckLake has {len(others)} files that are not its own, such as {others[0]}: move "
            "them to another folder, and run the command again"
        )


def _remove_orphans(driver: duckdb.DuckDBPyConnection, which: str) -> list[str]:
    """Remove Parquet files that no entry of the catalog names, of killed loads; return those of others, and then none.

    DuckLake would remove the files of others as well.
    """
    left = [path for (path, *_) in _call(driver, "ducklake_delete_orphaned_files", f"{which}, dry_run => TRUE")]
    others = sorted(path for path in left if not _OWN.fullmatch(PurePosixPath(path).name))
    if left and not others:
        _call(driver, "ducklake_delete_orphaned_files", which)
    return others


def count_bytes(driver: duckdb.DuckDBPyConnection, name: str = "duckdb/ducklake") -> int:
    """Return the bytes of the files that the newest state has; 0 before the first load."""
    kinds = driver.execute("SELECT type FROM duckdb_databases() WHERE database_name = ?", [CATALOG]).fetchall()
    if kinds != [("ducklake",)]:
        return 0
    ((found,),) = driver.execute(sql.statement("dialects/count_bytes", name).format(catalog=CATALOG)).fetchall()
    return int(found)


def narrow_ranges(driver: duckdb.DuckDBPyConnection, name: str) -> None:
    """Take deleted values out of the ranges of columns in the catalog, after `remove_deleted`; queries use them.

    `name` is the folder of the dialect's statements.
    """
    driver.begin()
    types = driver.execute(sql.statement("dialects/catalog_types", name).format(catalog=_CATALOG_TABLES)).fetchall()
    for (kind,) in types:
        if (ordered := _ordered_as(kind)) is not None:
            text = sql.statement("dialects/narrow_ranges", name).format(catalog=_CATALOG_TABLES, type=ordered)
            driver.execute(text, {"type": kind})
    driver.commit()


def _ordered_as(kind: str) -> str | None:
    """Return the engine's type by which values of a type of the catalog are ordered; None if no text is of it."""
    return kind if kind.startswith("decimal(") else _ORDERED_AS.get(kind)


def _call(driver: duckdb.DuckDBPyConnection, function: str, arguments: str = "") -> list[tuple[str, ...]]:
    given = f", {arguments}" if arguments else ""
    return driver.execute(f"CALL {function}('{CATALOG}'{given})").fetchall()
