"""JSON texts with masked values: only what a rule reaches is written anew, the rest is as it was sent (contract §13).

Covered by tests/events/masking/test_values.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from event_assets.events.json.splitter import name_text
from event_assets.events.masking.paths import Paths, PathStep, States
from event_assets.events.masking.rules import Masking
from event_assets.events.masking.values import NULL, ValueMask
from loaders.formats.strict_json import split_array, split_object

_DECODE: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_FAILURES: Final = (msgspec.MsgspecError, ValueError, RecursionError, IndexError)
_PLAIN: Final = re.compile(r"[ !#-.0-\[\]-~]+")
"""Names that JSON has in one form only, but for escapes by number."""
EMPTY: Final = "{}"


class JsonMask:
    """The rules of a source, applied to JSON texts."""

    def __init__(self, masking: Masking) -> None:
        self.paths = Paths(masking.rules)
        self.values = [ValueMask(rule, masking.key) for rule in masking.rules]

    def mask_column(self, text: str, states: States) -> str | None:
        """Return the text of an object at a position, or None if nothing is left of it, or if it cannot be read."""
        try:
            masked = self._mask_object(text, states)
        except _FAILURES:
            return None
        return None if masked == EMPTY else masked

    def mask_rule(self, rule: int, value: str) -> str | None:
        """Return the masked JSON text of a value that a rule reaches, or None where its member is dropped."""
        mask = self.values[rule]
        return None if mask.how == "drop" else mask.mask_json(value)

    def _mask_object(self, text: str, states: States) -> str:
        try:
            members = _DECODE(text)
        except _FAILURES:
            return self._rebuild(text, states)
        leading = self.paths.leading(states, tuple(members))
        if not leading:
            return text
        if "\\u" in text:
            return self._rebuild(text, states)
        masked = text
        for key in leading:
            value = str(bytes(members[key]), "utf-8")
            found = replace_member(masked, key, value, self._mask_value(value, self.paths.step(states, key)))
            if found is None:
                return self._rebuild(text, states)
            masked = found
        return masked

    def _mask_value(self, value: str, step: PathStep) -> str | None:
        """Return the masked value, or None where its member is dropped."""
        if step.rule is not None:
            return self.mask_rule(step.rule, value)
        if value[0] == "{":
            return self._mask_object(value, step.states)
        if value[0] == "[":
            return self._mask_array(value, step)
        return NULL if step.named and value != '""' else value

    def _mask_array(self, value: str, step: PathStep) -> str:
        elements = split_array(value)
        masked = [self._mask_value(element, step) or NULL for element in elements]
        return value if masked == elements else "[" + ",".join(masked) + "]"

    def _rebuild(self, text: str, states: States) -> str:
        """Return the text of an object whose members may be repeated, or written in any way."""
        members = split_object(text)
        masked = list(self._mask_members(members, states))
        return text if masked == members else "{" + ",".join(name_text(name) + value for name, value in masked) + "}"

    def _mask_members(self, members: list[tuple[str, str]], states: States) -> Iterator[tuple[str, str]]:
        for name, value in members:
            step = self.paths.step(states, name)
            new = self._mask_value(value, step) if step.leads else value
            if new is not None:
                yield name, new


def replace_member(text: str, key: str, value: str, new: str | None) -> str | None:
    """Return the text of an object with a new value of a member, or without it; None where that is not one place."""
    if _PLAIN.fullmatch(key) is None or text.count(f'"{key}"') != 1:
        return None
    return replace_at(text, text.index(f'"{key}"'), len(key) + 3, value, new)


def replace_at(text: str, start: int, name: int, value: str, new: str | None) -> str | None:
    """Return the text of an object with a new value of the member at `start`, or without it.

    `name` is the size of its name with quotes and colon. None where something else is there.
    """
    begin = start + name
    if text[begin - 1] != ":" or not text.startswith(value, begin):
        return None
    end = begin + len(value)
    if new is not None:
        return text[:begin] + new + text[end:]
    if text[end] == ",":
        return text[:start] + text[end + 1 :]
    if text[start - 1] == ",":
        return text[: start - 1] + text[end:]
    return EMPTY if text[start - 1] + text[end:] == "{}" and start == 1 else None
