"""Rules of masking drawn over dirty archives: the rows are those of the contract, and what was masked is in no byte."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.events.masking.rules import MaskRule
from tests.conftest import on_both_in_time
from tests.drive import load_archive, place
from tests.independent.event import Event
from tests.independent.reader import Archive, events_of
from tests.pipeline.erasure.people import find_bytes
from tests.pipeline.masking.people import as_masked, with_rules
from tests.postgres import Server
from tests.promises.archives import pack_anyhow, rudderstack_files, write_archive
from tests.promises.dirty import Hours, dirty_hours
from tests.promises.proof import prove, read_again
from tests.promises.test_dirty_lines import FEW

RULES = (
    MaskRule("context.ip", "truncate"),
    MaskRule("context.userAgent", "hash"),
    MaskRule("context.*", "drop"),
    MaskRule("context.page.url", "null"),
    MaskRule("context.library.version", "last4"),
    MaskRule("**.name", "domain"),
    MaskRule("**.email", "hash"),
    MaskRule("properties.*", "null"),
    MaskRule("properties.a.b", "hash"),
    MaskRule("properties", "drop"),
    MaskRule("traits.**.city", "last4"),
    MaskRule("traits.*a*", "hash"),
    MaskRule("userProperties.*", "hash"),
    MaskRule("userId", "hash"),
    MaskRule("anonymousId", "null"),
    MaskRule("request_ip", "hash"),
    MaskRule("name", "last4"),
    MaskRule("*", "hash"),
)
LEAST = 8
"""Characters of a text that is searched for: shorter ones are everywhere."""


def texts_of(value: object) -> Iterator[str]:
    """The texts and numbers in a value."""
    if isinstance(value, dict):
        yield from (text for inner in value.values() for text in texts_of(inner))
    elif isinstance(value, list):
        yield from (text for inner in value for text in texts_of(inner))
    elif isinstance(value, str):
        yield str(value)


def all_texts(archive: Archive) -> set[str]:
    """The texts of all winners but those that are never masked."""

    def parts(event: Event) -> Sequence[object]:
        return (dict(event.texts), dict(event.blocks), dict(event.rescued), event.id)

    events = (event for hour in archive.hours for event in events_of(archive, hour))
    return {text for event in events for part in parts(event) for text in texts_of(part)}


def masked_texts(clear: Archive, masked: Archive) -> list[str]:
    """Texts that no event has any more, not even inside of another text."""
    left = "\n".join(sorted(all_texts(masked)))
    found = {text for text in all_texts(clear) if len(text) >= LEAST and text not in left}
    written = {json.dumps(text, ensure_ascii=False)[1:-1] for text in found}
    return sorted(text for text in written if text not in left and "%" not in text)


@pytest.mark.slow
@on_both_in_time
def test_what_any_rules_mask_is_in_no_byte(server: Server | None) -> None:
    @settings(FEW, max_examples=2)
    @given(hours=dirty_hours(), rules=st.lists(st.sampled_from(RULES), min_size=2, max_size=5), lake=st.booleans())
    def check(hours: Hours, rules: list[MaskRule], *, lake: bool) -> None:
        chosen = [replace(rule, at="lake") if lake else rule for rule in rules]
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            archive = write_archive(folder / "archive", hours, pack_anyhow)
            where = place(archive, folder / "place", database=server.new_database() if server else None)
            where = with_rules(where, chosen)
            load_archive(where)
            masked = as_masked(where, chosen)
            prove(where, masked)
            secrets = masked_texts(read_again(rudderstack_files(archive)), masked)
            folders = [where.warehouse, *([where.folder / "lake"] if lake else [])]
            assert list(find_bytes(folders, secrets)) == []

    check()
