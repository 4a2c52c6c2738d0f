"""Ids and fingerprints: hashes that are the same on every machine (contract §3)."""

from collections.abc import Sequence
from typing import Final

import polars as pl
import xxhash

MAX_ID_BYTES: Final = 512
"""Longest id, in bytes of UTF-8, that is stored as sent."""


AUTO: Final = "auto-"
"""Before the hash of an event's bytes, where it has no id."""


def hash_values(values: Sequence[bytes]) -> pl.Series:
    """Return fingerprints: XXH3-64 of the bytes of each value as a signed integer."""
    return pl.Series("_fingerprint", list(map(xxhash.xxh3_64_intdigest, values)), dtype=pl.UInt64).reinterpret(
        signed=True
    )


def make_id(value: bytes) -> str:
    """Return the id of an event without one: the same for the same bytes in every run."""
    return AUTO + xxhash.xxh3_128_hexdigest(value)


def shorten_id(text: str) -> str:
    """Return the replacement for an id over the limit."""
    return "hash-" + xxhash.xxh3_128_hexdigest(text.encode())


def stored_id(text: str) -> str:
    """Return an id as the lake stores it: its replacement where it is over the limit."""
    return shorten_id(text) if len(text.encode(errors="replace")) > MAX_ID_BYTES else text


NOT_IDS: Final = (
    "undefined",
    "null",
    "none",
    "nan",
    "[object Object]",
    "00000000-0000-0000-0000-000000000000",
)
"""What broken clients send instead of an id, in any case: copies of it are no copies of one event (contract §3)."""


def is_no_id(texts: pl.Series, not_ids: Sequence[str]) -> pl.Series:
    """Return which texts are among these, in any case and with any white space around."""
    lowered = texts.str.strip_chars().str.to_lowercase()
    return lowered.is_in([text.strip().lower() for text in not_ids]).fill_null(value=False)


def is_blank(texts: pl.Series) -> pl.Series:
    """Return which texts are missing, empty or only Unicode white space."""
    return texts.str.strip_chars().fill_null("") == ""


def is_long(texts: pl.Series) -> pl.Series:
    """Return which texts are over the limit of an id."""
    return (texts.str.len_bytes() > MAX_ID_BYTES).fill_null(value=False)
