"""The status page: one file that asks nobody for anything, with the warehouse's numbers, safe against hostile names."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from event_assets.health.groups.forms import LineForm
from event_assets.health.pages.parts import show_table, sparkline
from event_assets.health.pages.status_page import Shown, status_page
from event_assets.health.status import LateHour, Reason, SourceStatus
from event_assets.health.trend import Trend
from event_assets.lake.failures import HourFailure
from tests.defs.build import hour, track, write_config, write_file
from tests.defs.in_process import tideline

HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
NOW = datetime(2026, 2, 1, tzinfo=UTC)
VOID = {"meta", "rect"}


class Page(HTMLParser):
    """Reads a page: its tags with their attributes, its text, and that every tag is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def assert_asks_nobody(text: str, page: Page) -> None:
    assert not {"script", "img", "link", "iframe", "object", "form", "a"} & {tag for tag, _ in page.tags}
    names = {name for _, attributes in page.tags for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("src", "href", "style")]
    assert not re.search(r"https?://|url\(|@import", text)
    assert "default-src 'none'" in text
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.tags


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days of events, one of a hostile name, a late file that waits, and lines in quarantine."""
    folder = tmp_path_factory.mktemp("status")
    for number, events in ((0, 3), (24, 5), (48, 2)):
        lines = [track(f"m{number}-{n}", at=hour(number)) for n in range(events)]
        write_file(folder / "archive", hour(number), [*lines, f'{{"type": "{HOSTILE}'])
    write_file(folder / "archive", hour(48), [track("late", at=hour(0), event=HOSTILE)], part=1)
    config = write_config(folder, hours=72)
    assert tideline("load", "--config", config, cwd=folder).returncode == 0
    write_file(folder / "archive", hour(24), [track("waits", at=hour(24))], part=2)
    return folder


def test_the_page_has_the_numbers_of_the_warehouse_and_asks_nobody(project: Path) -> None:
    done = tideline("status", "--html", project / "status.html", cwd=project)
    assert (done.returncode, done.stdout) == (0, f"Wrote {project / 'status.html'}\n")
    text = (project / "status.html").read_text(encoding="utf-8")
    page = Page(text)
    assert_asks_nobody(text, page)
    with duckdb.connect(str(project / "warehouse.duckdb"), read_only=True) as connection:
        tables = dict(
            connection.execute(
                "SELECT table_name, estimated_size FROM duckdb_tables() WHERE schema_name = 'events'"
            ).fetchall()
        )
    assert set(tables) == {"tracks", "order_completed"} | {name for name in tables if "script" in name}
    for name, rows in tables.items():
        assert f"{name} {rows} rows of {name} by day" in page.text
    assert page.text.count("Events by day of arrival 2026-01-31 to 2026-02-02: 11, at most 5 a day") == 1
    assert "Late events by day of arrival" in page.text
    assert "Late or rewritten files hour files for example 2026-02-01T07 1" in page.text
    assert "Quarantine by reason reason lines held" in page.text
    assert "pending hours 1" in page.text
    graphs = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(graphs) == 3 + len(tables)


def test_hostile_names_stay_text() -> None:
    failure = HourFailure(hour(0), hour(1), hour(1), 2, f"{HOSTILE} postgresql://me:hush@host/db")
    status = SourceStatus(
        HOSTILE, HOSTILE, failing=(failure,), late=(LateHour(hour(0), (HOSTILE,)),),
        quarantine=(Reason(HOSTILE, 3, True, ()),), tables={HOSTILE: 3}, totals={"events": 3},
        duplicates_by_library={HOSTILE: 3}, quarantine_forms=(LineForm(HOSTILE, HOSTILE, HOSTILE, 3, HOSTILE, None),),
    )  # fmt: skip
    trend = Trend((date(2026, 1, 31),), {"events": (3,)}, {HOSTILE: (3,)})
    text = status_page([Shown(status, trend), Shown(SourceStatus("b", "b", error=HOSTILE), Trend())], [HOSTILE], NOW)
    page = Page(text)
    assert_asks_nobody(text, page)
    assert page.text.count(HOSTILE) == 14
    assert "hush" not in text


def test_a_source_without_a_load_has_a_page() -> None:
    page = Page(status_page([Shown(SourceStatus("default", "events"), Trend())], [], NOW))
    assert "last load never" in page.text
    assert "svg" not in {tag for tag, _ in page.tags}


def test_long_lists_are_cut_and_counted() -> None:
    status = replace(SourceStatus("default", "events"), tables={f"t{number}": number for number in range(130)})
    late = tuple(LateHour(hour(number), ("a",)) for number in range(33))
    text = Page(status_page([Shown(replace(status, late=late), Trend())], [], NOW)).text
    assert "30 more tables" in text
    assert "13 more" in text


def test_a_phone_shows_rows_with_long_cells_as_a_list_and_numbers_are_at_the_right() -> None:
    long, short = "a/" + "x" * 40, "b"
    (stacked,) = _tables([[long, "3"]])
    assert stacked.startswith("<table class=stack><tr><th>file</th><th class=n>lines</th></tr>")
    assert f'<td class=long data-of="file">{long}</td><td class=n data-of="lines">3</td>' in stacked
    (plain,) = _tables([[short, "3"]])
    assert plain.startswith("<table><tr>")


def _tables(rows: list[list[str]]) -> list[str]:
    return re.findall("<table.*?</table>", "".join(show_table("t", ("file", "lines>"), rows, most=2)), re.DOTALL)


def test_a_bar_is_as_tall_as_its_value_and_none_is_lost() -> None:
    drawn = re.findall(
        r'x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', sparkline((0, 1, 14, 28, 100_000), "n")
    )
    assert [float(tall) for _, _, tall in drawn] == [1, 1, 1, 28]
    assert [float(left) for left, _, _ in drawn] == [22.9, 45.7, 68.6, 91.4]
    assert sparkline((), "n").count("<rect") == 0
