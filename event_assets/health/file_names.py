"""Warns of a DuckDB file with the name of a schema: queries of whoever opens it are ambiguous.

DuckDB names the catalog of a file by the file. Tideline opens it under another name, and its views hold under any name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_warehouse

_OTHER_NAMES = ("warehouse", "tables", "duck")


def warn_of_names(settings: Settings) -> list[str]:
    """Return a line for the file of the warehouse and for its published copy if it has the name of a schema.

    The line names the command that renames it. Raise `WarehouseError` for a URL that cannot be a warehouse.
    """
    files = {"warehouse": open_warehouse(settings).file, "publish": settings.publish}
    return list(_warnings({key: file for key, file in files.items() if file is not None}, schemas_of(settings)))


def schemas_of(settings: Settings) -> set[str]:
    """Return the schemas of the warehouse that are written: every source's, its rollups', and Tideline's own."""
    return {"tideline"}.union(*({source.schema, source.rollups_schema} for source in settings.sources.values()))


def catalog_name(file: Path) -> str:
    """Return the name that DuckDB gives the catalog of a file: that of the file up to its first dot."""
    return file.name.lstrip(".").partition(".")[0]


def _warnings(files: dict[str, Path], schemas: set[str]) -> Iterator[str]:
    by_name = {schema.lower(): schema for schema in schemas}
    free = next(name for name in _OTHER_NAMES if name not in by_name)
    for key, file in files.items():
        schema = by_name.get(catalog_name(file).lower())
        if schema is not None:
            renamed = free + "".join(file.suffixes)
            yield (
                f"{file} has the name of the schema {schema}: where people open the file, {schema}.TABLE is ambiguous. "
                f"Rename it while no load runs (mv {file.name} {renamed}, with its .wal if there is one) and set "
                f'{key} = "{file.with_name(renamed)}", or open it under another name: '
                f"ATTACH '{file.name}' AS {free}; USE {free};"
            )
