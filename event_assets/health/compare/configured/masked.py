"""Masked columns: a clear value there is explained if masking it by a rule of the source gives the value here.

Covered by tests/health/compare/configured/test_masked.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Final

from event_assets.events.masking.frames import masked_text
from event_assets.events.masking.json_text import JsonMask
from event_assets.events.masking.rules import NO_MASKING, Masking
from event_assets.events.masking.values import HIDDEN, NULL
from event_assets.health.compare.configured.reach import VALUE, Reach, find_reaches
from event_assets.health.compare.rules import Cell, is_same_array
from event_assets.health.compare.values import Value, is_integral, same
from loaders.formats.json_values import read, write
from loaders.queries.compare.columns import Family

Change = Callable[[str], str]
"""From a JSON text to the masked one."""

_FORMS: Final = {"hash": re.compile("[0-9a-f]{32}"), "last4": re.compile(re.escape(HIDDEN) + ".{4}", re.DOTALL)}
"""What every masked value has, by what the rule does; values of other rules are NULL, where they are no text."""


class MaskedColumns:
    """The rules of a source, applied to values of the other side."""

    def __init__(self, masking: Masking = NO_MASKING) -> None:
        self._masking = masking
        self._reaches = cache(self._find_reaches)

    def __bool__(self) -> bool:
        return bool(self._masking)

    def mask_person(self, member: str, id: Value) -> Value:
        """Return what tables have of an id of a person that the other side has."""
        return masked_text(member, str(id), self._masking) if id is not None and self._masking else id

    def explains(self, event_type: str, cell: Cell) -> bool:
        """Return whether the value here is the masked one of the value there.

        The text of an instant or a fraction is not known there: of these, any value in the form of a mask is.
        """
        if cell.there is None or not self._masking:
            return False
        reaches = self._reaches(event_type, cell.column)
        if any(_gives(reaches, text, cell) for text in _json_texts(cell.there, cell.there_is) if reaches):
            return True
        return cell.there_is in {"time", "float"} and any(_has_form(reach, cell) for reach, _ in reaches)

    def _find_reaches(self, event_type: str, column: str) -> list[tuple[Reach, Change]]:
        found = find_reaches(self._masking.rules, event_type, column)
        return [(reach, _change_of(reach, self._masking)) for reach in found]


def _change_of(reach: Reach, masking: Masking) -> Change:
    """Return the rule as a function of the value of a column."""
    if reach.path is None:
        return lambda text: NULL
    rule = replace(reach.rule, path=f"properties.{reach.path}")
    mask = JsonMask(replace(masking, rules=(rule,)))
    states = mask.paths.step(mask.paths.root, "properties").states

    def change(text: str) -> str:
        masked = read(mask.mask_column(f'{{"{VALUE}":{text}}}', states) or "{}")
        return write(masked.get(VALUE)) if isinstance(masked, dict) else NULL

    return change


def _gives(reaches: Sequence[tuple[Reach, Change]], sent: str, cell: Cell) -> bool:
    """Return whether masking a JSON text, before the lake, before the warehouse, or both, gives the value here."""
    forms = {sent}
    for at in ("lake", "load"):
        forms |= {change(form) for form in forms for reach, change in reaches if reach.rule.at == at}
    return any(_is_here(form, cell) for form in forms - {sent})


def _is_here(form: str, cell: Cell) -> bool:
    if form == NULL:
        return cell.here is None and not cell.rescued
    value = read(form)
    families: list[Family] = ["text"] * len(cell.sent)
    if cell.here is not None:
        families[0] = cell.here_is
    return any(
        same(value, "text", one, family) or is_same_array(value, one, Decimal)
        for one, family in zip(cell.sent, families, strict=True)
    )


def _has_form(reach: Reach, cell: Cell) -> bool:
    form = _FORMS.get(reach.rule.how)
    if form is None or reach.path is None:
        return cell.here is None and not cell.rescued
    return any(isinstance(one, str) and form.fullmatch(one) is not None for one in cell.sent)


def _json_texts(value: Value, family: Family) -> Iterator[str]:
    """Yield the JSON texts that an event may have had where the other side has a value."""
    if family == "time":
        return
    if isinstance(value, str):
        yield json.dumps(value, ensure_ascii=False)
        if value.startswith(("[", "{")) and _is_json(value):
            yield value
    elif isinstance(value, bool | list | dict):
        yield write(value)
    elif value is not None:
        yield str(value)
        if is_integral(value):
            yield str(int(value))


def _is_json(text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
