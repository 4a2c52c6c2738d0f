"""Masked values and erased persons are explained by the rules and the ledger; a wrong value beside them is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from event_assets.events.masking.rules import Masking, MaskingKey, MaskRule
from event_assets.health.compare.compare import Compared, compare_schemas
from event_assets.health.compare.result import Comparison
from event_assets.pipeline.erasure.forget import forget
from event_assets.pipeline.erasure.persons import persons_of
from tests.compare.side_by_side import VENDOR, Events, compare_both, event, load_both, rules_of, unexplained
from tests.drive import Place

MASKING: Final = Masking(
    (
        MaskRule("userId", "hash"),
        MaskRule("properties.email", "hash"),
        MaskRule("properties.count", "hash", "lake"),
        MaskRule("properties.born", "hash"),
        MaskRule("properties.*phone*", "last4"),
        MaskRule("properties.note", "null"),
        MaskRule("properties.secret", "drop", "lake"),
        MaskRule("properties.products.mail", "domain"),
        MaskRule("properties.card", "hash"),
        MaskRule("**.ssn", "last4"),
        MaskRule("context.ip", "truncate"),
        MaskRule("request_ip", "truncate"),
        MaskRule("traits.email", "domain"),
    ),
    MaskingKey("a key of sixteen characters"),
)


def order(number: int, hour: int = 0, **members: object) -> dict[str, Any]:
    """An order with a value for every rule."""
    properties = {
        "email": f"p{number}@example.org", "count": number, "born": f"19{60 + number}-01-02T00:00:00Z",
        "homePhone": f"+49 40 1234{number:04}", "note": f"of {number}", "secret": "x", "plain": number,
        "products": [{"mail": f"q{number}@Example.com", "n": 1}], "card": {"number": f"4{number}", "holder": "h"},
        "id card": {"ssn": f"12345-{number:04}"},
    }  # fmt: skip
    context = {"ip": f"203.0.113.{number}", "library": {"name": "js"}}
    sent = {"userId": f"u-{number % 3}", "request_ip": f"198.51.100.{number}", "context": context}
    return event(f"o-{number}", hour, minute=number, properties=properties, **sent) | members


def masked_orders() -> Events:
    """Orders and people, an event without an id, and one with values in other forms."""
    odd = order(20) | {"context": {"ip": "no address"}, "request_ip": None}
    odd["properties"] = {"email": ["a@example.org", 5], "homePhone": "short", "card": "4711", "plain": 1}
    none = order(21)
    del none["messageId"]
    people = [
        event(f"i-{n}", 1, type="identify", userId=f"u-{n}", traits={"email": f"p{n}@example.org", "seats": n})
        for n in range(3)
    ]
    return {0: [*(order(number) for number in range(8)), odd, none], 1: people}


PLANTED: Final = {
    "email": (f"UPDATE {VENDOR}.order_done SET email = 'other' WHERE id = 'o-1'", "o-1 email"),
    "hash": ("UPDATE events.order_done SET email = 'of no text' WHERE id = 'o-2'", "o-2 email"),
    "number": (f"UPDATE {VENDOR}.order_done SET \"count\" = 99 WHERE id = 'o-3'", "o-3 count"),
    "phone": (f"UPDATE {VENDOR}.order_done SET home_phone = '+49 40 12340009' WHERE id = 'o-4'", "o-4 home_phone"),
    "network": (f"UPDATE {VENDOR}.tracks SET context_ip = '203.0.114.5' WHERE id = 'o-5'", "o-5 context_ip"),
    "array": (f"UPDATE {VENDOR}.order_done SET products = '[]' WHERE id = 'o-6'", "o-6 products"),
    "instant": ("UPDATE events.order_done SET born = 'clear' WHERE id = 'o-7'", "o-7 born"),
    "plain": (f"UPDATE {VENDOR}.order_done SET plain = NULL WHERE id = 'o-20'", "o-20 plain"),
    "user": (f"UPDATE {VENDOR}.tracks SET user_id = 'u-9' WHERE id = 'o-7'", "o-7 user_id"),
    "domain": (f"UPDATE {VENDOR}.identifies SET email = 'p0@example.net' WHERE id = 'i-0'", "i-0 email"),
}


def test_masked_values_are_explained_by_masking_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    where = load_both(masked_orders(), tmp_path, masking=MASKING)
    found = compare_both(where)
    assert (unexplained(found), rules_of(found)) == ([], {"masked", "ids"})
    for statement, _ in PLANTED.values():
        where.execute(statement)
    where.execute(f"UPDATE {VENDOR}.users SET seats = 99 WHERE id = 'u-2'")
    where.execute(f"DELETE FROM {VENDOR}.users WHERE id = 'u-1'")
    hashed = {n: MASKING.key.hash(f"u-{n}") for n in range(3)} if MASKING.key else {}
    lines = [line.split(": ")[1].removeprefix("differs ") for line in unexplained(compare_both(where))]
    assert sorted(" ".join(line.split(" ")[:2]) for line in lines) == sorted(
        [*(what for _, what in PLANTED.values()), f"{hashed[2]} seats", f"only_here {hashed[1]}"]
    )


KEY: Final = "another key of sixteen characters"


def erasable() -> Events:
    """Events of three users; of one of them in tables of her own, and with ids that another one has, too."""
    first = [event(f"a-{n}", 0, minute=n, userId=f"u-{n % 3}", anonymousId=f"d-{n % 3}") for n in range(9)]
    own = [event("b", 0, event="Hers alone", userId="u-2", properties={"x": 1}), event("c", 0, userId="u-2", minute=20)]
    people = [event(f"i-{n}", 1, type="identify", userId=f"u-{n}", traits={"plan": n, f"only{n}": 1}) for n in range(3)]
    page = event("p", 1, type="page", name="Home", userId=None, anonymousId="d-2")
    return {0: [*first, *own], 1: [*people, page, event("c", 1, userId="u-0"), event("lost", 1, userId="u-1")]}


def compare_with(where: Place, key: str | None) -> Comparison:
    """What is found where the key of erasures is this one."""
    return compare_schemas(replace(where.settings, erasure_key=key), Compared(VENDOR))


@pytest.mark.slow
def test_rows_of_erased_persons_are_explained_and_other_missing_rows_are_not(tmp_path: Path) -> None:
    where = load_both(erasable(), tmp_path)
    gone = persons_of(users=["u-2"], anonymous=["d-2"], events=["lost"])
    forget(replace(where.settings, erasure_key=KEY), gone, reason=None)
    found = compare_with(where, KEY)
    assert (unexplained(found), found.notes) == ([], ())
    assert rules_of(found) == {"erased"}
    assert sum(found.rules.values()) == 15
    for statement in ("DROP TABLE events.hers_alone", "DROP TABLE events.pages"):
        where.execute(statement)
    for table in ("identifies", "users"):
        where.execute(f"ALTER TABLE events.{table} DROP COLUMN only2")
    found = compare_with(where, KEY)
    assert {(one.table, one.rule) for one in found.lonely} == {("hers_alone", "erased"), ("pages", "erased")}
    assert [one.rule for table in found.tables for one in table.lonely] == ["erased", "erased"]
    where.execute("DELETE FROM events.order_done WHERE id = 'a-3'")
    where.execute("DELETE FROM events.users WHERE id = 'u-1'")
    where.execute(f"UPDATE {VENDOR}.hers_alone SET user_id = 'u-7'")
    assert sorted(unexplained(compare_with(where, KEY))) == [
        "order_done: only_there a-3   ",
        "there: hers_alone",
        "users: only_there u-1   ",
    ]
    for key, reason in ((None, "is not set"), ("a third key of sixteen characters", "is not the key")):
        unknown = compare_with(where, key)
        assert "order_done: only_there a-2   " in unexplained(unknown)
        assert [reason in note for note in unknown.notes] == [True]
