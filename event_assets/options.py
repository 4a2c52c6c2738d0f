"""The options that commands share: where archive, lake and warehouse are, and which source is meant."""

from __future__ import annotations

from typing import Annotated

import typer

Archive = Annotated[
    str | None, typer.Option(envvar="TIDELINE_ARCHIVE", metavar="URL", help="Folder or fsspec URL of the raw files.")
]
Layout = Annotated[
    str | None,
    typer.Option(
        envvar="TIDELINE_LAYOUT",
        help="auto, rudderstack, segment, gharchive, or a template such as {year}/{month}/{day}/{hour}/*.gz.  "
        "By default auto.",
    ),
]
LakeUrl = Annotated[
    str | None, typer.Option("--lake", envvar="TIDELINE_LAKE", metavar="URL", help="Folder or URL of our Parquet.")
]
WarehouseUrl = Annotated[
    str | None,
    typer.Option(
        "--warehouse",
        envvar="TIDELINE_WAREHOUSE",
        metavar="URL",
        help="SQLAlchemy URL such as duckdb:///tideline.duckdb, or the path of a DuckDB file.",
    ),
]
Config = Annotated[
    str | None,
    typer.Option(envvar="TIDELINE_CONFIG", metavar="FILE", help="TOML file; by default tideline.toml if it is there."),
]
MappingName = Annotated[
    str | None,
    typer.Option("--mapping", help="Shipped mapping of a foreign envelope, e.g. gharchive or segment-batch."),
]
SourceName = Annotated[str | None, typer.Option("--source", help="One source of a configuration that has several.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
