"""The archive hour of a key: the independent reading against known answers, and the product against it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from event_assets.archive.listing.layouts import layout_of
from event_assets.archive.source import ArchiveSource
from tests.independent.arrival import arrival_of

WRITTEN = datetime(2026, 4, 5, 6, 59, 59, tzinfo=UTC)
HOURS, DAYS = "{date}/{hour}/*", "dt={date}/*"
ZONES = (
    "UTC",
    "Europe/Prague",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Sao_Paulo",
)


@pytest.mark.parametrize(
    ("key", "template", "zone", "arrival", "hour"),
    [
        ("2026-03-29/01/a", HOURS, "Europe/Prague", "day", "2026-03-29T00"),
        ("2026-03-29/02/a", HOURS, "Europe/Prague", "day", "2026-03-29T01"),
        ("2026-03-29/03/a", HOURS, "Europe/Prague", "day", "2026-03-29T01"),
        ("2026-10-25/02/a", HOURS, "Europe/Prague", "day", "2026-10-25T00"),
        ("2026-10-25/03/a", HOURS, "Europe/Prague", "day", "2026-10-25T02"),
        ("2026-01-31/07/a", HOURS, "Asia/Kolkata", "day", "2026-01-31T01"),
        ("2026/01/31/late/a", "{year}/{month}/{day}/{hour}/*", "UTC", "day", "2026-01-31T23"),
        ("dt=2026-01-31/a", DAYS, "America/New_York", "day", "2026-01-31T05"),
        ("dt=2026-01-31/a", DAYS, "America/New_York", "modified", "2026-04-05T06"),
        ("2026-01-31/07/a", HOURS, "UTC", "modified", "2026-01-31T07"),
        ("a", "*", "UTC", "modified", "2026-04-05T06"),
    ],
)
def test_an_hour_is_the_known_one(key: str, template: str, zone: str, arrival: str, hour: str) -> None:
    expected = datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)
    assert arrival_of(key, template, WRITTEN, zone=zone, arrival=arrival) == expected


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("template", "arrival"), [(HOURS, "day"), (DAYS, "day"), (DAYS, "modified")])
def test_the_product_reads_the_same_hour_of_every_key(template: str, arrival: str, zone: str) -> None:
    source = ArchiveSource("archive", layout=template, time_zone=zone, arrival=arrival)
    layout = layout_of(source)
    assert not isinstance(layout, str)
    for day in range(0, 365, 1 if template == DAYS else 3):
        for hour in range(24 if template == HOURS else 1):
            moment = datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)
            key = template.replace("{date}", f"{moment:%Y-%m-%d}").replace("{hour}", f"{hour:02}").replace("*", "a")
            found = layout.read_arrival(key, lambda: WRITTEN)
            assert found is not None
            assert found.hour == arrival_of(key, template, WRITTEN, zone=zone, arrival=arrival), key
