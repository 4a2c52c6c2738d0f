"""The options that commands share: where archive, lake and warehouse are, and which source is meant."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Final

import typer

from event_assets.config.settings import Flags, load_settings

Command = Callable[..., None]

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

_FLAGS: Final[dict[str, Any]] = {
    "archive": Archive, "layout": Layout, "lake": LakeUrl, "warehouse": WarehouseUrl, "config": Config,
    "mapping": MappingName, "source": SourceName,
}  # fmt: skip
"""The options that say what the settings are, by the names of `Flags`, in the order in which help tells them."""


def with_settings(*, mapping: bool = False) -> Callable[[Command], Command]:
    """Give a command these options in the place of its parameter `settings`, and it the settings that they say.

    A command gets `--mapping` only where it reads an archive. Raises `SettingsError` when it is called.
    """
    names = [name for name in _FLAGS if mapping or name != "mapping"]

    def take(command: Command) -> Command:
        parameters: list[inspect.Parameter] = []
        for own in inspect.signature(command, eval_str=True).parameters.values():
            if own.name == "settings":
                parameters += [own.replace(name=name, default=None, annotation=_FLAGS[name]) for name in names]
            else:
                parameters.append(own)

        @wraps(command)
        def run(**given: Any) -> None:  # noqa: ANN401  whatever the command takes
            flags = Flags(**{name: given.pop(name) for name in names})
            command(settings=load_settings(os.environ, flags), **given)

        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
        return run

    return take
