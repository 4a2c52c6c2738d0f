"""What becomes of one value that a rule reaches: a JSON text in, a JSON text out (contract §13).

Covered by tests/events/masking/test_values.py.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from typing import Final

from event_assets.events.envelope import write_text
from event_assets.events.masking.rules import MaskingKey, MaskRule
from loaders.formats.strict_json import split_array

NULL: Final = "null"
KEPT: Final = 4
"""Characters that `last4` keeps."""
LEAST_TEXT: Final = 8
"""Characters of the shortest text of which `last4` keeps some: of a shorter one they would be most of it."""
HIDDEN: Final = "****"
"""Before the characters that `last4` keeps."""
_CACHED: Final = 100_000
_BYTE: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = re.compile(rf"({_BYTE}\.{_BYTE}\.{_BYTE})\.{_BYTE}")
_EMAIL: Final = re.compile(r"[^\s@<>(),;:\"\\]+@((?:[\w-]+\.)+[\w-]+)")


class ValueMask:
    """One rule, applied to values; texts that were seen are remembered."""

    def __init__(self, rule: MaskRule, key: MaskingKey | None) -> None:
        self.how = rule.how
        self._change = _change_of(rule, key)
        self._known: dict[str, str] = {}

    def mask_json(self, value: str) -> str:
        """Return the JSON text of a masked value; what has no masked form is null. Of an array, its elements."""
        found = self._known.get(value)
        if found is None:
            found = self._mask(value)
            if len(self._known) >= _CACHED:
                self._known.clear()
            self._known[value] = found
        return found

    def mask_text(self, text: str | None) -> str | None:
        """Return the masked text, or None where there is none; a blank text is no value and stays."""
        return text if text is None or not text.strip() else self._change(text)

    def _mask(self, value: str) -> str:
        if value[0] == "{" or value == NULL:
            return NULL
        if value[0] == "[":
            return "[" + ",".join(map(self._mask, split_array(value))) + "]"
        sent = json.loads(value, strict=False) if value[0] == '"' else value
        if value[0] == '"' and not sent.strip():
            return value
        changed = self._change(str(sent))
        return NULL if changed is None else write_text(changed)


def _change_of(rule: MaskRule, key: MaskingKey | None) -> Callable[[str], str | None]:
    if rule.how == "hash" and key is not None:
        return key.hash
    return {"truncate": truncate_ip, "last4": keep_last, "domain": keep_domain}.get(rule.how, lambda _: None)


def truncate_ip(text: str) -> str | None:
    """Return the network of an address, /24 of IPv4 and /48 of IPv6; None for a text that is no address."""
    text = text.strip()
    if (found := _IPV4.fullmatch(text)) is not None:
        return f"{found[1]}.0"
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return truncate_ip(str(address))
    if address.ipv4_mapped is not None:
        return truncate_ip(str(address.ipv4_mapped))
    return str(ipaddress.IPv6Address(int(address) >> 80 << 80))


def keep_last(text: str) -> str | None:
    """Return the last four characters of a text of at least eight, else None."""
    text = text.strip()
    return HIDDEN + text[-KEPT:] if len(text) >= LEAST_TEXT else None


def keep_domain(text: str) -> str | None:
    """Return the domain of an e-mail address in lower case; None for a text that is none."""
    found = _EMAIL.fullmatch(text.strip())
    return found[1].lower() if found is not None else None
