"""The options that commands share: where archive, lake and warehouse are, and which source is selected.

Covered by tests/cli/test_app.py and tests/cli/test_config.py.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Final, Literal

import typer

from event_assets.cli.output.logs.lines import VARIABLE
from event_assets.config.settings import Flags, load_settings
from event_assets.config.source_table import SOURCE
from event_assets.config.top_table import TOP

Command = Callable[..., None]

HELP: Final = {name: setting.help for name, setting in {**SOURCE, **TOP}.items()}
"""The texts of the settings that flags override."""

Archive = Annotated[str | None, typer.Option(envvar="TIDELINE_ARCHIVE", metavar="URL", help=HELP["archive"])]
Layout = Annotated[str | None, typer.Option(envvar="TIDELINE_LAYOUT", help=HELP["layout"] + " By default auto.")]
LakeUrl = Annotated[str | None, typer.Option("--lake", envvar="TIDELINE_LAKE", metavar="URL", help=HELP["lake"])]
WarehouseUrl = Annotated[
    str | None, typer.Option("--warehouse", envvar="TIDELINE_WAREHOUSE", metavar="URL", help=HELP["warehouse"])
]
Config = Annotated[
    str | None,
    typer.Option(envvar="TIDELINE_CONFIG", metavar="FILE", help="TOML file; by default tideline.toml if it exists."),
]
MappingName = Annotated[
    str | None,
    typer.Option("--mapping", help=HELP["mapping"]),
]
SourceName = Annotated[str | None, typer.Option("--source", help="One source of a configuration that has several.")]
FirstHour = Annotated[str | None, typer.Option("--from", metavar="HOUR", help="First archive hour or day (UTC).")]
LastHour = Annotated[
    str | None, typer.Option("--to", metavar="HOUR", help="Last archive hour or day, which is included.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]

LogFormat = Annotated[
    Literal["text", "json"],
    typer.Option(
        envvar=VARIABLE, help="The form of log lines and errors: text, or JSON with a line per object and no bar."
    ),
]

_FLAGS: Final[dict[str, Any]] = {
    "archive": Archive, "layout": Layout, "lake": LakeUrl, "warehouse": WarehouseUrl, "config": Config,
    "mapping": MappingName, "source": SourceName,
}  # fmt: skip
"""The options by the names of `Flags`, in the order of the help."""
_LOG_FORMAT: Final = inspect.Parameter(
    "log_format", inspect.Parameter.KEYWORD_ONLY, default="text", annotation=LogFormat
)


def with_settings(*, mapping: bool = False) -> Callable[[Command], Command]:
    """Replace a command's parameter `settings` by the shared options, and pass it the settings that they give.

    With `mapping` the command has `--mapping` too: it reads an archive. The command raises SettingsError.
    """
    return _with_options("settings", lambda flags: load_settings(os.environ, flags), mapping=mapping)


def with_flags(*, mapping: bool = False) -> Callable[[Command], Command]:
    """Replace a command's parameter `flags` by the shared options, and pass it the flags."""
    return _with_options("flags", lambda flags: flags, mapping=mapping)


def _with_options(parameter: str, convert: Callable[[Flags], object], *, mapping: bool) -> Callable[[Command], Command]:
    names = [name for name in _FLAGS if mapping or name != "mapping"]

    def wrap(command: Command) -> Command:
        parameters: list[inspect.Parameter] = []
        for own in inspect.signature(command, eval_str=True).parameters.values():
            if own.name == parameter:
                parameters += [own.replace(name=name, default=None, annotation=_FLAGS[name]) for name in names]
            else:
                parameters.append(own)
        parameters.append(_LOG_FORMAT)

        @wraps(command)
        def run(**given: Any) -> None:  # noqa: ANN401  the parameters of the command
            flags = Flags(**{name: given.pop(name) for name in names})
            given.pop(_LOG_FORMAT.name)  # read before the arguments are parsed
            command(**{parameter: convert(flags)}, **given)

        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
        return run

    return wrap
