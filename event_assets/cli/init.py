"""The command `tideline init`."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from event_assets.cli.exit_codes import OPERATOR_MISTAKE, UNRECOGNIZED
from event_assets.cli.files import write_whole
from event_assets.cli.options import HELP, AsJson, LakeUrl, WarehouseUrl
from event_assets.config.settings import CONFIG_NAME, SettingsError

if TYPE_CHECKING:
    from event_assets.archive.inspection.result import InitHints

RECOGNISED: Final = " By default recognised."

INIT_EXAMPLES: Final = """Examples:

tideline init s3://bucket/prefix

tideline init /data/events --print

tideline init s3://bucket --option profile=archive-reader --option client_kwargs.region_name=eu-west-1

tideline init /data/events --layout 'dt={date}/hr={hour}/*' --mapping gharchive --json

tideline init /data/events --warehouse 'ducklake:///catalog.ducklake?data_path=tables'

Nothing in the archive is changed. About --requests listing requests are made at most (a folder is listed whole: one \
with more than a thousand files takes a request per thousand), at most --files files are opened and --mib MiB of them \
are read. The numbers for a large archive are then estimates, and marked so.

Exit code 0: the archive is recognised, and the file is written (or has these settings already); 1: the storage \
failed; 2: change an argument first (or the file exists with other settings); 3: the archive cannot be recognised \
without a hint, nothing is written, and the message names the option to add."""


def init(
    url: Annotated[str, typer.Argument(metavar="URL", help="The folder or fsspec URL of the raw files.")],
    layout: Annotated[str | None, typer.Option(help=HELP["layout"] + RECOGNISED)] = None,
    framing: Annotated[str | None, typer.Option(help=HELP["framing"] + RECOGNISED)] = None,
    mapping: Annotated[str | None, typer.Option("--mapping", help=HELP["mapping"] + RECOGNISED)] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="An option for fsspec, as in storage_options; may be repeated."),
    ] = None,
    lake: LakeUrl = None,
    warehouse: WarehouseUrl = None,
    config: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")] = Path(CONFIG_NAME),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    print_: Annotated[
        bool, typer.Option("--print", help="Print only the file on standard output, and write nothing.")
    ] = False,
    requests: Annotated[int, typer.Option(min=10, help="The maximum of listing requests.")] = 1_000,
    files: Annotated[int, typer.Option(min=1, help="The maximum of files that are opened.")] = 400,
    mib: Annotated[int, typer.Option(min=1, help="The maximum of MiB that are read, as stored.")] = 32,
    as_json: AsJson = False,
) -> None:
    """Inspect an archive, show what it contains, and write the configuration that loads it."""
    from event_assets.archive.inspection.inspect import inspect
    from event_assets.archive.inspection.result import Verdict
    from event_assets.archive.listing.bounded_listing import InspectionLimits
    from event_assets.cli.output.inspection.facts import KNOWN, print_inspection
    from event_assets.cli.output.inspection.verdict import print_verdict
    from event_assets.config.description.schema import SCHEMA_LINE, SCHEMA_NAME, schema_text
    from event_assets.config.scaffold import Locations, write_configuration
    from event_assets.config.source import Source

    _try_warehouse(warehouse)
    options = _parse_options(option or [])
    hints = _read_hints(layout, framing, mapping)
    source = Source(url, framing=framing, storage_options=options)
    found = inspect(source, hints, InspectionLimits(requests, mib << 20, files))
    locations = Locations(lake or Locations.lake, warehouse or Locations.warehouse, options)
    document = write_configuration(found, locations) if found.verdict in KNOWN else None
    recognized = found.verdict is Verdict.FOUND
    found_file = recognized and not print_ and not force and config.exists()
    already = found_file and document is not None and _has_settings(config, document)
    exists = found_file and not already
    written = None
    if recognized and document is not None and not print_ and not exists:
        document = SCHEMA_LINE + document
        if not already:
            write_whole(config, document)
        write_whole(config.with_name(SCHEMA_NAME), schema_text())
        written = str(config)
    if print_:
        sys.stdout.write(document or "")
    else:
        print_inspection(found, document, written, already=already, as_json=as_json)
    if exists:
        raise SettingsError(f"{config} exists and is not changed; --force replaces it, --config names another file.")
    if not recognized:
        print_verdict(found)
        raise typer.Exit(OPERATOR_MISTAKE if found.verdict is Verdict.EMPTY else UNRECOGNIZED)


def _try_warehouse(warehouse: str | None) -> None:
    """Raise WarehouseError for what can be no warehouse, or needs a package that is missing; connect to nothing."""
    from event_assets.config.settings import warehouse_url
    from loaders.connection.warehouse import Warehouse

    if warehouse:
        Warehouse.open(warehouse_url(warehouse)).extensions()


def _read_hints(layout: str | None, framing: str | None, mapping: str | None) -> InitHints:
    from event_assets.archive.inspection.result import InitHints
    from event_assets.archive.listing.layouts import find_layout
    from event_assets.events.mapping.paths import MappingError
    from event_assets.events.mapping.shipped import preset

    layout = None if layout == "auto" else layout
    if layout is not None:
        find_layout(layout)
    try:
        return InitHints(layout, framing, mapping, preset(mapping) if mapping else None)
    except MappingError as error:
        raise SettingsError(str(error)) from None


def _parse_options(texts: list[str]) -> dict[str, object]:
    """Return options such as `a.b=value` as nested tables; a value that is a JSON number or boolean becomes one."""
    options: dict[str, object] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise SettingsError(f"--option {name} has no value; write it like --option profile=archive-reader.")
        *parents, last = name.split(".")
        table = options
        for part in parents:
            inner = table.setdefault(part, {})
            if not isinstance(inner, dict):
                raise SettingsError(f"--option {part} is given as a value and as a table; omit one of them.")
            table = inner
        table[last] = _parse_value(value)
    return options


def _parse_value(text: str) -> object:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text


def _has_settings(path: Path, document: str) -> bool:
    """Return whether the file has the settings of the document, whatever its comments are."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) == tomllib.loads(document)
    except (OSError, ValueError):
        return False
