"""Events of bots by their user agent: the list is whole, and people's browsers are not in it."""

from __future__ import annotations

import json

import polars as pl
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from loaders.transform.rules.bots import list_hash, sent_by_bots
from loaders.transform.selection import Rule, Selection
from tests.loaders.lake import MIDNIGHT, event, frame_of

SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4"
PEOPLE = (
    SAFARI,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (Linux; Android 13; Cubot Note 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0 Mobile",
    "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A)",
    "Shop/3.1 CFNetwork/1408.0.4 Darwin/22.5.0",
    "",
)
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def bots(*contexts: str | None, not_bots: tuple[str, ...] = ()) -> list[bool]:
    """Which of these contexts are a bot's."""
    frame = frame_of([event(str(number)) for number, _ in enumerate(contexts)], MIDNIGHT).sort(
        pl.col("id").cast(pl.Int64)
    )
    return sent_by_bots(frame.with_columns(pl.Series("context", contexts, dtype=pl.String())), not_bots).to_list()


def agent(text: str) -> str:
    """A context with a user agent."""
    return json.dumps({"library": {"name": "js"}, "userAgent": text, "page": {"url": "https://x.y/?curl=1"}})


def test_every_example_of_the_list_is_a_bot_and_no_browser_is() -> None:
    examples = [text for entry in CRAWLER_USER_AGENTS_DATA for text in entry["instances"]]
    assert len(examples) > 2_000
    assert all(bots(*map(agent, examples)))
    assert not any(bots(*map(agent, PEOPLE)))


def test_only_the_user_agent_of_the_context_counts_however_it_is_written() -> None:
    assert (
        bots(
            agent(GOOGLE),
            agent(GOOGLE).replace("/", r"\/"),
            agent(GOOGLE).replace("userAgent", r"user\u0041gent").replace("Google", r"\u0047oogle"),
            json.dumps({"device": {"userAgent": SAFARI}, "userAgent": GOOGLE}),
            f'{{"userAgent":"{SAFARI}","userAgent":"{GOOGLE}"}}',
        )
        == [True] * 5
    )
    assert (
        bots(
            json.dumps({"device": {"userAgent": GOOGLE}}),
            json.dumps({"userAgent": SAFARI, "device": {"userAgent": GOOGLE}}),
            f'{{"userAgent":"{GOOGLE}","userAgent":null}}',
            json.dumps({"userAgent": {"name": GOOGLE}}),
            json.dumps({"userAgent": [GOOGLE]}),
            json.dumps({"user-agent": GOOGLE}),
            json.dumps({"page": {"title": f'"userAgent":"{GOOGLE}"'}}),
            '{"userAgent":17}',
            None,
        )
        == [False] * 9
    )


def test_globs_name_agents_that_are_no_bots() -> None:
    contexts = (agent("okhttp/4.9.0"), agent("okhttp/3"), agent(GOOGLE))
    assert bots(*contexts) == [True, True, True]
    assert bots(*contexts, not_bots=("okhttp/4*", "*Bingbot*")) == [False, True, True]


def test_another_list_is_another_selection() -> None:
    with_bots = Selection(exclude=Rule(bots=True)).text()
    assert list_hash() in with_bots
    assert with_bots != Selection(exclude=Rule(bots=True, not_bots=("x",))).text()
