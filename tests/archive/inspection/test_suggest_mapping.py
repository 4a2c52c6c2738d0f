"""Guesses for the envelopes of vendors, what may not be guessed, and what a guess would leave empty and rescue."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from event_assets.archive.inspection.preview import Preview, mapping_of_guesses, preview_mapping
from event_assets.archive.inspection.suggest_mapping import guess_members

Make = Callable[[int], dict[str, Any]]
NAMES = ("page_view", "sign_up", "purchase")


def elastic(n: int) -> dict[str, Any]:
    """Logstash's and Elastic Common Schema's."""
    return {
        "@timestamp": f"2026-01-31T07:{n % 60:02}:00.000Z",
        "@version": "1",
        "event": {"id": f"e-{n}", "action": NAMES[n % 3], "kind": "event"},
        "user": {"id": f"u-{n % 5}", "email": f"u{n % 5}@example.com"},
        "message": "seen",
        "host": {"name": "web-1"},
    }


def ga4(n: int) -> dict[str, Any]:
    """Google Analytics 4's export to BigQuery, as JSON."""
    return {
        "event_date": "20260131",
        "event_timestamp": str(1_769_842_800_000_000 + n * 1_000_000),
        "event_name": NAMES[n % 3],
        "event_params": [{"key": "page", "value": {"string_value": "/"}}],
        "user_pseudo_id": f"{n % 7}.{1_700_000_000 + n % 7}",
        "device": {"category": "mobile", "language": "en"},
        "geo": {"country": "Germany"},
        **({"user_id": f"u-{n}"} if n % 3 == 0 else {}),
    }


def bluesky(n: int) -> dict[str, Any]:
    """A Jetstream of the AT protocol."""
    return {
        "did": f"did:plc:{n % 9}abc",
        "time_us": 1_769_842_800_000_000 + n,
        "kind": "commit",
        "commit": {"rev": f"3l{n}", "operation": "create", "collection": "app.bsky.feed.post", "rkey": f"k{n}"},
    }


def mixpanel(n: int) -> dict[str, Any]:
    return {
        "event": NAMES[n % 3],
        "properties": {
            "time": 1_769_842_800 + n,
            "distinct_id": f"d-{n % 5}",
            "$insert_id": f"i-{n}",
            "$device_id": f"dev-{n % 4}",
            "$browser": "Firefox",
            "plan": "pro",
        },
    }


def amplitude(n: int) -> dict[str, Any]:
    return {
        "$insert_id": f"i-{n}",
        "uuid": f"uu-{n}",
        "event_type": NAMES[n % 3],
        "event_time": f"2026-01-31 07:{n % 60:02}:00.123000",
        "server_upload_time": "2026-01-31 08:00:00.000000",
        "user_id": None if n % 2 else f"u-{n}",
        "device_id": f"dev-{n % 4}",
        "amplitude_id": 1000 + n % 4,
        "event_properties": {"plan": "pro", "price": 1.5, "quantity": 3, "currency": "EUR", "coupon": "x", "url": "/"},
    }


def zeek(n: int) -> dict[str, Any]:
    """Logs whose clock is `ts`, in seconds with a fraction."""
    return {"ts": 1_769_842_800.5 + n, "uid": f"C{n % 8}", "action": NAMES[n % 3], "msg": "m", "level": "info"}


def cloud_events(n: int) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"ce-{n}",
        "source": "/shop",
        "type": f"com.example.{NAMES[n % 3]}",
        "time": f"2026-01-31T07:{n % 60:02}:00Z",
        "data": {"order": n, "total": 12.5, "currency": "EUR", "items": [1], "paid": True},
    }


def lower_case(n: int) -> dict[str, Any]:
    return {
        "type": "track",
        "messageid": f"m-{n}",
        "anonymousid": f"a-{n}",
        "event": NAMES[n % 3],
        "originaltimestamp": f"2026-01-31T07:{n % 60:02}:00Z",
        "sentat": f"2026-01-31T07:{n % 60:02}:01Z",
        "receivedat": f"2026-01-31T07:{n % 60:02}:02Z",
        "properties": {"n": n},
        "context": {"ip": "203.0.113.7"},
    }


VENDORS: dict[str, tuple[Make, Mapping[str, str]]] = {
    "Elastic": (
        elastic,
        {
            "message_id": "event.id",
            "event": "event.action",
            "user_id": "user.id",
            "timestamp": "@timestamp",
        },
    ),
    "Google Analytics 4": (
        ga4,
        {
            "event": "event_name",
            "anonymous_id": "user_pseudo_id",
            "timestamp": "event_timestamp",
            "context": "device",
        },
    ),
    "Bluesky": (
        bluesky,
        {"event": "kind", "anonymous_id": "did", "timestamp": "time_us"},
    ),
    "Mixpanel": (
        mixpanel,
        {
            "message_id": "properties.$insert_id",
            "event": "event",
            "user_id": "properties.distinct_id",
            "anonymous_id": "properties.$device_id",
            "timestamp": "properties.time",
            "properties": "properties",
        },
    ),
    "Amplitude": (
        amplitude,
        {
            "message_id": "$insert_id",
            "event": "event_type",
            "user_id": "user_id",
            "anonymous_id": "device_id",
            "timestamp": "event_time",
            "received_at": "server_upload_time",
            "properties": "event_properties",
        },
    ),
    "Zeek": (zeek, {"event": "action", "user_id": "uid", "timestamp": "ts"}),
    "CloudEvents": (
        cloud_events,
        {"message_id": "id", "event": "type", "timestamp": "time", "properties": "data"},
    ),
    "ours in lower case": (
        lower_case,
        {
            "type": "type",
            "message_id": "messageid",
            "event": "event",
            "anonymous_id": "anonymousid",
            "received_at": "receivedat",
            "sent_at": "sentat",
            "original_timestamp": "originaltimestamp",
            "context": "context",
            "properties": "properties",
        },
    ),
}


