"""Selection by value on mutated lines: what any rule leaves out is what the independent reader leaves out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.transform.rules.path_values import PathValues, Value
from loaders.transform.selection import Rule, Selection
from tests.independent.event import TEXTS, Event
from tests.independent.json_text import Json, NoNumber, Number
from tests.independent.junk import Asked, Junk
from tests.promises.dirty import with_members
from tests.promises.mutations import mutated_lines
from tests.promises.test_dirty_lines import EXPLORE
from tests.promises.test_mutated_lines import expect, read_file

LINES = 500
RULES = 80
AGENTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "okhttp/4.9.0",
    "curl/8.5.0",
    "",
)
ENVS = ('"staging"', '"live"', '["live","staging"]', "1", "1.0", "true", "null", '"st\\u0061ging"', '{"env":"staging"}')


def lines_of(seed: int) -> Iterator[bytes]:
    """Mutated lines, many of them with a context that rules are about, some of its keys repeated or escaped."""
    chance = random.Random(seed)
    for line in mutated_lines(seed, LINES):
        if chance.random() < 0.3:
            yield line.replace(b"\n", b" ")
            continue
        agent = json.dumps(chance.choice(AGENTS))
        name = chance.choice(('"env"', '"\\u0065nv"', '"env":0,"env"', '"nev"'))
        app = f'{{{name}:{chance.choice(ENVS)},"x":{{"env":"staging"}}}}'
        agent = agent.replace("/", "\\/") if chance.random() < 0.3 else agent
        context = f'{{"app":{app},"userAgent":{agent},"device":{{"userAgent":{agent}}}}}'
        yield with_members(line.replace(b"\n", b" "), [("context", context)])


def leaves(value: Json, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Every value below an object with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif path[1:]:
        yield path, value


def values_of(events: list[Event]) -> list[tuple[tuple[str, ...], Json]]:
    """Every value that a rule may name."""
    found = [leaf for event in events for block, tree in event.blocks.items() for leaf in leaves(tree, (block,))]
    return found + [((member,), sent) for event in events for member in TEXTS if (sent := event.sent.get(member))]


def as_asked(sent: Json, chance: random.Random) -> Value:
    """A value of the configuration that was made of a sent one: itself, a glob that fits it, or one that is close."""
    if isinstance(sent, list):
        return as_asked(sent[0] if sent else "", chance)
    if isinstance(sent, NoNumber) or sent is None or isinstance(sent, dict):
        return "*"
    if isinstance(sent, Number):
        number = float(sent) if {".", "e", "E"} & set(sent) else int(sent)
        return number if abs(number) < 1e300 else 1
    if isinstance(sent, bool) or not sent:
        return sent
    at = chance.randrange(len(sent))
    return chance.choice((sent, sent, sent[:at] + "*", "*" + sent[at:], sent[:at] + "?" + sent[at + 1 :], sent.upper()))


def draw_junk(chance: random.Random, events: list[Event]) -> Junk:
    """Rules about values that the events have."""
    values = values_of(events)

    def paths() -> tuple[Asked, ...]:
        chosen = chance.choices(values, k=chance.choice((0, 1, 1, 2)))
        return tuple((path, (as_asked(sent, chance), chance.choice(("staging", 1, True)))) for path, sent in chosen)

    users = sorted({event.texts["user_id"] for event in events if "user_id" in event.texts})
    return Junk(
        exclude_users=tuple(chance.sample(users, min(2, len(users))) if chance.random() < 0.3 else ()),
        include_users=(chance.choice(("*", "u-?", "u-1*")),) if chance.random() < 0.2 else (),
        exclude_paths=paths(),
        include_paths=paths() if chance.random() < 0.3 else (),
        bots=chance.random() < 0.5,
        not_bots=("*Mozilla*",) if chance.random() < 0.3 else (),
    )


def as_selection(junk: Junk) -> Selection:
    """The same rules as the settings have them."""
    pairs = (tuple(PathValues(*asked) for asked in asked_for) for asked_for in (junk.include_paths, junk.exclude_paths))
    include, exclude = pairs
    not_bots = junk.not_bots if junk.bots else ()
    return Selection(
        Rule(user_ids=junk.include_users, paths=include),
        Rule(user_ids=junk.exclude_users, paths=exclude, bots=junk.bots, not_bots=not_bots),
    )


@pytest.mark.parametrize("seed", range(EXPLORE or 2))
def test_any_rule_leaves_out_what_the_contract_says(seed: int, tmp_path: Path) -> None:
    seed += 2_000_000 if EXPLORE else 0
    content = b"\n".join(lines_of(seed))
    rows = read_file(tmp_path, content, None)[0].events
    events = [event for *_, event in expect(content, None, {}) if isinstance(event, Event)]
    assert [event.id for event in events] == rows["id"].to_list()
    numbered = rows.with_columns(id=rows["_line"].cast(str) + "/" + rows["id"]).with_row_index("number")
    chance = random.Random(seed)
    partial = 0
    for _ in range(RULES):
        junk = draw_junk(chance, events)
        taken, left_out = as_selection(junk).split(numbered)
        expected = {number for number, event in enumerate(events) if junk.leaves_out(event)}
        wrong = expected ^ set(left_out["number"])
        assert not wrong, (junk, [(number in expected, events[number]) for number in sorted(wrong)[:2]])
        assert taken.height + left_out.height == rows.height
        partial += 0 < left_out.height < rows.height
    assert partial > RULES // 2
