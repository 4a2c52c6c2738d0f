"""Settings of alerts: which webhook they are posted to, and in which format. The table [alerts].

Covered by tests/health/test_webhook.py, its texts by tests/config/description/test_reference.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from event_assets.config.declaration import declared, read_table, setting
from event_assets.config.kinds import TEXT, Kind, choice
from event_assets.config.parse import SettingsError, refuse_unknown

VARIABLE: Final = "TIDELINE_ALERTS_WEBHOOK"


@dataclass(frozen=True)
class Webhook:
    """The address of a webhook, or the environment variable that holds it."""

    address: str = field(default="", repr=False)
    variable: str | None = None


def _read_webhook(key: str, value: object) -> Webhook:
    if not isinstance(value, dict):
        return Webhook(TEXT.read(key, value))
    refuse_unknown(value, ("env",), key)
    if "env" not in value:
        raise SettingsError(f'{key} is an address in quotes, or {{env = "NAME"}} of a variable that has it.')
    return Webhook(variable=TEXT.read(f"{key}.env", value["env"]))


WEBHOOK: Final = Kind(
    "text or table",
    _read_webhook,
    {
        "anyOf": [
            TEXT.schema,
            {
                "type": "object",
                "properties": {
                    "env": {**TEXT.json_schema(), "description": "The environment variable with the address."}
                },
                "required": ["env"],
                "additionalProperties": False,
            },
        ]
    },
)


@dataclass(frozen=True)
class AlertsTable:
    """The table [alerts], after the environment variable."""

    webhook: Webhook = setting(
        WEBHOOK,
        Webhook(variable=VARIABLE),
        "Address that [failed runs and checks](dagster.md#alerts) are posted to.",
        more='Or `{env = "NAME"}`: the environment variable that has it.',
        unset="none",
        variable=VARIABLE,
        secret=True,
    )
    format: str = setting(
        choice("json", "slack"),
        "json",
        "Format of alerts: `json`, or `slack` for Slack and services that read its messages.",
    )
    ui: str | None = setting(TEXT, None, "Address of Dagster's UI, for links to runs.", unset="none")


ALERTS: Final = declared(AlertsTable)


@dataclass(frozen=True)
class Alerts:
    """The webhook that alerts are posted to."""

    webhook: str = field(repr=False)
    """The address; empty if the environment variable that should hold it is not set."""
    variable: str | None = None
    """The environment variable that holds the address, if one is named."""
    format: str = "json"
    ui: str | None = None
    """The address of Dagster's UI, for links to runs."""


def read_alerts(configuration: Mapping[str, Any], environment: Mapping[str, str]) -> Alerts | None:
    """Return the table `[alerts]`, or None if it is missing or empty."""
    values = read_table(ALERTS, configuration, "alerts")
    if not values:
        return None
    table = AlertsTable(**values)
    variable = table.webhook.variable
    return Alerts(
        environment.get(variable, "") if variable else table.webhook.address, variable, table.format, table.ui
    )
