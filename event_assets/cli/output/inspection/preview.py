"""The preview of `tideline init`: sampled events as rows of their tables, what stays empty, and what is rescued.

Covered by tests/cli/test_init_preview.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from event_assets.cli.output.printing import cells, new_table

if TYPE_CHECKING:
    from rich.table import Table

    from event_assets.archive.inspection.preview import Preview

_EMPTY: Final = 0.995
"""From this share on a column is named as empty; below, its share is."""

_SOME: Final = 0.005
"""Up to this share nothing is reported: it would be 0%."""

_WIDEST: Final = 32
"""Characters of a value that are shown."""

_LONGEST: Final = 500
"""Characters of a value in JSON."""


def describe_preview(preview: Preview) -> str:
    """Return what a mapping leaves empty and rescues, and the members that are rescued most often."""
    empty = [
        name if share > _EMPTY else f"{name} in {share:.0%}" for name, share in preview.empty.items() if share > _SOME
    ]
    lost = [f"{name} ({count:,})" for name, count in preview.lost.items()]
    return (
        f"empty: {', '.join(empty) or 'nothing'}; rescued: {preview.rescued:.1%} of {preview.values:,} values "
        f"in {preview.events:,} events" + (f", most often {', '.join(lost)}" if lost else "")
    )


def preview_table(preview: Preview) -> Table:
    """Return a few sampled events as the rows they become."""
    table = new_table("As rows", *preview.rows[0])
    for row in preview.rows:
        table.add_row(*cells(*(_shorten(value, _WIDEST) for value in row.values())))
    return table


def preview_document(preview: Preview) -> dict[str, Any]:
    """Return the preview for JSON."""
    return {
        "events": preview.events,
        "empty": dict(preview.empty),
        "values": preview.values,
        "rescued": preview.rescued,
        "rescued_members": dict(preview.lost),
        "rows": [
            {name: value if value is None else _shorten(value, _LONGEST) for name, value in row.items()}
            for row in preview.rows
        ],
    }


def _shorten(value: str | None, most: int) -> str:
    shown = "" if value is None else value
    return shown if len(shown) <= most else shown[: most - 1] + "…"
