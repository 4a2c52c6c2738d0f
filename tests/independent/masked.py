"""Masking by the contract alone: what is left of an event's values before they become rows (contract §13)."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.independent.event import Event, as_text
from tests.independent.json_text import Json

_COLUMNS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "previousId": "previous_id",
    "groupId": "group_id",
    "name": "name",
    "channel": "channel",
    "request_ip": "request_ip",
}
_NEVER = {"type", "messageId", "event", "originalTimestamp", "sentAt", "receivedAt", "timestamp"}


@dataclass(frozen=True)
class Hidden:
    """What is dropped; None is null."""


GONE = Hidden()
Path = tuple[str, ...]
Rule = tuple[str, str]
"""A path, and how its values are masked."""


@dataclass(frozen=True)
class Masked:
    """The rules that apply one after the other: those before the lake, then those of a load."""

    stages: tuple[tuple[Rule, ...], ...] = ()
    key: str = ""

    def apply(self, event: Event) -> Event:
        """The event as its rows are made of it."""
        for rules in self.stages:
            event = self._apply(event, rules)
        return event

    def _apply(self, event: Event, rules: Iterable[Rule]) -> Event:
        rules = list(rules)
        texts = dict(event.texts)
        sent = dict(event.sent)
        for member, column in _COLUMNS.items():
            rule = _ending((member,), rules)
            if rule is None:
                continue
            if column in texts:
                new = self._text(texts.pop(column), rule[1])
                if new is not None:
                    texts[column] = new
            if sent.get(member) is not None:
                new = None if isinstance(sent[member], (dict, list)) else self._text(as_text(sent[member]), rule[1])
                sent[member] = new
        blocks = {name: self.walk(block, (name,), rules) for name, block in event.blocks.items()}
        left = {name: block for name, block in blocks.items() if isinstance(block, dict)}
        rescued = {
            name: value if name in _NEVER else self.walk(value, (name,), rules) for name, value in event.rescued.items()
        }
        kept = {name: value for name, value in rescued.items() if not isinstance(value, Hidden)}
        return replace(event, texts=texts, sent=sent, blocks=left, rescued=kept)

    def walk(self, value: Json | Hidden, path: Path, rules: list[Rule]) -> Json | Hidden:
        """A value at a path: masked by the rule that ends there, else what is inside of it."""
        rule = _ending(path, rules)
        if rule is not None:
            return GONE if rule[1] == "drop" else self._value(value, rule[1])
        if isinstance(value, dict):
            inside = {name: self.walk(found, (*path, *name.split(".")), rules) for name, found in value.items()}
            return {name: found for name, found in inside.items() if not isinstance(found, Hidden)}
        if isinstance(value, list):
            elements = [self.walk(element, path, rules) for element in value]
            return [None if isinstance(element, Hidden) else element for element in elements]
        return None if value not in (None, "") and _is_named(path, rules) else value

    def _value(self, value: Json | Hidden, how: str) -> Json:
        if isinstance(value, list):
            return [self._value(element, how) for element in value]
        if value is None or isinstance(value, (dict, Hidden)):
            return None
        if isinstance(value, str) and not as_text(value).strip():
            return value
        return self._text(as_text(value), how)

    def _text(self, text: str, how: str) -> str | None:
        if not text.strip():
            return text
        if how == "hash":
            key = hashlib.blake2b(self.key.encode()).digest()
            return hashlib.blake2b(text.encode(), digest_size=16, key=key, person=b"tideline-mask").hexdigest()
        text = text.strip()
        if how == "last4":
            return f"****{text[-4:]}" if len(text) >= 8 else None
        if how == "domain":
            found = re.fullmatch(r'[^\s@<>(),;:"\\]+@([\w-]+(?:\.[\w-]+)+)', text)
            return found[1].lower() if found else None
        return _network(text) if how == "truncate" else None


def _network(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return None
    inside = address.ipv4_mapped if address.version == 6 else None
    address = inside or address
    size = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, size), strict=False).network_address)


def _ending(path: Path, rules: list[Rule]) -> Rule | None:
    """The first rule of which a beginning of the path is the whole: it masks all of what is inside."""
    ends = range(1, len(path) + 1)
    return next((rule for end in ends for rule in rules if _fits(rule[0].split("."), path[:end])), None)


def _is_named(path: Path, rules: list[Rule]) -> bool:
    """Whether a rule goes on below the path, whose last key it names other than by a star alone."""
    return any(
        parts[end - 1] not in ("*", "**") and _fits(parts[:end], path)
        for parts in (rule[0].split(".") for rule in rules)
        for end in range(1, len(parts))
    )


def _fits(parts: list[str], path: Path) -> bool:
    """Whether the parts of a rule's path are these keys."""
    if not parts:
        return not path
    if parts[0] == "**":
        return any(_fits(parts[1:], path[n:]) for n in range(len(path) + 1))
    if not path:
        return False
    pattern = ".*".join(re.escape(piece) for piece in parts[0].lower().split("*"))
    return re.fullmatch(pattern, path[0].lower(), re.DOTALL) is not None and _fits(parts[1:], path[1:])
