"""The documentation as a site: the pages of the repository and the files they link to, by Zensical.

`make docs` runs this. Pages keep their paths, so that links need no change; a link that leads nowhere ends the build.
`docs/README.md` gives the navigation.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.conftest import ROOT
from tests.docs.pages import LINK, PAGES

OVERVIEW: Final = ROOT / "docs" / "README.md"
FOLDER: Final = ROOT / "build" / "docs"
SETTINGS: Final = """\
[project]
site_name = "Tideline"
site_description = "Warehouse tables that stay right as late, duplicate, corrected and broken data keeps arriving."
docs_dir = "pages"
site_dir = "site"
use_directory_urls = false
nav = {nav}

[project.theme]
features = ["content.code.copy", "navigation.indexes", "navigation.top", "search.highlight"]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"

[project.markdown_extensions.admonition]

[project.markdown_extensions.md_in_html]

[project.markdown_extensions.pymdownx.highlight]

[project.markdown_extensions.pymdownx.superfences]

[project.markdown_extensions.tables]

[project.markdown_extensions.toc]
permalink = true
slugify = {{ object = "pymdownx.slugs.slugify", kwds = {{ case = "lower" }} }}
"""


def linked_files(page: Path) -> Iterator[Path]:
    """Yield every file that a page links to."""
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        reached = (page.parent / target).resolve()
        if reached.is_file():
            yield reached


def files() -> set[Path]:
    """Return the pages and what they link to."""
    return {*PAGES, *(reached for page in PAGES for reached in linked_files(page))}


def navigation() -> list[dict[str, object]]:
    """Return the sections of the overview, with title and path of every page."""
    entries: list[dict[str, object]] = [{"Tideline": "README.md"}, {"All pages": "docs/README.md"}]
    for section in OVERVIEW.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        pages = [
            {name: (OVERVIEW.parent / path).resolve().relative_to(ROOT).as_posix()}
            for name, path in re.findall(r"\[([^]]+)\]\(([^)#]+\.md)\)", text)
        ]
        entries.append({title: pages})
    return entries


def toml(value: object) -> str:
    """Return a nested list of one-entry tables and texts as a TOML value."""
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name)} = {toml(inner)}" for name, inner in value.items()) + " }"
    return json.dumps(value)


def stage(folder: Path) -> Path:
    """Copy the pages and write the configuration; return its path."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in files():
        copy = folder / "pages" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    config = folder / "zensical.toml"
    config.write_text(SETTINGS.format(nav=toml(navigation())), encoding="utf-8")
    return config


def main() -> int:
    """Build the site into build/docs/site; return the exit code of the build."""
    config = stage(FOLDER)
    zensical = str(Path(sys.executable).with_name("zensical"))
    command = [zensical, "build", "--strict", "--clean", "--config-file", str(config)]
    done = subprocess.run(command, check=False, cwd=FOLDER)
    if done.returncode == 0:
        sys.stdout.write(f"{FOLDER / 'site' / 'index.html'}\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
