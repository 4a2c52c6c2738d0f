"""The group `tideline catalog`. Covered by tests/cli/test_help.py."""

from __future__ import annotations

import typer

from event_assets.cli.catalog import types, usage

catalog_app = typer.Typer(
    name="catalog",
    help="Manage the types of columns: review them in git, pin them, settle them before a backfill, drop junk.",
    epilog="Example: tideline catalog export types.toml",
    no_args_is_help=True,
)
catalog_app.command("export", epilog=types.EXPORT_EXAMPLES)(types.export)
catalog_app.command("import", epilog=types.IMPORT_EXAMPLES)(types.import_)
catalog_app.command("infer", epilog=types.INFER_EXAMPLES)(types.infer)
catalog_app.command("list", epilog=usage.LIST_EXAMPLES)(usage.list_)
catalog_app.command("drop", epilog=usage.DROP_EXAMPLES)(usage.drop)
catalog_app.command("restore", epilog=usage.RESTORE_EXAMPLES)(usage.restore)
