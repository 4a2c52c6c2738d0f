"""Lines of one form have one text: what differs from line to line is masked."""

from __future__ import annotations

import pytest

from event_assets.events.line_forms import SHOWN, form_of, mask_detail

FORMS = [
    (b'{"type": "sale", "n": 17, "at": "2026-01-31"}', '{"type": "…", "n": 0, "at": "…"}'),
    (b'{"type":"x","items":[{"a":[1,2]},2],"p":{"q":{"r":1}},"ok":true}', '{"type":"…","items":[…],"p":{…},"ok":true}'),
    (b'{"user 4711": "say \\"hi\\" {", "b": null}', '{"user 0": "…", "b": null}'),
    (b'{"a": "cut off in the mid', '{"a": "…"'),
    (b'[{"id": "8d1f0a52-0001-4000-8000-00000000000a"}, 1.5e3]', "[{…}, 0]"),
    (b"2026-01-31 07:03:04,123 ERROR   pool-7 is\tdown", "0 0 ERROR pool-0 is down"),
    (b"id 8d1f0a52-0001-4000-8000-00000000000a left", "id 0 left"),
    (b"\xff\xfe", "\ufffd\ufffd"),
    (b"", ""),
    (None, ""),
]


@pytest.mark.parametrize(("raw", "form"), FORMS)
def test_a_form_has_names_and_no_values(raw: bytes | None, form: str) -> None:
    assert form_of(raw) == form


def test_lines_that_differ_in_values_alone_have_one_form() -> None:
    lines = [f'{{"id": "m{n}", "price": {n / 7}, "tags": [{n}], "deep": {{"k{n}": {n}}}}}'.encode() for n in range(50)]
    assert len(set(map(form_of, lines))) == 1


def test_a_form_is_short_whatever_the_line_is() -> None:
    for raw in (b"{" * 1_000_000, b'"' * 1_000_001, b"\\" * 1_000_000, b'{"' + b"a" * 1_000_000, b"0a-" * 400_000):
        assert len(form_of(raw)) <= SHOWN


def test_positions_of_a_detail_are_masked() -> None:
    assert mask_detail("unexpected ',' at byte 431 of 900") == "unexpected ',' at byte 0 of 0"
    assert mask_detail('type is "sale"') == 'type is "sale"'
