"""`tideline init`: looks at an archive, tells what it is, and writes the configuration to load it."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from event_assets.cli.options import HELP, AsJson, LakeUrl, WarehouseUrl
from event_assets.config.settings import CONFIG_NAME, SettingsError

if TYPE_CHECKING:
    from event_assets.archive.inspection.inspect import InitHints, Inspection

OPERATOR_MISTAKE: Final = 2
NEEDS_YOU: Final = 3

RECOGNISED: Final = " By default recognised."

INIT_EXAMPLES: Final = """Examples:

tideline init s3://bucket/prefix

tideline init /data/events --print

tideline init s3://bucket --option profile=archive-reader --option client_kwargs.region_name=eu-west-1

tideline init /data/events --layout 'dt={date}/hr={hour}/*' --mapping gharchive --json

Nothing in the archive is changed. About --requests listing requests are made at most (a folder is listed whole: one \
with more than a thousand files takes a request a thousand), at most --files files are opened and --mib MiB of them \
are read. For a large archive the numbers are estimates then, and it says so.

Exit code 0: found, and the file is written; 1: the storage failed; 2: something is to be changed in the arguments, or \
the file is there already; 3: it cannot tell alone, nothing is written, and it says what it saw and what to say."""


def init(
    url: Annotated[str, typer.Argument(metavar="URL", help="Folder or fsspec URL of the raw files.")],
    layout: Annotated[str | None, typer.Option(help=HELP["layout"] + RECOGNISED)] = None,
    framing: Annotated[str | None, typer.Option(help=HELP["framing"] + RECOGNISED)] = None,
    mapping: Annotated[str | None, typer.Option("--mapping", help=HELP["mapping"] + RECOGNISED)] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="An option for fsspec, as in storage_options; can be repeated."),
    ] = None,
    lake: LakeUrl = None,
    warehouse: WarehouseUrl = None,
    config: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")] = Path(CONFIG_NAME),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    print_: Annotated[
        bool, typer.Option("--print", help="Print the file on standard output alone, and write nothing.")
    ] = False,
    requests: Annotated[int, typer.Option(min=10, help="Listing requests at most.")] = 1_000,
    files: Annotated[int, typer.Option(min=1, help="Files at most whose events are looked at.")] = 400,
    mib: Annotated[int, typer.Option(min=1, help="MiB of files, as stored, that are read at most.")] = 32,
    as_json: AsJson = False,
) -> None:
    """Look at an archive, tell what it is, and write the configuration that loads it."""
    from event_assets.archive.inspection.inspect import Verdict, inspect
    from event_assets.archive.listing.bounded_listing import InspectionLimits
    from event_assets.cli.init_output import KNOWN
    from event_assets.config.description.schema import SCHEMA_LINE, SCHEMA_NAME, schema_text
    from event_assets.config.scaffold import Locations, write_configuration
    from event_assets.config.source import Source

    options = _parse_options(option or [])
    locations = Locations(lake or Locations.lake, warehouse or Locations.warehouse, options)
    hints = _read_hints(layout, framing, mapping)
    found = inspect(
        Source(url, framing=framing, storage_options=options), hints, InspectionLimits(requests, mib << 20, files)
    )
    document = write_configuration(found, locations) if found.verdict in KNOWN else None
    code = 0 if found.verdict is Verdict.FOUND else OPERATOR_MISTAKE if found.verdict is Verdict.EMPTY else NEEDS_YOU
    refused = code == 0 and not print_ and not force and config.exists()
    written = None
    if code == 0 and document is not None and not print_ and not refused:
        document = SCHEMA_LINE + document
        _write(config, document)
        _write(config.with_name(SCHEMA_NAME), schema_text())
        written = str(config)
    if print_:
        sys.stdout.write(document or "")
    else:
        _tell(found, document, written, as_json=as_json)
    if refused:
        raise SettingsError(
            f"{config} is there already and stays as it is; --force replaces it, --config names another."
        )
    if code:
        _explain(found)
        raise typer.Exit(code)


def _read_hints(layout: str | None, framing: str | None, mapping: str | None) -> InitHints:
    from event_assets.archive.inspection.inspect import InitHints
    from event_assets.archive.listing.layouts import find_layout
    from event_assets.events.mapping.mapping import MappingError, preset

    layout = None if layout == "auto" else layout
    if layout is not None:
        find_layout(layout)
    try:
        return InitHints(layout, framing, mapping, preset(mapping) if mapping else None)
    except MappingError as error:
        raise SettingsError(str(error)) from None


def _parse_options(texts: list[str]) -> dict[str, object]:
    """`a.b=value` as nested tables; a value that is JSON (true, 5) is read as such."""
    options: dict[str, object] = {}
    for text in texts:
        name, given, value = text.partition("=")
        if not given or not name:
            raise SettingsError(f"--option {name} has no value; write it like --option profile=archive-reader.")
        *above, last = name.split(".")
        table = options
        for part in above:
            inner = table.setdefault(part, {})
            if not isinstance(inner, dict):
                raise SettingsError(f"--option {part} is given as a value and as a table; leave one of them.")
            table = inner
        table[last] = _parse_value(value)
    return options


def _parse_value(text: str) -> object:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text


def _write(path: Path, text: str) -> None:
    """Write the file whole or not at all; raise SettingsError if it cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SettingsError(f"{path} cannot be written: {error}.") from None


def _tell(found: Inspection, document: str | None, written: str | None, *, as_json: bool) -> None:
    from rich.syntax import Syntax
    from rich.text import Text

    from event_assets.archive.inspection.inspect import Verdict
    from event_assets.cli.init_output import KNOWN, inspection_document, inspection_table, seen_table
    from event_assets.cli.output import print_json, result_console

    if as_json:
        print_json(inspection_document(found, document, written))
        return
    console = result_console()
    if found.verdict in KNOWN:
        console.print(inspection_table(found))
    if found.verdict is not Verdict.FOUND and (found.seen.keys or found.seen.contents):
        console.print(seen_table(found))
    if document is not None and written is None:
        shown = Syntax(document, "toml", theme="ansi_dark") if console.is_terminal else Text(document)
        console.print(shown, soft_wrap=True)
    if written is not None:
        flags = "" if written == CONFIG_NAME else f" --config {shlex.quote(written)}"
        console.print(f"Wrote {written}. Next:", markup=False, soft_wrap=True)
        console.print(f"  tideline load{flags} --dry-run    tell what would be loaded", markup=False, soft_wrap=True)
        console.print(f"  tideline load{flags}", markup=False, soft_wrap=True)


def _explain(found: Inspection) -> None:
    from event_assets.cli.init_output import explain_verdict

    sys.stderr.write(f"tideline: {explain_verdict(found)}\n")
