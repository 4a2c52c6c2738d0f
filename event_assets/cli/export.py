"""The command `tideline export`. Covered by tests/pipeline/test_export.py."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings, SettingsError

EXPORT_EXAMPLES: Final = """Examples:

tideline export files --tables tracks,order_completed,users

tideline export s3://our-files/tideline --json

A table is the folder <schema>/<table>, with a file for each day of event time. Only days that loads have touched \
since the last export are written again."""


@with_settings()
def export(
    target: Annotated[
        str | None,
        typer.Argument(metavar="[FOLDER|URL]", help="Where to write the files; by default the setting export."),
    ] = None,
    tables: Annotated[
        str | None, typer.Option("--tables", metavar="NAMES", help="Export only these tables, separated by commas.")
    ] = None,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Write event tables and users as typed Parquet, a file a day of event time; only days that loads have touched."""
    from event_assets.cli.output.export import log_exported, print_exported
    from event_assets.lake.store import Lake
    from event_assets.pipeline.export import export_tables

    folder = settings.export if target is None else Lake(target)
    if folder is None:
        raise SettingsError(
            "Name the folder to export to: tideline export FOLDER, or export = ... in the configuration."
        )
    names = [name.strip() for name in (tables or "").split(",") if name.strip()]
    done = []
    for exported in export_tables(settings, folder, names):
        done.append(exported)
        log_exported(exported)
    print_exported(done, as_json=as_json)
