"""`tideline config`: the effective settings, and the JSON Schema of the configuration file."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import typer

from event_assets.cli.options import AsJson, with_flags
from event_assets.config.settings import Flags

SHOW_EXAMPLES: Final = """Examples:

tideline config show

tideline config show --config etc/tideline.toml --json

Secrets are hidden: values of storage_options, the address of a webhook, passwords and keys in URLs.

Exit code 0: the configuration is valid; 2: something is to be changed in flags, environment or configuration."""

SCHEMA_EXAMPLES: Final = """Example: tideline config schema > tideline.schema.json

Editors that know the line `#:schema ./tideline.schema.json` at the top of tideline.toml complete and check the file."""

config_app = typer.Typer(
    name="config",
    help="Show the settings, and the schema of their file.",
    epilog="Example: tideline config show",
    no_args_is_help=True,
)


@config_app.command(epilog=SHOW_EXAMPLES)
@with_flags(mapping=True)
def show(*, flags: Flags, context: typer.Context, as_json: AsJson = False) -> None:
    """Print the effective settings and where each comes from: a flag, the environment, the file or the default."""
    from event_assets.cli.output.config import print_settings
    from event_assets.config.description.effective import effective_settings
    from event_assets.config.layers import read_layers
    from event_assets.config.settings import interpret

    given = {name: None for name in vars(flags) if _from_environment(context, name)}
    layers = read_layers(os.environ, replace(flags, **given), Path.cwd(), demo=False)
    found = effective_settings(layers, interpret(layers, os.environ))
    print_settings(layers.file.name, found, as_json=as_json)


def _from_environment(context: typer.Context, name: str) -> bool:
    """Whether typer took the value of an option from its variable, which the layers name themselves."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "ENVIRONMENT"


@config_app.command(epilog=SCHEMA_EXAMPLES)
def schema() -> None:
    """Print the JSON Schema (2020-12) of tideline.toml, for editors."""
    from event_assets.config.description.schema import schema_text

    sys.stdout.write(schema_text())
