"""Violations are counted in bounded memory, by SDK, however hostile names and keys are."""

from __future__ import annotations

import polars as pl

from loaders.transform.contracts.contract import Contracts
from loaders.transform.contracts.findings import MOST_LINES, OTHER, ContractFindings, library_of
from tests.loaders.transform.contracts.build import contract_of, frame_of


def test_kinds_past_the_bound_are_counted_by_event() -> None:
    findings = ContractFindings(most_kinds=5)
    contract = contract_of({"properties": {"z": {}}, "additionalProperties": False})
    findings.add(frame_of([{f"key{number}": 1} for number in range(40)]), [contract])
    assert len(findings.kinds) == 6
    other = {kind.path: counted.events for kind, counted in findings.kinds.items()}
    assert other[OTHER] == 35
    assert findings.violating == {"track": 40}


def test_quarantined_events_are_dropped_and_listed_up_to_a_bound() -> None:
    findings = ContractFindings()
    contract = contract_of({"required": ["a"]}, "quarantine")
    frame = frame_of([{} if number % 2 else {"a": 1} for number in range(300)])
    kept = findings.select(frame, Contracts("evolve", (contract,)))
    assert kept["_line"].to_list() == list(range(0, 300, 2))
    assert (findings.quarantined["track"], len(findings.lines)) == (150, MOST_LINES)
    assert findings.checked == {"track": 300}


def test_the_sdk_of_an_event_is_read_from_any_context() -> None:
    assert library_of('{"library": {"name": "web", "version": "1.2"}}') == ("web", "1.2")
    assert library_of('{"library": {"name": "a\\u001b[31m", "version": 3}}') == ("a\N{REPLACEMENT CHARACTER}[31m", "3")
    assert library_of('{"library": "web"}') == (None, None)
    assert library_of('{"library": {"name": "\\ud800", "version": null}}') == ("\N{REPLACEMENT CHARACTER}", None)
    assert library_of('{"library": {"name": ["x"]}, "big": 1e400}') == (None, None)
    assert library_of(None) == (None, None)


def test_events_without_a_contract_are_left_alone() -> None:
    findings = ContractFindings()
    frame = frame_of([{}], event="Other")
    assert findings.select(frame, Contracts("report", (contract_of({"required": ["a"]}),))).equals(frame)
    assert not findings.checked
    assert isinstance(frame, pl.DataFrame)
