"""Duplicates by library are the same numbers in the lake, `status`, its page and Dagster, and add up to the total."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

import duckdb
import pytest

from event_assets.config.warehouse import open_ledger
from event_assets.defs.hour_metadata import read_details
from event_assets.health.groups.libraries import NOT_RECORDED
from event_assets.lake.reading.read import read_note
from tests.defs.build import hour, settings_of, track, write_config, write_file
from tests.defs.in_process import tideline

HOURS = (0, 1, 30, 24 * 40)
"""Hours with duplicates: the first three are no longer among the last 30 days."""


def sent(name: str, number: int, library: object) -> dict[str, Any]:
    return track(name, at=hour(number)) | {"context": {"library": library}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hours in which each id comes three times, from several libraries."""
    folder = tmp_path_factory.mktemp("libraries")
    libraries = [{"name": "ios", "version": "2.1"}, {"name": "<b>js</b>", "version": 3}, "none"]
    for number in HOURS:
        lines = [sent(f"{number}-{n}", number, libraries[(n + copy) % 3]) for n in range(5) for copy in range(3)]
        write_file(folder / "archive", hour(number), lines)
    config = write_config(folder, hours=24 * 41)
    assert tideline("load", "--config", config, cwd=folder).returncode == 0
    return folder


def noted(folder: Path, hours: tuple[int, ...] = HOURS) -> Counter[str]:
    """The sums of the lake's notes."""
    settings, counts = settings_of(folder / "tideline.toml"), Counter[str]()
    for number in hours:
        note = read_note(settings.lake, "default", hour(number))
        assert note is not None
        counts.update(note.duplicates_by_library)
    return counts


def status_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tideline("status", "--json", cwd=folder).stdout)["sources"][0]
    return found


def test_every_page_has_the_numbers_of_the_lake(project: Path) -> None:
    wanted = noted(project)
    status = status_of(project)
    assert status["duplicates_by_library"] == wanted
    assert sum(wanted.values()) == status["totals"]["duplicates"] == 10 * len(HOURS)
    shown = tideline("status", cwd=project).stdout
    assert "Duplicates by library" in shown
    assert tideline("status", "--html", "page.html", cwd=project).returncode == 0
    page = (project / "page.html").read_text(encoding="utf-8")
    for library, number in wanted.items():
        assert re.search(rf"{re.escape(library)} +│ +{number} ", shown)
        assert re.search(rf"<td[^>]*>{re.escape(escape(library))}</td><td[^>]*>{number}</td>", page)


def test_the_picture_has_the_last_days(project: Path) -> None:
    settings = settings_of(project / "tideline.toml")
    with open_ledger(settings) as session:
        assert session is not None
        details = read_details(session, settings.sources["default"], [hour(HOURS[-1])], ())
    image = details[hour(HOURS[-1])]["recent_duplicates_by_library"].value
    drawn = base64.b64decode(re.search(r"base64,([^)]*)\)", image)[1]).decode()  # type: ignore[index]
    shown = set(re.findall(r"<text[^>]*>([^<]*)</text>", drawn))
    wanted = noted(project, HOURS[-1:])
    assert shown == {f"{number} {name.replace('<', '&lt;').replace('>', '&gt;')}" for name, number in wanted.items()}
    assert "js" not in image, "names are in the picture, not in the Markdown"


def test_loads_of_an_earlier_version_are_counted_under_a_name_of_their_own(project: Path) -> None:
    with duckdb.connect(str(project / "warehouse.duckdb")) as connection:
        connection.execute("DELETE FROM tideline.duplicates WHERE archive_hour = ?", [hour(30)])
    status = status_of(project)
    assert status["duplicates_by_library"] == noted(project, (0, 1, HOURS[-1])) | Counter({NOT_RECORDED: 10})
    assert sum(status["duplicates_by_library"].values()) == status["totals"]["duplicates"]
