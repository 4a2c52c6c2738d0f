"""docs/mistakes.md holds real messages: every mistake of its table is made, and its line compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from event_assets.archive.storage import s3_objects as objects
from event_assets.cli.app import run
from tests.cli.governance import mistakes as governance_mistakes
from tests.cli.mistakes import MISTAKES, Ground, Project, forget_connections, prepare_ground, web_site
from tests.conftest import ROOT
from tests.s3 import start_store
from tests.s3_proxy import start_proxy

PAGE: Final = ROOT / "docs" / "mistakes.md"
ROW: Final = re.compile(r"^\| (?P<mistake>.+?) \| `(?P<message>[^`]+)` \| (?P<code>[12]) \|$", re.MULTILINE)
ROWS: Final = {row["mistake"]: row for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with (
        start_store() as store,
        start_proxy(store) as proxy,
        prepare_ground(store, proxy, tmp_path_factory.mktemp("archive")) as ground,
    ):
        yield ground


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with web_site() as url:
        yield url


def test_every_row_of_the_page_is_a_mistake_of_this_list() -> None:
    assert governance_mistakes.__name__  # importing it has added its own
    assert list(ROWS) == list(MISTAKES)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_in_the_line_that_the_page_shows(
    name: str,
    ground: Ground,
    site: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "no-file"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(objects, "PAUSES", (0.0,))
    monkeypatch.chdir(tmp_path)
    ground.proxy.clear()
    forget_connections()
    project = Project(ground, tmp_path, environment={"A_WEB_SITE": site})
    MISTAKES[name](project)
    code = run(["load", "--config", str(project.write()), "--no-rollups"])
    ground.proxy.clear()
    printed = capfd.readouterr().err
    row = ROWS[name]
    pattern = re.compile(".*?".join(map(re.escape, row["message"].split("…"))))
    fitting = [line for line in printed.splitlines() if pattern.fullmatch(line.removeprefix("tideline: "))]
    assert len(fitting) == 1, printed
    assert code == int(row["code"])
    if code == 2:
        assert printed.splitlines() == [f"tideline: {fitting[0].removeprefix('tideline: ')}"]
    assert "Traceback" not in printed
    assert not any(key["secret"] in printed for key in ground.keys.values())
    assert "not-of-this-key" not in printed
