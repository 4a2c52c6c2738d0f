"""`tideline catalog` and `tideline retype`: types reviewed in git, settled before a backfill, changed on purpose."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from event_assets.cli.options import AsJson, with_settings
from event_assets.config.settings import Settings, SettingsError, parse_hour

if TYPE_CHECKING:
    from event_assets.pipeline.catalog import OnProgress
    from loaders.catalog.import_types import Change
    from loaders.rewrite.retype import Retyped

EXPORT_EXAMPLES: Final = """Example: tideline catalog export types.toml, then git diff types.toml

A line per column, sorted. Without --counts the file changes only when a type, a pin or a column does."""

IMPORT_EXAMPLES: Final = """Example: tideline catalog import types.toml --dry-run

Every column that the file names is pinned to its type: no load widens or settles it again. Columns that no event has \
brought yet are known from then on. A column that has values of another type is not touched, and neither is any other: \
`tideline retype` changes such a type. Columns that the file does not name stay as they are."""

INFER_EXAMPLES: Final = """Examples:

tideline catalog infer types.toml --from 2026-01-01T00 --to 2026-01-31T23

tideline catalog infer --from 2026-01-01T00 --to 2026-01-31T23 --apply --pin

After --apply a backfill gives the same types in whatever order its hours are loaded. Hours that the lake lacks are \
normalized first; the load that follows finds them there."""

RETYPE_EXAMPLES: Final = """Examples:

tideline retype order_completed price float --dry-run

tideline retype order_completed zip_code string --pin

TYPE is boolean, int, float, string or datetime. Every value of the column is read again from the lake as it was sent: \
what the new type holds exactly stands in the column, the rest in _rescued. All of it is one transaction; loads wait \
for it. An int column that is not pinned is widened again by the next float."""

catalog_app = typer.Typer(
    name="catalog",
    help="Types of columns as a file: review them in git, pin them, settle them before a backfill.",
    no_args_is_help=True,
)

File = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to write; standard output by default.")]
Counts = Annotated[bool, typer.Option("--counts", help="Tell values by kind too; they change with every load.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing.")]


@catalog_app.command("export", epilog=EXPORT_EXAMPLES)
@with_settings()
def export_(
    file: File = None,
    counts: Counts = False,
    *,
    settings: Settings,
) -> None:
    """Write the types of a source's columns as a TOML file."""
    from event_assets.pipeline.catalog import only_source, read_catalog
    from loaders.catalog.file import format_catalog

    found = only_source(settings)
    catalog = read_catalog(settings, found)
    if not any(catalog.tables.values()):
        raise SettingsError(f"Schema {found.schema!r} has no columns yet: load first, or use `tideline catalog infer`.")
    _write(file, format_catalog(catalog, schema=found.schema, counts=counts))


@catalog_app.command("import", epilog=IMPORT_EXAMPLES)
@with_settings()
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of `catalog export` or `catalog infer`.")],
    no_pin: Annotated[
        bool, typer.Option("--no-pin", help="Settle the types, but pin only what the file calls pinned.")
    ] = False,
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Settle the columns of a file to its types, and pin them: all of them, or none."""
    from event_assets.pipeline.catalog import import_catalog, only_source
    from loaders.catalog.file import parse_catalog

    entries = parse_catalog(_read(file), file=str(file))
    changes = import_catalog(settings, only_source(settings), entries, pin=not no_pin, dry_run=dry_run)
    _tell_changes(changes, dry_run=dry_run, as_json=as_json)


@catalog_app.command(epilog=INFER_EXAMPLES)
@with_settings(mapping=True)
def infer(
    file: File = None,
    start: Annotated[str | None, typer.Option("--from", metavar="HOUR", help="First archive hour (UTC).")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="HOUR", help="Last archive hour, inclusive.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Import the types at once, settled.")] = False,
    pin: Annotated[bool, typer.Option("--pin", help="With --apply: pin them too.")] = False,
    counts: Counts = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Settle types over a range of archive hours, and load nothing."""
    from event_assets.pipeline.catalog import import_catalog, infer_catalog, only_source
    from loaders.catalog.file import entries_of, format_catalog

    first, last = (None if text is None else parse_hour(text) for text in (start, end))
    if first and last and first > last:
        raise SettingsError(f"--from {start} is after --to {end}; swap them.")
    if (pin or as_json) and not apply:
        raise SettingsError("--pin and --json tell how to --apply: give that too, or leave them out.")
    found = only_source(settings)
    with progress() as told:
        catalog = infer_catalog(settings, found, start=first, end=last, on_progress=told)
    changes = import_catalog(settings, found, entries_of(catalog), pin=pin) if apply else ()
    if file is not None or not apply:
        _write(file, format_catalog(catalog, schema=found.schema, counts=counts))
    if apply:
        _tell_changes(changes, dry_run=False, as_json=as_json)


@with_settings()
def retype(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="The event table, such as order_completed.")],
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="The column, such as price.")],
    to: Annotated[str, typer.Argument(metavar="TYPE", help="boolean, int, float, string or datetime.")],
    pin: Annotated[bool, typer.Option("--pin", help="Pin the type too: no load widens it again.")] = False,
    dry_run: DryRun = False,
    *,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Change the type of a column on purpose, and rebuild it from the lake."""
    from event_assets.pipeline.catalog import only_source
    from event_assets.pipeline.catalog import retype as retype_now
    from loaders.rewrite.retype import Retype

    found = only_source(settings)
    with progress() as told:
        done = retype_now(settings, found, Retype(table, column, to, pin), dry_run=dry_run, on_progress=told)
    _tell_retyped(done, dry_run=dry_run, as_json=as_json)


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from None


def _write(file: Path | None, text: str) -> None:
    if file is None or str(file) == "-":
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error}.") from None


@contextmanager
def progress() -> Iterator[OnProgress]:
    """A bar of archive hours on standard error, where that is a terminal."""
    from event_assets.cli.load_output import progress_lines

    with progress_lines(0) as bar:
        (task,) = bar.task_ids
        yield lambda done, hours: bar.update(task, completed=done, total=hours)


def _tell_changes(changes: Sequence[Change], *, dry_run: bool, as_json: bool) -> None:
    from event_assets.cli.output import print_json

    if as_json:
        print_json({"dry_run": dry_run, "changes": [dataclasses.asdict(change) for change in changes]})
        return
    for change in changes:
        sys.stdout.write(f"{change}\n")
    verb = "would change" if dry_run else "changed"
    sys.stdout.write(f"{len(changes)} columns {verb}.\n" if changes else "The catalog says so already.\n")


def _tell_retyped(done: Retyped, *, dry_run: bool, as_json: bool) -> None:
    from event_assets.cli.output import print_json

    if as_json:
        print_json({"dry_run": dry_run, **dataclasses.asdict(done)})
        return
    verb = "would be made anew" if dry_run else "made anew"
    lines = [
        f"{done.table}.{done.column}: {done.former} -> {done.type}{' pinned' if done.pinned else ''}",
        f"{done.rows:,} rows of {done.hours:,} archive hours {verb}",
        f"{done.rescued_before:,} values rescued before, {done.rescued:,} after",
    ]
    if done.type == "int" and not done.pinned:
        lines.append("The next float widens it to float; --pin keeps it as it is.")
    sys.stdout.write("\n".join(lines) + "\n")
