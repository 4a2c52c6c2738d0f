"""`--help` teaches: every command has a sentence and an example, every option a sentence, the app its exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from event_assets.cli import exit_codes
from event_assets.cli.app import app, run


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


@pytest.mark.parametrize("arguments", [["-h"], ["load", "-h"], ["lake", "clean", "-h"]])
def test_h_is_help_everywhere(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    short = capsys.readouterr().out
    assert run([*arguments[:-1], "--help"]) == 0
    assert capsys.readouterr().out == short
    assert "Usage: tideline" in short


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["load", "--frm", "x"], "No such option: --frm (Possible options: --from)."),
        (["--config", "x.toml", "load"], "No such option: --config. Options come after the command."),
        (["lod"], "No such command 'lod'. Did you mean 'load'?"),
    ],
)
def test_wrong_arguments_are_one_line_that_says_where_to_look(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == exit_codes.OPERATOR_MISTAKE
    assert capsys.readouterr().err == f"tideline: {line} Try 'tideline --help'.\n"


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"tideline {version('tideline')}\n"


@pytest.mark.parametrize(("shell", "word"), [("zsh", '"load"'), ("fish", "load")])
def test_zsh_and_fish_complete_too(shell: str, word: str) -> None:
    asked = {"_TIDELINE_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "tideline lo"}
    action = {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run(
        [sys.executable, "-m", "event_assets.cli"],
        env=os.environ | asked | action, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert word in done.stdout


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", ".bash_completions/tideline.sh"),
        ("zsh", ".zfunc/_tideline"),
        ("fish", ".config/fish/completions/tideline.fish"),
    ],
)
def test_completion_is_installed_where_the_shell_looks_for_it(shell: str, file: str, tmp_path: Path) -> None:
    named = {"HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "event_assets.cli", "--install-completion", shell],
        env=os.environ | named, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_TIDELINE_COMPLETE=complete_{shell}" in (tmp_path / file).read_text()


@pytest.mark.parametrize(("words", "completed"), [("tideline lo", "load"), ("tideline load --fr", "--from")])
def test_a_shell_completes_commands_and_options(words: str, completed: str) -> None:
    asked = {"_TIDELINE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "event_assets.cli"], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [completed]
