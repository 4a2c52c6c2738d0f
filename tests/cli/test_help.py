"""`--help` teaches: every command has a sentence and an example, every option a sentence, the app its exit codes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from event_assets.cli import exit_codes
from event_assets.cli.app import app


def commands(group: TyperGroup, path: str = "tideline") -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    """Yield every command and group below a group with its full name."""
    for name, command in group.commands.items():
        assert isinstance(command, TyperCommand | TyperGroup)
        yield f"{path} {name}", command
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{path} {name}")


ROOT = typer.main.get_command(app)
assert isinstance(ROOT, TyperGroup)
COMMANDS = dict(commands(ROOT))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_one_sentence_and_an_example_of_itself(name: str) -> None:
    command = COMMANDS[name]
    assert command.help is not None
    assert command.help.strip().endswith(".")
    assert "\n" not in command.help.strip()
    assert command.epilog is not None
    assert command.epilog.startswith("Example")
    assert f"{name} " in command.epilog


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_has_a_sentence(name: str) -> None:
    for parameter in COMMANDS[name].params:
        assert isinstance(parameter, TyperOption | TyperArgument)
        if parameter.name != "help":
            assert parameter.help, parameter.name
            assert parameter.help[0].isupper() or parameter.help.startswith("auto"), parameter.help
            assert parameter.help.strip().endswith("."), parameter.help


def test_the_exit_codes_are_in_the_help_of_the_app() -> None:
    assert ROOT.epilog is not None
    for code in (0, exit_codes.FAILED, exit_codes.OPERATOR_MISTAKE, exit_codes.UNRECOGNIZED, exit_codes.STOPPED):
        assert f"{code}: " in ROOT.epilog
