"""Key forms: the shapes that the keys of an archive have, with the share of the files that have each.

Covered by tests/archive/listing/test_key_sample.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_NAMED: Final = re.compile(r"[A-Za-z_]+=")
_TIME: Final = re.compile(r"[\d\s.:_-]*\d[\d\s.:TZ_-]*")
_DATE: Final = re.compile(r"(?<!\d)(?:20\d\d[-_.]?[01]?\d[-_.]?[0-3]?\d|1\d{9}|1\d{12})")
_DIGITS: Final = re.compile(r"\d+")
_SHOWN: Final = 4
_EXAMPLES: Final = 2


@dataclass(frozen=True)
class KeyForm:
    """A shape of keys: digits as `#`, words as `*`. `files` is estimated where the listing was sampled."""

    shape: str
    share: float
    files: int
    examples: tuple[str, ...]


def count_forms(keys: Mapping[str, float], *, of: float | None = None) -> list[KeyForm]:
    """Return the forms of weighted keys, the most frequent first; shares are of so many files, by default of these."""
    weights = Counter[str]()
    examples: dict[str, list[str]] = {}
    for key, weight in sorted(keys.items()):
        shape = find_shape(key)
        weights[shape] += weight  # type: ignore[assignment]  # a Counter adds any number
        examples.setdefault(shape, []).append(key)
    total = of or sum(weights.values()) or 1
    return [
        KeyForm(shape, weight / total, round(weight), tuple(examples[shape][:_EXAMPLES]))
        for shape, weight in weights.most_common()
    ]


def find_shape(key: str) -> str:
    """Return the shape of a key: names in `name=value` folders stay; of a file's name only whether it has a date."""
    *folders, name = key.split("/")
    return "/".join([*map(_folder_shape, folders), "*#*" if _DATE.search(name) else "*"])


def _folder_shape(folder: str) -> str:
    named = _NAMED.match(folder)
    value = folder[named.end() :] if named else folder
    return (named[0] if named else "") + (_DIGITS.sub("#", value) if _TIME.fullmatch(value) else "*")


def describe_forms(forms: Sequence[KeyForm]) -> str:
    """Return the most frequent forms in words, by share and example."""
    shown = [f"{form.share:.0%} like {', '.join(form.examples)}" for form in forms[:_SHOWN]]
    more = len(forms) - len(shown)
    return "; ".join(shown) + (f"; and {more} more forms" if more > 0 else "")
