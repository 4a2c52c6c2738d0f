"""Snowplow's two forms as events of the envelope: every value has a place, and no kind is guessed (ADR 0011)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from event_assets.events import normalize, preset
from event_assets.events.snowplow.fields import FIELDS, FLAGS, NUMBERS, PROTOCOL
from tests.conftest import ROOT
from tests.events.build import HOUR, make_block
from tests.layouts.snowplow_lines import COLUMNS, contexts, enriched_line, unstruct

ENRICHED = preset("snowplow")
TRACKER = preset("snowplow-collector")


def read_one(line: bytes, *, tracker: bool = False) -> dict[str, Any]:
    """The row of a value, or its quarantine."""
    result = normalize([make_block([line])], hour=HOUR, mapping=TRACKER if tracker else ENRICHED)
    (row,) = [*result.events.to_dicts(), *result.quarantine.to_dicts()]
    return row


def test_the_columns_are_those_that_snowplow_documents() -> None:
    assert list(FIELDS) == COLUMNS
    assert len(set(FIELDS)) == 131
    assert FIELDS[0] == "app_id"
    assert (FIELDS[52], FIELDS[58], FIELDS[122], FIELDS[130]) == (
        "contexts",
        "unstruct_event",
        "derived_contexts",
        "true_tstamp",
    )
    assert {*NUMBERS, *FLAGS, *PROTOCOL.values()} <= set(FIELDS)


def test_every_filled_column_of_an_event_is_somewhere_in_its_row() -> None:
    values = {name: f"{name}~" for name in COLUMNS} | {"event": "page_ping", "collector_tstamp": "2026-01-31 07:00:01"}
    row = read_one(enriched_line(**values))
    texts = json.dumps([value for key, value in row.items() if isinstance(value, str)])
    assert [name for name in COLUMNS if name not in ("event", "collector_tstamp") and f"{name}~" not in texts] == []


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("br_viewwidth", "1024", "1024"),
        ("geo_latitude", "-50.10", "-50.10"),
        ("geo_latitude", "1e-7", "1e-7"),
        ("br_viewwidth", "007", '"007"'),
        ("br_viewwidth", "many", '"many"'),
        ("br_cookies", "1", "true"),
        ("dvce_ismobile", "0", "false"),
        ("br_cookies", "yes", '"yes"'),
        ("br_colordepth", "24", '"24"'),
        ("page_title", 'a "b" \\ é', '"a \\"b\\" \\\\ é"'),
    ],
)
def test_a_column_has_the_kind_it_is_documented_with(column: str, text: str, expected: str) -> None:
    row = read_one(enriched_line(event="page_view", **{column: text}))
    assert f'"{column}":{expected}' in row["context"]


@pytest.mark.parametrize(("columns", "reason"), [(127, "invalid_tsv"), (132, "invalid_tsv"), (128, None), (131, None)])
def test_a_line_of_another_number_of_columns_is_quarantined(columns: int, reason: str | None) -> None:
    line = "\t".join([*enriched_line(event="page_view", event_id="e").decode().split("\t"), ""][:columns]).encode()
    row = read_one(line)
    assert row.get("reason") == reason
    if reason is not None:
        assert (row["detail"], row["raw"]) == (f"{columns} columns, not 131", line)


def test_a_line_that_is_no_text_is_quarantined() -> None:
    assert read_one(b"\xff\t")["reason"] == "invalid_utf8"


def test_an_event_without_a_kind_is_quarantined() -> None:
    line = enriched_line(event_id="e")
    row = read_one(line)
    assert (row["reason"], row["raw"]) == ("unknown_type", line)


@pytest.mark.parametrize(
    ("values", "anonymous", "left"),
    [
        ({"domain_userid": "d", "network_userid": "n"}, "d", '"network_userid":"n"'),
        ({"network_userid": "n"}, "n", ""),
    ],
)
def test_the_anonymous_id_is_the_domains_else_the_networks(values: dict[str, str], anonymous: str, left: str) -> None:
    row = read_one(enriched_line(event="page_view", **values))
    assert row["anonymous_id"] == anonymous
    assert left in row["context"]
    assert '"domain_userid"' not in row["context"]


def test_a_self_describing_event_is_named_by_vendor_name_and_model() -> None:
    data = {"userId": 1.50, "nested": {"a": None}}
    row = read_one(
        enriched_line(event="unstruct", unstruct_event=unstruct("com.acme-x/AddToCart/jsonschema/12-0-3", data))
    )
    assert (row["type"], row["event"]) == ("track", "com_acme_x_add_to_cart_12")
    assert row["properties"] == '{"userId":1.5,"nested":{"a":null}}'
    assert "unstruct_event" not in row["context"]


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "{}",
        '{"data": 5}',
        '{"data":{"schema":"iglu:a/b/jsonschema/1-0-0"}}',
        '{"data":{"schema":"x","data":{}}}',
    ],
)
def test_a_self_describing_event_that_describes_nothing_is_kept_as_it_is(text: str) -> None:
    row = read_one(enriched_line(event="unstruct", event_name="odd", unstruct_event=text))
    assert row["event"] == "odd"
    assert json.loads(row["context"])["unstruct_event"] == text


def test_entities_stand_in_the_context_by_their_schema_and_several_of_one_as_an_array() -> None:
    user, page = "com.acme/user/jsonschema/1-0-0", "com.acme/webPage/jsonschema/2-0-1"
    row = read_one(
        enriched_line(
            event="page_view",
            contexts=contexts((user, {"n": 1}), (page, {"id": "x"})),
            derived_contexts=contexts((user, {"n": 2})),
        )
    )
    context = json.loads(row["context"])
    assert context["com_acme_user_1"] == [{"n": 1}, {"n": 2}]
    assert context["com_acme_web_page_2"] == {"id": "x"}
    assert not {"contexts", "derived_contexts"} & set(context)


@pytest.mark.parametrize(
    "text", ["x", '{"data":{}}', '{"data":[]}', '{"data":[{"schema":"iglu:a/b/jsonschema/1-0-0"}]}']
)
def test_entities_that_cannot_be_read_are_kept_as_they_are(text: str) -> None:
    row = read_one(enriched_line(event="page_view", contexts=text))
    assert json.loads(row["context"])["contexts"] == text


def test_every_recorded_event_of_a_tracker_is_read() -> None:
    lines = (ROOT / "tests" / "data" / "sdk" / "snowplow-node.jsonl").read_bytes().splitlines()
    result = normalize([make_block(lines)], hour=HOUR, mapping=TRACKER)
    sent = [json.loads(line) for line in lines]
    assert result.quarantine.height == 0
    assert result.events["id"].to_list() == [event["eid"] for event in sent]
    kinds = {"pv": "page"}
    assert result.events["type"].to_list() == [kinds.get(event["e"], "track") for event in sent]
    names = dict(zip(result.events["id"], result.events["event"], strict=True))
    assert {names[event["eid"]] for event in sent if event["e"] in ("se", "tr")} == {"struct", "transaction"}
    assert all(names[event["eid"]].startswith("com_") for event in sent if event["e"] == "ue")


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_tracker_sends_json_as_it_is_or_as_base64() -> None:
    text = unstruct("com.acme/sign_up/jsonschema/1-0-0", {"a": "žluť??>>"})
    plain = read_one(json.dumps({"e": "ue", "ue_pr": text}).encode(), tracker=True)
    packed = read_one(json.dumps({"e": "ue", "ue_px": encoded(text)}).encode(), tracker=True)
    assert plain["event"] == packed["event"] == "com_acme_sign_up_1"
    assert json.loads(plain["properties"]) == json.loads(packed["properties"]) == {"a": "žluť??>>"}


@pytest.mark.parametrize("sent", ["%%%", "abcde", encoded("no json")])
def test_base64_that_holds_no_event_is_kept(sent: str) -> None:
    row = read_one(json.dumps({"e": "ue", "ue_px": sent}).encode(), tracker=True)
    assert row["event"] == "unstruct"
    assert json.loads(row["context"])["unstruct_event"] in (sent, "no json")


def test_two_parameters_of_one_column_are_both_kept() -> None:
    row = read_one(b'{"e":"pv","nuid":"a","tnuid":"b","url":"","x":[1],"\\ud800":"y"}', tracker=True)
    assert (row["anonymous_id"], json.loads(row["context"])) == (
        "a",
        {"event": "page_view", "tnuid": "b", "x": [1], "\ufffd": "y"},
    )


@pytest.mark.parametrize(
    ("value", "reason"), [(b"[1]", "not_an_object"), (b'{"e":', "invalid_json"), (b"{}", "unknown_type")]
)
def test_what_is_no_trackers_event_is_quarantined(value: bytes, reason: str) -> None:
    assert read_one(value, tracker=True)["reason"] == reason
