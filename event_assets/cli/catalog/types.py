"""The commands `tideline catalog export`, `import` and `infer`. Covered by tests/cli/catalog/test_types.py."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from event_assets.cli.catalog.options import DryRun
from event_assets.cli.files import write_whole
from event_assets.cli.options import AsJson, FirstHour, LastHour, with_settings
from event_assets.config.settings import Settings, SettingsError, parse_range

EXPORT_EXAMPLES: Final = """Example: tideline catalog export types.toml, then git diff types.toml

The file has a line per column, sorted. Without --counts it changes only when a type, a pin or a column changes."""

IMPORT_EXAMPLES: Final = """Example: tideline catalog import types.toml --dry-run

Every column in the file is pinned to its type: no load widens or settles it again. Columns that no event has yet are \
added to the catalog. If a column has values of another type, nothing is changed: `tideline retype` changes such a \
type. Columns that are not in the file stay as they are."""

INFER_EXAMPLES: Final = """Examples:

tideline catalog infer types.toml --from 2026-01-01T00 --to 2026-01-31T23

tideline catalog infer --from 2026-01-01T00 --to 2026-01-31T23 --apply --pin

After --apply a backfill gives the same types in any order of its hours. Hours that are not in the lake are normalized \
first; the load that follows finds them there."""

File = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The file to write; by default standard output.")]
Counts = Annotated[bool, typer.Option("--counts", help="Add the values by kind, which change with every load.")]


@with_settings()
def export(
    file: File = None,
    counts: Counts = False,
    *,
    settings: Settings,
) -> None:
    """Write the types of a source's columns as a TOML file."""
    from event_assets.pipeline.catalog import read_catalog
    from loaders.catalog.file import format_catalog

    source = settings.only_source()
    catalog = read_catalog(settings, source)
    if not any(catalog.tables.values()):
        raise SettingsError(
            f"Schema {source.schema!r} has no columns yet: load first, or use `tideline catalog infer`."
        )
    _write(file, format_catalog(catalog, schema=source.schema, counts=counts))


@with_settings()
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of `catalog export` or `catalog infer`.")],
    no_pin: Annotated[
        bool, typer.Option("--no-pin", help="Settle the types, but pin only columns that the file marks as pinned.")
    ] = False,
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Settle the columns of a file to its types and pin them: all columns, or none."""
    from event_assets.cli.output.catalog import print_changes
    from event_assets.pipeline.catalog import import_catalog
    from loaders.catalog.file import parse_catalog

    entries = parse_catalog(_read(file), file=str(file))
    changes = import_catalog(settings, settings.only_source(), entries, pin=not no_pin, dry_run=dry_run)
    print_changes(changes, dry_run=dry_run, as_json=as_json)


@with_settings(mapping=True)
def infer(
    file: File = None,
    start: FirstHour = None,
    end: LastHour = None,
    apply: Annotated[bool, typer.Option("--apply", help="Import the types at once, settled.")] = False,
    pin: Annotated[bool, typer.Option("--pin", help="With --apply: also pin the types.")] = False,
    counts: Counts = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Determine the types over a range of archive hours, and load nothing."""
    from event_assets.cli.output.catalog import print_changes
    from event_assets.cli.output.progress import hours_bar
    from event_assets.pipeline.catalog import import_catalog, infer_catalog
    from loaders.catalog.file import entries_of, format_catalog

    first, last = parse_range(start, end)
    if (pin or as_json) and not apply:
        raise SettingsError("--pin and --json need --apply: add it, or omit them.")
    source = settings.only_source()
    with hours_bar() as on_progress:
        catalog = infer_catalog(settings, source, start=first, end=last, on_progress=on_progress)
    changes = import_catalog(settings, source, entries_of(catalog), pin=pin) if apply else ()
    if file is not None or not apply:
        _write(file, format_catalog(catalog, schema=source.schema, counts=counts))
    if apply:
        print_changes(changes, dry_run=False, as_json=as_json)


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from None


def _write(file: Path | None, text: str) -> None:
    if file is None or str(file) == "-":
        sys.stdout.write(text)
        return
    write_whole(file, text)
