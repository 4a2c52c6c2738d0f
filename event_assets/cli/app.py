"""The `tideline` command: its list of commands, and its exit codes. Dagster calls the same functions."""

from __future__ import annotations

import logging
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer

from event_assets.cli.catalog.group import catalog_app
from event_assets.cli.config import config_app
from event_assets.cli.copy import COPY_EXAMPLES, copy
from event_assets.cli.demo.command import DEMO_EXAMPLES, demo
from event_assets.cli.doctor import DOCTOR_EXAMPLE, doctor
from event_assets.cli.ending.os_errors import explain_os_error, write_error
from event_assets.cli.ending.stopping import STOPPED_MESSAGE
from event_assets.cli.erasure.forget import FORGET_EXAMPLES, forget
from event_assets.cli.exit_codes import FAILED, OPERATOR_MISTAKE, READER_GONE, STOPPED
from event_assets.cli.export import EXPORT_EXAMPLES, export
from event_assets.cli.governance.audit import AUDIT_EXAMPLES, audit
from event_assets.cli.governance.compare import COMPARE_EXAMPLES, compare
from event_assets.cli.governance.contract import contract_app
from event_assets.cli.governance.plan import PLAN_EXAMPLES, plan
from event_assets.cli.governance.quarantine import quarantine_app
from event_assets.cli.init import INIT_EXAMPLES, init
from event_assets.cli.lake import lake_app
from event_assets.cli.load import LOAD_EXAMPLES, load
from event_assets.cli.output.logs.lines import choose_log_format, log_line_of
from event_assets.cli.retain import RETAIN_EXAMPLE, retain
from event_assets.cli.retype import RETYPE_EXAMPLES, retype
from event_assets.cli.rollups import ROLLUPS_EXAMPLE, rollups
from event_assets.cli.status import STATUS_EXAMPLE, status
from event_assets.config.settings import SettingsError
from loaders.interface.version import own_version
from loaders.process.waiting import logger as waits

EPILOG: Final = """Try `tideline demo` first, then `tideline init URL` on your own archive, and `tideline doctor` \
before its first load.

Exit code 0: done; 1: a storage, the warehouse or an archive hour failed, and the same command may succeed later; 2: \
change a flag, a variable, the configuration or a permission first; 3: `tideline init` cannot recognise the archive, \
`tideline load --strict` has warnings, `tideline audit`, `tideline compare` or `tideline copy` has found a difference, \
or `tideline contract check` a violation; \
130: stopped with Ctrl-C (143: by SIGTERM, 129: by a closed terminal). Results go to standard output, log lines and \
errors to standard error."""

app = typer.Typer(
    name="tideline",
    help="Turn an archive of raw customer events into warehouse tables that stay right.",
    epilog=EPILOG,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"tideline {own_version()}\n")
        raise typer.Exit


@app.callback()
def tideline(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Do what all commands have in common: nothing beyond the options."""


app.command(epilog=LOAD_EXAMPLES)(load)
app.command(epilog=PLAN_EXAMPLES)(plan)
app.command(epilog=ROLLUPS_EXAMPLE)(rollups)
app.command(epilog=STATUS_EXAMPLE)(status)
app.command(epilog=DOCTOR_EXAMPLE)(doctor)
app.command(epilog=AUDIT_EXAMPLES)(audit)
app.command(epilog=COMPARE_EXAMPLES)(compare)
app.command(epilog=RETAIN_EXAMPLE)(retain)
app.command(epilog=FORGET_EXAMPLES)(forget)
app.add_typer(quarantine_app)
app.add_typer(contract_app)
app.command(epilog=DEMO_EXAMPLES)(demo)
app.command(epilog=INIT_EXAMPLES)(init)
app.command(epilog=RETYPE_EXAMPLES)(retype)
app.add_typer(catalog_app)
app.command(epilog=EXPORT_EXAMPLES)(export)
app.command(epilog=COPY_EXAMPLES)(copy)
app.add_typer(lake_app)
app.add_typer(config_app)


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code. Report an error as one line on standard error."""
    from event_assets.archive.errors import ArchiveError, TransientArchiveError
    from event_assets.lake.errors import LakeError, TransientLakeError
    from loaders.interface.errors import Transient, WarehouseError

    choose_log_format(arguments, os.environ)
    try:
        with _printing_waits():
            code = int(app(args=arguments, prog_name="tideline", standalone_mode=False) or 0)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _fail(_advise(error.format_message(), arguments), error.exit_code)
    except (Transient, TransientArchiveError, TransientLakeError) as error:
        return _fail(str(error), FAILED)
    except (SettingsError, ArchiveError, LakeError, WarehouseError) as error:
        return _fail(str(error), OPERATOR_MISTAKE)
    except (KeyboardInterrupt, typer.Abort):
        return _fail(STOPPED_MESSAGE, STOPPED)
    except (BrokenPipeError, SystemExit):  # the command's framework has its own end for a broken pipe
        if not _reader_is_gone():
            raise
        return READER_GONE
    except OSError as error:
        return _fail(*explain_os_error(error))
    return code


def _advise(message: str, arguments: list[str]) -> str:
    """Return the message about wrong arguments, and where to look."""
    sentence = message if message.endswith((".", "?", "!")) else f"{message}."
    begins_with_option = len(arguments) > 1 and arguments[0].startswith("-")
    return f"{sentence} {'Options come after the command. ' if begins_with_option else ''}Try 'tideline --help'."


def _fail(message: str, code: int) -> int:
    write_error(log_line_of(f"tideline: {message}", "error", exit_code=code) + "\n")
    return code


class _WaitHandler(logging.Handler):
    """Prints the messages of whatever waits for another process."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one message."""
        write_error(log_line_of(f"tideline: {record.getMessage()}", "warning") + "\n")


@contextmanager
def _printing_waits() -> Iterator[None]:
    handler = _WaitHandler()
    waits.addHandler(handler)
    waits.propagate = False
    try:
        yield
    finally:
        waits.removeHandler(handler)
        waits.propagate = True


def _reader_is_gone() -> bool:
    """Return whether nobody reads standard output or standard error any more, as after `| head`."""
    poll = select.poll()
    for stream in (1, 2):
        poll.register(stream, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))
