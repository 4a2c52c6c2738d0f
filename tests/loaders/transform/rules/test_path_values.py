"""A value at a path is found whatever way its JSON text is written, and nothing else is taken for it."""

from __future__ import annotations

import json
from itertools import product

import polars as pl
import pytest

from loaders.transform.rules.path_values import PathValues, Value, value_at
from tests.loaders.lake import MIDNIGHT, event, frame_of

PATH = ("context", "app", "env")


def matches(rule: PathValues, *texts: str, column: str = "context") -> list[bool]:
    """Whether events with these texts in a column match."""
    frame = frame_of([event(str(number)) for number, _ in enumerate(texts)], MIDNIGHT).sort(pl.col("id").cast(pl.Int64))
    return rule.mask(frame.with_columns(pl.Series(column, texts, dtype=pl.String()))).to_list()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"app":{"env":"staging"}}', True),
        ('{"app": { "env" : "staging" } }', True),
        (r'{"app":{"\u0065nv":"staging"}}', True),
        (r'{"\u0061pp":{"env":"st\u0061ging"}}', True),
        ('{"app":{"env":"live","env":"staging"}}', True),
        ('{"app":{"env":"staging","env":"live"}}', False),
        ('{"app":{"env":"staging"},"app":{"name":"x"}}', False),
        ('{"app":{"name":"x"},"app":{"env":"staging"}}', True),
        (r'{"app":{"env":"staging","\u0065nv":null}}', False),
        ('{"app":{"env":["live","staging"]}}', True),
        ('{"app":{"env":[["staging"],{"env":"staging"}]}}', False),
        ('{"app":{"env":[]}}', False),
        ('{"app":[{"env":"staging"}]}', False),
        ('{"app":"staging","env":"staging"}', False),
        ('{"env":"staging","app":{"x":{"env":"staging"}}}', False),
        ('{"app":{"env":"Staging"}}', False),
        ('{"app":{"env":"staging2"}}', False),
        ('{"app":{"env":null},"note":"staging"}', False),
        (r'{"app":{"env":"\"env\":\"staging\""}}', False),
        ('{"app.env":"staging"}', False),
    ],
)
def test_a_text_is_found_at_its_path_alone(text: str, found: bool) -> None:
    assert matches(PathValues(PATH, ("staging",)), text) == [found]


@pytest.mark.parametrize(
    ("value", "fits", "fits_not"),
    [
        ("stag*", ['"staging"', '"stag"', r'"stag\nx"', r'"stag"'], ['"a stag"', "null", "7"]),
        ("*", ['""', '"x"'], ["1", "true", "null", "{}", "[]"]),
        ("", ['""'], ['"x"', "null"]),
        ("1", ['"1"'], ["1", "true"]),
        (1, ["1", "1.0", "10e-1", "[0, 1]"], ['"1"', "true", "1.00000000000000000001", "1e999999999999999999999"]),
        (0.1, ["0.1", "1e-1", "0.10"], ["0.1000000000000000055511151231257827", '"0.1"']),
        (0, ["0", "-0", "-0.0", "0e9"], ["false", '""', "1e-400"]),
        (True, ["true"], ["1", '"true"', "false"]),
        (False, ["false"], ["0", "null"]),
        ('a/"b\\', [r'"a\/\"b\\"', r'"a/\u0022b\u005c"'], [r'"a/b"']),
        ("é*", ['"é1"', r'"\u00e91"'], ['"e1"']),
        (10**30, ["1" + "0" * 30, "1e30"], ["1" + "0" * 29]),
    ],
)
def test_values_compare_as_they_were_sent(value: Value, fits: list[str], fits_not: list[str]) -> None:
    texts = [f'{{"app":{{"env":{sent}}}}}' for sent in (*fits, *fits_not)]
    assert matches(PathValues(PATH, (value,)), *texts) == [True] * len(fits) + [False] * len(fits_not)


def test_several_values_are_alternatives_of_every_kind() -> None:
    rule = PathValues(("properties", "n"), ("a?", 2, False))
    texts = ['{"n":"ab"}', '{"n":2.0}', '{"n":false}', '{"n":"2"}', "{}"]
    assert matches(rule, *texts, column="properties") == [True, True, True, False, False]


def test_names_with_dots_and_with_marks_of_json_are_only_names() -> None:
    path = ("traits", 'a.b"\\/', "é")
    text = json.dumps({'a.b"\\/': {"é": "x"}})
    for sent in (text, text.replace("/", r"\/"), json.dumps(json.loads(text), ensure_ascii=False)):
        assert matches(PathValues(path, ("x",)), sent, column="traits") == [True]
    assert matches(PathValues(path, ("x",)), '{"a":{"é":"x"}}', column="traits") == [False]


def test_members_of_the_envelope_are_texts() -> None:
    frame = frame_of(
        [event("a", channel="web"), event("b", channel="7"), event("c"), event("d", channel="true")], MIDNIGHT
    )
    found = {value: PathValues(("channel",), (value,)).mask(frame) for value in ("w*", 7, "true")}
    assert {value: frame.filter(mask)["id"].to_list() for value, mask in found.items()} == {
        "w*": ["a"],
        7: ["b"],
        "true": ["d"],
    }
    assert frame.filter(PathValues(("channel",), (True,)).mask(frame))["id"].to_list() == ["d"]
    kept = PathValues(("rudderId",), ("r-*",))
    assert matches(kept, '{"rudderId":"r-1"}', '{"x":"r-1"}', column="kept") == [True, False]


def test_a_frame_without_the_block_matches_nowhere() -> None:
    frame = frame_of([event("a"), event("b")], MIDNIGHT)
    assert PathValues(PATH, ("*",)).mask(frame).to_list() == [False, False]
    assert PathValues(PATH, ("*",)).mask(frame.clear()).to_list() == []


def test_both_readers_of_a_path_agree() -> None:
    """A path with a mark of JSON is read exactly, any other by the splitter: the same text has the same value."""
    pieces = ('"a":1', '"a":{"b":2}', r'"\u0061":{"b":"x"}', '"a":{"b":3,"b":{}}', '"c":[1]', '"a":null')
    for first, second in product(pieces, repeat=2):
        text = f"{{{first},{second}}}"
        expected = json.loads(text)["a"] if '"c"' not in first + second or "a" in json.loads(text) else None
        inner = expected.get("b") if isinstance(expected, dict) else None
        found = value_at(text, ("a", "b"))
        assert (None if found is None else json.loads(found)) == inner
