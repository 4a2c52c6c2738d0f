"""What the pages name exists: links, pages that code names, make targets, commands with flags, configurations."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from event_assets.cli.app import app
from event_assets.config.settings import CONFIG_NAME, load_settings
from tests.conftest import ROOT
from tests.docs.pages import LINK, PAGES, Block, anchors, blocks, commands

KEYS = {"TIDELINE_MASKING_KEY": "the key of the examples"}
SOURCES = ("event_assets", "loaders", "sql", "benchmarks", "deploy", "tests", ".ci")
FILES = ("pyproject.toml", "Makefile", "workspace.yaml")


def sources() -> Iterator[Path]:
    """Yield every text file of the code that may name a page."""
    yield from (ROOT / name for name in FILES)
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {"", ".py", ".sql", ".toml", ".yaml", ".service"} and path.is_file():
                yield path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        reached = (page.parent / target) if target else page
        assert reached.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(reached), f"{page.name} links to {target}#{anchor}"


def test_every_picture_is_shown() -> None:
    shown = {
        (page.parent / target).resolve()
        for page in PAGES
        for target, _ in LINK.findall(page.read_text(encoding="utf-8"))
    }
    pictures = {path for pattern in ("*.png", "*.svg") for path in (ROOT / "docs").rglob(pattern)}
    assert pictures
    assert sorted(pictures - shown) == []


def test_every_page_that_code_names_exists() -> None:
    named = 0
    for path in sources():
        for page, anchor in re.findall(
            r"(?<![\w/.])(docs/[\w/-]+\.(?:md|svg))(?:#([\w-]+))?", path.read_text(encoding="utf-8")
        ):
            named += 1
            assert (ROOT / page).is_file(), f"{path.relative_to(ROOT)} names {page}"
            assert not anchor or anchor in anchors(ROOT / page), f"{path.relative_to(ROOT)} names {page}#{anchor}"
    assert named


def test_every_section_of_the_contract_that_code_cites_exists() -> None:
    sections = set(
        re.findall(r"^## (\d+)\. ", (ROOT / "docs" / "contract.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert sections == {str(number) for number in range(1, 14)}
    cited = {
        (path, section)
        for path in (*sources(), *PAGES)
        for section in re.findall(r"contract\s+(?:[#*]+\s+)?§(\d+)", path.read_text(encoding="utf-8"))
    }
    assert cited
    assert [(path.relative_to(ROOT), section) for path, section in cited if section not in sections] == []


def test_the_overview_links_to_every_page() -> None:
    overview = ROOT / "docs" / "README.md"
    linked = {(overview.parent / target).resolve() for target, _ in LINK.findall(overview.read_text(encoding="utf-8"))}
    decisions = ROOT / "docs" / "adr"
    pages = {page for page in PAGES if page.parent != decisions or page.name == "README.md"} - {overview}
    assert pages - linked == {ROOT / "README.md"}


def test_every_make_target_in_the_pages_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = [(place, line.split()[1]) for place, line in commands() if line.startswith("make ")]
    for page in PAGES:
        named += [(page.name, name) for name in re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8"))]
    assert named
    assert [(place, name) for place, name in named if name not in targets] == []


@pytest.mark.parametrize(("place", "line"), [each for each in commands() if each[1].startswith("tideline")])
def test_every_command_line_in_the_pages_is_understood(place: str, line: str) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    _, name, *rest = shlex.split(line)
    command = group.commands.get(name)
    assert command is not None, f"{place}: there is no `tideline {name}`"
    if isinstance(command, TyperGroup):
        name, *rest = rest
        command = command.commands.get(name)
        assert command is not None, f"{place}: there is no `{line}`"
    with command.make_context(name, rest) as context:
        assert context.params


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block.place)
def test_every_configuration_in_the_pages_is_accepted(block: Block, tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).write_text(block.text, encoding="utf-8")
    settings = load_settings(KEYS, folder=tmp_path)
    assert settings.sources


def test_configuration_examples_cover_mapping_and_several_sources(tmp_path: Path) -> None:
    read = []
    for block in blocks("toml"):
        (tmp_path / CONFIG_NAME).write_text(block.text, encoding="utf-8")
        read.append(load_settings(KEYS, folder=tmp_path))
    assert any(source.mapping for settings in read for source in settings.sources.values())
    assert any(len(settings.sources) > 1 for settings in read)


def test_every_shell_command_is_one_of_ours() -> None:
    words = {line.split()[0] for _, line in commands()}
    assert words <= {"make", "tideline", ".ci/run", "dagster-celery"}
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