def guess(make: Make, events: int = 120) -> dict[str, str]:
    found = guess_members([make(n) for n in range(events)])
    return {name: ".".join(path) for name, path in found.paths.items()}


def preview(make: Make, events: int = 120) -> Preview:
    sent = [make(n) for n in range(events)]
    found = preview_mapping([json.dumps(value).encode() for value in sent], mapping_of_guesses(guess_members(sent)))
    assert found is not None
    return found


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_members_of_a_vendors_envelope_are_guessed(vendor: str) -> None:
    make, expected = VENDORS[vendor]
    assert guess(make) == expected


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_guessed_is_not_empty(vendor: str) -> None:
    make, expected = VENDORS[vendor]
    found = preview(make)
    assert found.events == 120
    columns = {"message_id": "id", "event": "event", "anonymous_id": "anonymous_id", "timestamp": "timestamp"}
    assert {name: found.empty[column] for name, column in columns.items() if name in expected} == {
        name: 0.0 for name in columns if name in expected
    }


def test_a_member_of_a_third_of_the_events_is_no_guess() -> None:
    def make(n: int) -> dict[str, Any]:
        some = {"event_id": f"e-{n}", "user_id": "u", "ts": 1_769_842_800 + n, "properties": {"a": n}}
        return {"level": "info", "msg": "m"} | (some if n % 3 == 0 else {})

    assert guess(make) == {}


def test_a_clock_that_is_null_in_most_events_is_no_guess_but_a_user_may_be() -> None:
    def make(n: int) -> dict[str, Any]:
        some = n % 3 == 0
        return {"id": f"e-{n}", "ts": 1_769_842_800 + n if some else None, "user_id": "u" if some else None}

    assert guess(make) == {"message_id": "id", "user_id": "user_id"}


def test_a_broken_clock_among_many_does_not_hide_the_clock() -> None:
    def make(n: int) -> dict[str, Any]:
        return {"id": f"e-{n}", "@timestamp": "soon" if n == 5 else "2026-01-31T07:00:00Z"}

    assert guess(make) == {"message_id": "id", "timestamp": "@timestamp"}


def test_an_object_whose_siblings_hold_most_values_is_not_the_properties() -> None:
    def make(n: int) -> dict[str, Any]:
        return {"id": f"e-{n}", "ts": 1_769_842_800 + n, "price": 1, "currency": "EUR", "sku": "s", "data": {"v": 1}}

    assert guess(make) == {"message_id": "id", "timestamp": "ts"}


def test_a_name_that_differs_from_event_to_event_is_no_event_name() -> None:
    assert guess(lambda n: {"id": f"e-{n}", "name": f"Ann {n}"}) == {"message_id": "id"}
    assert guess(lambda n: {"id": f"e-{n}", "name": NAMES[n % 3]}) == {"message_id": "id", "event": "name"}


def test_a_number_that_repeats_is_no_id() -> None:
    assert "message_id" not in guess(lambda n: {"id": n % 10, "name": NAMES[n % 3]})


def test_the_preview_counts_what_stays_empty_and_what_is_rescued() -> None:
    def make(n: int) -> dict[str, Any]:
        sent = {"id": f"e-{n}", "action": NAMES[n % 3], "ts": 1_769_842_800 + n, "user_id": "u" if n % 2 else None}
        return sent | {"Total Price": 1, "total_price": 2, "日本": 3, "plan": "pro"}

    found = preview(make)
    assert (found.values, found.rescued) == (120 * 4, 0.5)  # one of two that share a column, one without a name
    shares = {"id": 0.0, "event": 0.0, "user_id": 0.5, "anonymous_id": 1.0, "timestamp": 0.0, "received_at": 1.0}
    assert found.empty == pytest.approx(shares)


def test_the_preview_counts_values_that_are_not_of_their_columns_type() -> None:
    def make(n: int) -> dict[str, Any]:
        return {"id": f"e-{n}", "action": "paid", "price": "free" if n % 40 == 0 else n}

    assert preview(make).rescued == pytest.approx(3 / 120)


def test_without_an_event_name_every_property_is_rescued_and_the_preview_says_so() -> None:
    found = preview(lambda n: {"id": f"e-{n}", "level": "info", "msg": "m"})
    assert (found.empty["event"], found.rescued) == (1.0, 1.0)


def test_guesses_are_a_mapping_that_loads() -> None:
    mapping = mapping_of_guesses(guess_members([ga4(n) for n in range(20)]))
    assert mapping.paths["anonymousId"] == (("user_pseudo_id",),)


def test_a_member_that_is_guessed_by_its_own_name_is_at_the_top() -> None:
    event = {
        "type": "page", "message_id": "m", "timestamp": "2026-01-31T07:00:00Z", "channel": "web",
        "context": {"library": {"name": "js"}},
    }  # fmt: skip
    paths = guess_members([event | {"message_id": f"m{n}"} for n in range(9)]).paths
    assert paths["channel"] == ("channel",)
    assert "name" not in paths
