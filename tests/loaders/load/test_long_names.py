"""Names that a cut at the warehouse's limit would make meet: a column for each, in any order (contract §5, Names)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from event_assets.events import normalize, preset
from loaders.load.load import load_hour
from loaders.rewrite.retype import Retype, retype_column
from loaders.rewrite.rewrite import RewriteInputs
from tests.events.build import HOUR, make_block
from tests.layouts.snowplow_lines import contexts, enriched_line
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files, check_sums
from tests.promises.compare import differences

STEM = "a_name_that_is_as_long_as_the_longest_name_of_a_column_may_be_"
LONG = [f"{STEM}first", f"{STEM}second", f"{STEM}f"]
UA_PARSER = [
    *("useragentFamily", "useragentMajor", "useragentMinor", "useragentPatch", "useragentVersion", "deviceFamily"),
    *("osFamily", "osMajor", "osMinor", "osPatch", "osPatchMinor", "osVersion"),
]
SESSION = [
    *("userId", "sessionId", "sessionIndex", "eventIndex", "previousSessionId", "storageMechanism", "firstEventId"),
    "firstEventTimestamp",
]


def test_the_fields_of_snowplows_entities_have_a_column_each(files: Files) -> None:
    sent = {key: f"{key}~" for key in (*UA_PARSER, *SESSION)}
    vendor = "com.snowplowanalytics.snowplow"
    entities = contexts(
        (f"{vendor}/ua_parser_context/jsonschema/1-0-0", {key: sent[key] for key in UA_PARSER}),
        (f"{vendor}/client_session/jsonschema/1-0-2", {key: sent[key] for key in SESSION}),
    )
    line = enriched_line(event="page_view", contexts=entities)
    (row,) = normalize([make_block([line])], hour=HOUR, mapping=preset("snowplow")).events.to_dicts()
    load_hour(files.warehouse, MemoryLake().put(0, [event(context=json.loads(row["context"]))]))
    for table in ("tracks", "_order"):
        (stored,) = files.table(table)
        assert sorted(value for value in stored.values() if str(value).endswith("~")) == sorted(sent.values())
        assert stored["_rescued"] is None


def test_long_names_are_the_same_whatever_comes_first(tmp_path: Path) -> None:
    answers: list[Path] = []
    for number, order in enumerate([(0, 1, 2), (2, 1, 0), (1, 0, 2)]):
        files, lake = Files(tmp_path / f"{number}.duckdb"), MemoryLake()
        for hour in order:
            name = LONG[hour]
            made = [event(f"e{hour}", name=name, at=hour, properties={name: 1}, context={name: "c"})]
            load_hour(files.warehouse, lake.put(hour, [*made, event(f"o{hour}", at=hour, properties={name: 1})]))
        check_sums(files)
        answers.append(files.path)
        assert not files.query("SELECT id FROM events._order WHERE _rescued IS NOT NULL")
        assert len(files.table_names()) == len(LONG) + 2
    assert all(not differences(answers[0], answer) for answer in answers[1:])


@pytest.mark.parametrize("key", [LONG[0], "2FAEnabled"])
def test_a_rescued_value_is_found_by_the_words_of_its_column(files: Files, key: str) -> None:
    lake = MemoryLake()
    values = [*range(30), "word"]
    events = [event(f"e{n}", at=n, properties={key: value, "other": "o"}) for n, value in enumerate(values)]
    load_hour(files.warehouse, lake.put(0, events))
    (rescued,) = files.query("SELECT id FROM events._order WHERE _rescued IS NOT NULL")
    assert rescued == {"id": "e30"}
    (column,) = files.query("SELECT column_name FROM tideline.columns WHERE column_name <> 'other'")
    inputs = RewriteInputs(lake.source, lake.schema, lake.lookup)
    retype_column(files.warehouse, inputs, Retype("_order", column["column_name"], "string"))
    found = files.query(f"SELECT {column['column_name']} AS v, _rescued FROM events._order WHERE id = 'e30'")
    assert found == [{"v": "word", "_rescued": None}]
