"""Contracts are compiled before anything is loaded: a broken file is an error with file, line and what to do."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from event_assets.config.governance.contracts import find_folder, read_contract, read_contracts
from event_assets.config.governance.json_lines import line_of
from event_assets.config.settings import SettingsError, load_settings
from loaders.transform.contracts.check import find_violating
from tests.loaders.transform.contracts.build import frame_of

BROKEN = {
    "not JSON": ('{"type": "object",\n "properties": {,}}', "line 2: not valid JSON"),
    "no object": ("[1]", "line 1: a contract is a JSON object"),
    "NaN": ('{"properties": {"properties": {"minProperties": NaN}}}', "NaN is no value"),
    "unknown kind": ('{\n"properties":\n {"properties":\n {"properties": {"n":\n {"type": "integr"}}}}}', "line 5: "),
    "remote": ('{"properties": {"properties": {"$ref": "https://example.com/s.json"}}}', "Retrieval is disabled"),
    "a file": ('{"properties": {"properties": {"$ref": "file:///etc/hostname"}}}', "Retrieval is disabled"),
    "look-ahead": ('{"properties": {"properties": {"properties": {"a": {"pattern": "^(?=x)"}}}}}', "is not a"),
    "huge pattern": (
        '{"properties": {"properties": {"properties": {"a": {"pattern": "((a{999}){999}){9}"}}}}}',
        "line 1",
    ),
    "mode": ('{\n"x-tideline": {"event": "A",\n"mode": "strict"}}', "line 3: mode is one of evolve, report"),
    "type": ('{\n"x-tideline": {"type": "click"}}', "line 2: type is one of track"),
    "member": ('{"x-tideline": {"name": "A"}}', "line 1: x-tideline is an object with type, event, mode"),
    "named page": ('{"x-tideline": {"type": "page", "event": "A"}}', "only a track has a name"),
    "closed": ('{\n\n"additionalProperties": false}', "line 3: additionalProperties closes the event itself"),
}


def write(folder: Path, name: str, content: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_named_with_its_line_and_what_to_do(tmp_path: Path, case: str) -> None:
    text, expected = BROKEN[case]
    path = write(tmp_path, "A.json", text)
    with pytest.raises(SettingsError) as raised:
        read_contract(path, "evolve")
    message = str(raised.value)
    assert expected in message
    assert message.startswith(str(path))
    assert "mend the file" in message


def test_a_file_that_nests_too_deeply_or_is_no_text_is_an_error(tmp_path: Path) -> None:
    deep = write(tmp_path, "deep.json", '{"not":' * 200_000 + "{}" + "}" * 200_000)
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00{")
    for path in (deep, binary):
        with pytest.raises(SettingsError, match=path.name):
            read_contract(path, "evolve")


def test_a_pattern_that_explodes_elsewhere_takes_no_time(tmp_path: Path) -> None:
    properties = {"properties": {"a": {"type": "string", "pattern": "^(a|aa|a+)+$"}}}
    contract = read_contract(write(tmp_path, "Paid.json", {"properties": {"properties": properties}}), "report")
    rows = [{"a": "a" * 30_000 + "!"}] * 40
    started = time.process_time()
    assert len(list(find_violating(frame_of(rows), [contract]))) == 40
    assert time.process_time() - started < 5


def test_the_file_name_is_the_event_unless_the_file_names_it(tmp_path: Path) -> None:
    write(tmp_path, "Order Completed.json", {})
    write(tmp_path, "identify.json", {"x-tideline": {"mode": "quarantine"}})
    write(tmp_path, "x.json", {"x-tideline": {"event": "page"}})
    write(tmp_path / "web", "order.json", {"x-tideline": {"event": "Order Completed", "mode": "freeze"}})
    found = read_contracts(tmp_path, "default", "report")
    assert [(one.type, one.event, one.mode) for one in found.events] == [
        ("identify", None, "quarantine"), ("track", "Order Completed", "report"), ("track", "page", "report"),
    ]  # fmt: skip
    web = read_contracts(tmp_path, "web", "report")
    assert ("Order Completed", "freeze") in {(one.event, one.mode) for one in web.events}


def test_two_files_about_one_event_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, "a.json", {"x-tideline": {"event": "Paid"}})
    write(tmp_path, "Paid.json", {})
    with pytest.raises(SettingsError, match="about the same events as"):
        read_contracts(tmp_path, "default", "report")


def test_the_folder_beside_the_file_is_read_and_another_one_must_exist(tmp_path: Path) -> None:
    config = tmp_path / "tideline.toml"
    config.write_text('lake = "l"\nwarehouse = "w.duckdb"\n[source]\narchive = "a"\ncontract_mode = "report"\n')
    assert find_folder(None, str(config)) is None
    write(tmp_path / "contracts", "Paid.json", {})
    settings = load_settings({"TIDELINE_CONFIG": str(config)})
    source = settings.sources["default"]
    assert [(one.event, one.mode) for one in source.contracts.events] == [("Paid", "report")]
    with pytest.raises(SettingsError, match="is no folder"):
        find_folder(tmp_path / "none", str(config))


@pytest.mark.parametrize(
    ("pointer", "line"),
    [((), 1), (("a",), 2), (("b", 1), 5), (("b", 1, "x"), 6), (("b", 9), 3), (("none",), 1), (("e\nf",), 8)],
)
def test_the_line_of_a_pointer(pointer: tuple[Any, ...], line: int) -> None:
    text = '{\n"a": "b: {",\n"b": [\n1,\n{\n"x": 2}],\n"e\\nf":\n3}'
    assert line_of(text, pointer) == line
