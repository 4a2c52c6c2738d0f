"""The reference of settings in docs/configuration.md: `make docs-reference` writes it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from event_assets.config.declaration import Setting
from event_assets.config.layers import OF_SOURCE, OF_TOP, TABLES, TOP_LEVEL
from event_assets.config.source_table import SOURCE

PAGE: Final = Path("docs") / "configuration.md"
"""The page, from the root of the repository."""

_HEADER: Final = ("| key | default | type | meaning |", "|---|---|---|---|")
_SOURCES: Final = ("| `source`, `sources.NAME` | required | table | The source, or several by name. |",)


def write_reference(page: str) -> str:
    """Return the page with its generated parts as the declarations have them."""
    for name, lines in (("flags", _flags()), ("settings", _settings()), ("source", _source())):
        begin, end = f"<!-- begin {name}: make docs-reference -->", f"<!-- end {name} -->"
        table = "\n".join(lines)
        page, count = re.subn(
            f"{re.escape(begin)}\n.*?{re.escape(end)}",
            lambda _, begin=begin, table=table, end=end: f"{begin}\n{table}\n{end}",  # type: ignore[misc]  # re.subn's callable
            page,
            flags=re.DOTALL,
        )
        if count != 1:
            raise ValueError(f"The page has no part between {begin!r} and {end!r}.")
    return page


def _flags() -> Iterator[str]:
    """Yield the settings that a flag or a variable overrides."""
    yield from ("| flag of `tideline load` | environment | in the file |", "|---|---|---|")
    for name in OF_SOURCE:
        yield _row(f"`--{name}`", _variable(SOURCE[name]), f"`{name}` of the source")
    for name in OF_TOP:
        yield _row(f"`--{name}`", _variable(TOP_LEVEL[name]), f"`{name}`")
    yield _row("`--config`", "`TIDELINE_CONFIG`", "")
    for table, settings in TABLES.items():
        for name, setting in settings.items():
            if setting.variable:
                yield _row("", _variable(setting), f"`{name}` of `[{table}]`")


def _variable(setting: Setting) -> str:
    return f"`{setting.variable}`" if setting.variable else ""


def _settings() -> Iterator[str]:
    yield from (*_HEADER, *_rows(TOP_LEVEL), *_SOURCES)
    for name, settings in TABLES.items():
        yield from _rows(settings, above=f"{name}.")


def _source() -> Iterator[str]:
    yield from (*_HEADER, *_rows(SOURCE))


def _rows(settings: Mapping[str, Setting], *, above: str = "") -> Iterator[str]:
    for name, setting in settings.items():
        yield _row(f"`{above}{name}`", _default(setting), setting.kind.label, setting.description)


def _default(setting: Setting) -> str:
    return setting.unset or f"`{json.dumps(setting.kind.write(setting.default))}`"


def _row(*columns: str) -> str:
    return re.sub(" +", " ", f"| {' | '.join(columns)} |")


def main() -> None:
    """Write the generated parts of the page below the current folder, or with `--check` exit 1 if they differ."""
    page = PAGE.read_text(encoding="utf-8")
    current = write_reference(page)
    if "--check" in sys.argv[1:]:
        sys.exit(0 if page == current else f"{PAGE} is not current: run `make docs-reference`.")
    PAGE.write_text(current, encoding="utf-8")


if __name__ == "__main__":
    main()
