"""One thing has one name: what the command prints, its pages and Dagster call a count by the word of `loads`.

A number that occurs once is given to each count; whatever shows that number has to name it. And no label of the command
or of Dagster is another word for a thing of the glossary.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from typing import Final

import pytest

from event_assets.archive.manifest import Manifest
from event_assets.cli.output.demo import DemoReport, print_report
from event_assets.cli.output.load import LoadReport, print_load
from event_assets.cli.output.prometheus import prometheus_text
from event_assets.cli.output.status import print_status
from event_assets.config.source import Source
from event_assets.defs.assets import SourceKeys
from event_assets.defs.metadata import load_metadata
from event_assets.defs.summary import HourFacts, number_table, summarize
from event_assets.discovery.pending import HourState
from event_assets.health.pages.status_page import Shown, status_page
from event_assets.health.status import SourceStatus
from event_assets.health.trend import Trend
from event_assets.lake.hour_note import Counts, HourNote
from event_assets.pipeline.load import Outcome, Plan, Planned
from loaders.interface.counts import LOAD_COUNTS
from loaders.load.load import LoadResult
from tests.conftest import ROOT
from tests.defs.build import hour

NUMBERS: Final = {name: 7_001 + number for number, name in enumerate([*LOAD_COUNTS, "excluded"])}
"""Count -> the number by which it is found in what is printed."""
UNNAMED: Final = {"bytes", "staged", "ignored"}
"""Counts that a sentence or a table shows in another unit or not at all."""
WORDS: Final = {
    "bad_files": ("bad file",),
    "ignored_files": ("ignored", "file"),
    "clocks_corrected": ("clock", "corrected"),
}
"""The words of a count where they are not its name; a singular is in its plural."""
OTHER_WORDS: Final = {
    "archive hour": r"\barrival hours?\b",
    "bad file": r"\b(broken|corrupt|unreadable) files?\b",
    "deleted": r"\brows? (was|were) (removed|dropped)\b",
    "duplicates": r"\bcop(y|ies) left out\b|\bdup(e|licated)s?\b",
    "event hour": r"\bhours? of the events?\b",
    "excluded": r"\b(left out|filtered) by\b",
    "failing hours": r"\b(failed|broken) hours\b",
    "late": r"\b(delayed|belated) (events?|files?|rows?)\b",
    "library": r"\bSDKs?\b",
    "pending hours": r"\b(unloaded|outstanding|waiting) hours\b",
    "quarantined": r"\b(broken|refused|rejected|bad) lines?\b|\bdead letters?\b",
    "rescued": r"\b(misfits?|unfit values)\b",
    "restated": r"\b(revised|corrected) days?\b",
    "vanished files": r"\b(lost|gone|disappeared) files?\b",
}
"""The glossary's word -> other words for it, which no label has."""
LABELLED: Final = ("event_assets/defs", "event_assets/cli/output", "event_assets/health/pages")
LABEL: Final = re.compile(r"[A-Za-z_][\w ,.()'>:/-]{2,59}")
INSPECTION: Final = "event_assets/cli/output/inspection"
"""What `init` prints of an archive that nobody has loaded: a line there is not quarantined yet."""


def status_of() -> SourceStatus:
    return SourceStatus("default", "events", totals=NUMBERS, ignored_files=NUMBERS["ignored_files"])


def note_of() -> HourNote:
    return HourNote("default", hour(0), "m", "c", (), (), (), Counts())


def printed_by_status(capsys: pytest.CaptureFixture[str]) -> str:
    print_status([status_of()], [], as_json=False)
    return capsys.readouterr().out


def printed_by_load(capsys: pytest.CaptureFixture[str]) -> str:
    outcome = Outcome("default", hour(0), "loaded", NUMBERS)
    plan = Plan(Source("a", "default"), HourState(Manifest("default", hour(0), ()), None))
    print_load(LoadReport(Planned((plan,), {}, {}, {}), [outcome], (), (), several_sources=False), as_json=False)
    return capsys.readouterr().out


def printed_by_demo(capsys: pytest.CaptureFixture[str]) -> str:
    print_report(DemoReport(status_of(), (), (), (), copies=0))
    return capsys.readouterr().out


def read_by_prometheus(_: pytest.CaptureFixture[str]) -> str:
    return prometheus_text([status_of()])


def shown_by_page(_: pytest.CaptureFixture[str]) -> str:
    page = status_page([Shown(status_of(), Trend())], [], hour(0))
    cards = re.findall(r'<div class="card">(.*?)</div>', page)
    return "\n".join(html.unescape(re.sub("<[^>]+>", " ", card)) for card in cards)


def shown_by_dagster(_: pytest.CaptureFixture[str]) -> str:
    facts = HourFacts(NUMBERS, note_of())
    keys = SourceKeys.of("default", alone=True)
    summary = re.sub(r"[;.] |: ", "\n", str(summarize(facts, keys).value))
    result = LoadResult(loaded=True, load_id="l", counts=NUMBERS, tables={}, excluded=NUMBERS["excluded"])
    metadata = load_metadata(result, note_of(), (), (), 1.0)
    numbers = re.sub(r", (?=7,)", "\n", str(number_table(facts, 0.0).value))
    return "\n".join([summary, numbers, *(f"{name} {value}" for name, value in metadata.items())])


@pytest.mark.parametrize(
    ("show", "least"),
    [
        (printed_by_status, 14),
        (printed_by_load, 14),
        (printed_by_demo, 7),
        (read_by_prometheus, 17),
        (shown_by_page, 4),
        (shown_by_dagster, 17),
    ],
)
def test_who_shows_a_count_names_it_by_its_word(show: object, least: int, capsys: pytest.CaptureFixture[str]) -> None:
    text = show(capsys).lower()  # type: ignore[operator]
    found = 0
    for name, number in NUMBERS.items():
        lines = [line for line in text.splitlines() if re.search(rf"\b{number}\b|\b{number:,}\b", line)]
        found += bool(lines)
        words = WORDS.get(name, (name.removesuffix("s"),))
        wrong = [line for line in lines if not all(word in line.replace("_", " ") for word in words)]
        assert name in UNNAMED or wrong == [], name
    assert found >= least


def labels(folder: str) -> Iterator[tuple[str, str]]:
    """Every text that may be a label, with where it is: short, and no docstring."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in documented)
        for node in texts:
            if isinstance(node.value, str) and LABEL.fullmatch(node.value):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value.replace("_", " ")


@pytest.mark.parametrize("folder", LABELLED)
def test_no_label_is_another_word_for_a_thing_of_the_glossary(folder: str) -> None:
    found = [(place, label) for place, label in labels(folder) if not place.startswith(INSPECTION)]
    assert len(found) > 20
    wrong = [
        f"{place}: {label!r}; the word is {word!r}"
        for place, label in found
        for word, others in OTHER_WORDS.items()
        if re.search(others, label, re.IGNORECASE)
    ]
    assert wrong == []


def test_the_rule_sees_another_word() -> None:
    assert re.search(OTHER_WORDS["duplicates"], "copies left out")
    assert not re.search(OTHER_WORDS["duplicates"], "duplicates of the hour")
