"""The table [alerts]: which webhook alerts are posted to, and in which format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from event_assets.config.parse import SettingsError, read_text, refuse_unknown

FORMATS: Final = ("json", "slack")
KEYS: Final = ("webhook", "format", "ui")
VARIABLE: Final = "TIDELINE_ALERTS_WEBHOOK"


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


def read_alerts(document: Mapping[str, Any], environment: Mapping[str, str]) -> Alerts | None:
    """Return the table `[alerts]`, or None if it is missing and `TIDELINE_ALERTS_WEBHOOK` is not set either."""
    table = document.get("alerts", {})
    if not isinstance(table, dict):
        raise SettingsError("alerts is a table: [alerts] with webhook, format, ui.")
    refuse_unknown(table, KEYS, "[alerts]")
    from_environment = environment.get(VARIABLE)
    if not table and not from_environment:
        return None
    form, ui = read_text(table, "format") or "json", read_text(table, "ui")
    if form not in FORMATS:
        raise SettingsError(f'alerts.format is "json" or "slack", not {form!r}.')
    webhook, variable = _read_webhook(table, environment)
    return Alerts(from_environment or webhook, variable, form, ui)


def _read_webhook(table: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[str, str | None]:
    webhook = table.get("webhook", {"env": VARIABLE})
    if isinstance(webhook, dict):
        refuse_unknown(webhook, ("env",), "alerts.webhook")
        variable = read_text(webhook, "env")
        if variable is None:
            raise SettingsError('alerts.webhook is an address in quotes, or {env = "NAME"} of a variable that has it.')
        return environment.get(variable, ""), variable
    return read_text(table, "webhook") or "", None
