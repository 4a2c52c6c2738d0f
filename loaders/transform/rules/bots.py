"""Events of bots: those whose `context.userAgent` is in the maintained list of the package crawler-user-agents."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import polars as pl
import xxhash

from loaders.formats.json_values import Number, read
from loaders.transform.rules.globs import fits_any
from loaders.transform.rules.path_values import UNICODE_ESCAPE, value_at

_KEY: Final = "userAgent"
_FIRST: Final = rf'"{_KEY}"\s*:\s*"((?:[^"\\]|\\.)*)"'
"""The first user agent of a context, as its JSON text."""


def sent_by_bots(frame: pl.DataFrame, not_bots: Sequence[str]) -> pl.Series:
    """Return for each row of the lake whether its user agent is a bot's, and fits none of the globs `not_bots`."""
    contexts = frame["context"]
    candidates = _may_be_bots(contexts, not_bots)
    agents = pl.Series([_user_agent(text) for text in contexts.gather(candidates)], dtype=pl.String())
    bots = candidates.filter(_are_bots(agents, not_bots))
    return pl.int_range(frame.height, eager=True).is_in(bots.implode())


def list_hash() -> str:
    """Return the hash of the list: another one may take other events."""
    return xxhash.xxh3_128_hexdigest(_pattern().encode())


def _may_be_bots(contexts: pl.Series, not_bots: Sequence[str]) -> pl.Series:
    """Return the rows that are a bot's or need to be read: with escapes, or several members of that name."""
    text = pl.col("context")
    columns = contexts.to_frame("context").select(
        text.str.extract(_FIRST).alias("agent"),
        unsure=text.str.contains(UNICODE_ESCAPE, literal=True)
        | (text.str.count_matches(f'"{_KEY}"', literal=True) > 1),
    )
    bots = _are_bots(columns["agent"], not_bots) | columns["agent"].str.contains("\\", literal=True)
    return (bots.fill_null(value=False) | columns["unsure"].fill_null(value=False)).arg_true()


def _are_bots(agents: pl.Series, not_bots: Sequence[str]) -> pl.Series:
    """Look at every distinct user agent once."""
    distinct = agents.drop_nulls().unique()
    agent = pl.col("agent")
    bots = distinct.to_frame("agent").filter(agent.str.contains(_pattern()) & ~fits_any(agent, not_bots))
    return agents.is_in(bots["agent"].implode()).fill_null(value=False)


def _user_agent(context: str) -> str | None:
    raw = value_at(context, (_KEY,))
    value = None if raw is None else read(raw.decode())
    return value if isinstance(value, str) and not isinstance(value, Number) else None


@cache
def _pattern() -> str:
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # its import reads the list

    return "|".join(f"(?:{entry['pattern']})" for entry in CRAWLER_USER_AGENTS_DATA)
