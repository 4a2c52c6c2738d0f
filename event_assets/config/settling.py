"""Settings of what an hour waits for before a run loads it.

Covered by tests/discovery/test_settling.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from event_assets.config.declaration import declared, read_values, setting
from event_assets.config.kinds import DURATION, choice
from event_assets.config.parse import SettingsError


@dataclass(frozen=True)
class Settling:
    """The settings of the sensor for pending hours."""

    closed_by: str = setting(
        choice("grace", "next_hour"),
        "grace",
        "`grace`: the sensor loads an hour when its `grace` is over. `next_hour`: as soon as the hour has ended and "
        "the next hour has a file, at the latest after `grace`.",
    )
    settle: timedelta = setting(
        DURATION,
        timedelta(minutes=2),
        "The sensor loads an hour when its newest file is this old.",
        more="[Files that trickle in](dagster.md#what-the-sensor-waits-for) do not start a run each. `0s` loads "
        "every hour at once.",
    )
    settle_at_most: timedelta = setting(
        DURATION,
        timedelta(hours=1),
        "The sensor loads an hour when the first of its waiting files is this old, even if files still trickle in.",
    )
    look_back: timedelta = setting(
        DURATION,
        timedelta(days=7),
        "Archive hours before now that the sensor lists at every tick; it lists all others once a day.",
    )


SETTLING: Final = declared(Settling)


def read_settling(configuration: Mapping[str, Any]) -> Settling:
    """Return the settings of the configuration file; raise SettingsError."""
    settling = Settling(**read_values(SETTLING, configuration))
    if settling.settle_at_most < settling.settle:
        raise SettingsError("settle_at_most is the longest that settle may take: write a longer time than settle.")
    return settling
