"""The commands of `tideline contract`. Covered by tests/cli/governance/test_contract.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from event_assets.cli.exit_codes import DIFFERENT, FAILED
from event_assets.cli.options import AsJson, FirstHour, LastHour, with_settings
from event_assets.config.settings import Settings, SettingsError, parse_range

CHECK_EXAMPLES: Final = """Examples:

tideline contract check --from 2026-01-01 --to 2026-01-31

tideline contract check --event "Order Completed" --examples violating.jsonl

Every contract is checked, whatever its mode is, over the events that the lake has. Exit code 0: no event violates its \
contract; 1: an hour could not be read; 3: some do."""

contract_app = typer.Typer(
    name="contract",
    help="Check the lake against the contracts of your events, list them, and import tracking plans.",
    epilog="Example: tideline contract import plan.json, then tideline contract check",
    no_args_is_help=True,
)


@contract_app.command(epilog=CHECK_EXAMPLES)
@with_settings()
def check(
    *,
    settings: Settings,
    start: FirstHour = None,
    end: LastHour = None,
    event: Annotated[
        list[str] | None, typer.Option("--event", metavar="NAME", help="Only tracks of this name; may be repeated.")
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a few whole events of each kind of violation here, one a line."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Kinds of violations that are listed, the largest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Count the events of the lake that violate their contract, by event, path and SDK; nothing is changed."""
    from event_assets.cli.output.governance.contract import print_reports
    from event_assets.cli.output.printing import format_hour, print_message
    from event_assets.cli.output.progress import hours_bar
    from event_assets.pipeline.contracts.check import ContractChoice, check_contracts

    first, last = parse_range(start, end)
    choice = ContractChoice(first, last, frozenset(event or ()))
    with hours_bar() as show:
        reports = check_contracts(settings, choice, examples=examples, on_progress=show)
    for report in reports:
        for hour, reason in report.failed:
            print_message(f"tideline: {report.source} {format_hour(hour)} could not be read: {reason}")
    print_reports(reports, limit=limit, as_json=as_json)
    if any(report.violating for report in reports):
        raise typer.Exit(DIFFERENT)
    if any(report.failed for report in reports):
        raise typer.Exit(FAILED)


@contract_app.command("list", epilog="Example: tideline contract list --json")
@with_settings()
def list_(*, settings: Settings, as_json: AsJson = False) -> None:
    """List the contracts of every source: their events, their modes, and how they are checked."""
    from event_assets.cli.output.governance.contract import print_contracts
    from event_assets.pipeline.contracts.listed import list_contracts

    print_contracts(list_contracts(settings), as_json=as_json)


@contract_app.command("import", epilog="Example: tideline contract import plan.json --mode report")
@with_settings()
def import_contracts(
    *,
    settings: Settings,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A tracking plan of Segment or RudderStack: JSON, or YAML of rudder-cli, or its folder.",
        ),
    ],
    folder: Annotated[
        Path | None, typer.Option(help="Where the contracts are written; by default the folder of contracts.")
    ] = None,
    mode: Annotated[str | None, typer.Option(help="The mode of every contract; by default that of the source.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace files that are there and differ.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a contract for every event of a tracking plan."""
    from event_assets.cli.output.governance.contract import print_imported
    from event_assets.config.governance.contracts import FOLDER
    from event_assets.pipeline.contracts.write import import_plan
    from loaders.transform.contracts.contract import MODES

    if mode is not None and mode not in MODES:
        raise SettingsError(f"--mode {mode!r} is no mode; use one of {', '.join(MODES)}.")
    target = folder or settings.contracts or Path(FOLDER)
    print_imported(import_plan(file, target, mode=mode, replace=replace), as_json=as_json)
