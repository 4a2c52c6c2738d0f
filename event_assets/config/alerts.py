"""Alerts: what is told to a webhook, as JSON or as Slack reads it, and a delivery that never takes long."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from event_assets.config.parse import SettingsError, read_text, redacted, refuse_unknown

FORMATS: Final = ("json", "slack")
KEYS: Final = ("webhook", "format", "ui")
TIMEOUT: Final = 10.0
"""Seconds that one try may take, whatever the server does."""
TRIES: Final = 2
PAUSE: Final = 1.0
"""Seconds between two tries."""


class AlertError(Exception):
    """An alert did not get through; the message never holds the webhook's address, which is a secret."""


@dataclass(frozen=True)
class Alerts:
    """Where alerts go, and how."""

    webhook: str = field(repr=False)
    """The address; empty where the environment variable that should have it is not set."""
    variable: str | None = None
    """The environment variable that has the address, where one is named."""
    format: str = "json"
    ui: str | None = None
    """Where Dagster's UI is, for links to runs."""


@dataclass(frozen=True)
class Alert:
    """What happened, in words and as values."""

    event: str
    """`run_failed` or `checks_failed`."""
    run_id: str
    job: str
    assets: tuple[str, ...]
    partitions: str
    """The archive hours (or days) of the run: one, or the first and the last with ` to ` between."""
    problems: tuple[str, ...]
    """The first line of the error, or a line for each check that failed."""
    url: str | None = None

    def in_words(self) -> str:
        """One line and one for each problem."""
        what = "Run failed" if self.event == "run_failed" else "Checks failed"
        of = f" of {', '.join(self.assets)}" if self.assets else ""
        told = f"{what}: {self.job}{of}{f', {self.partitions}' if self.partitions else ''} ({self.run_id[:8]})"
        return "\n".join([told, *self.problems])


def read_alerts(document: Mapping[str, Any], environment: Mapping[str, str]) -> Alerts | None:
    """The table `[alerts]`; None where there is none and `TIDELINE_ALERTS_WEBHOOK` is not set either."""
    table = document.get("alerts", {})
    if not isinstance(table, dict):
        raise SettingsError("alerts is a table: [alerts] with webhook, format, ui.")
    refuse_unknown(table, KEYS, "[alerts]")
    from_environment = environment.get("TIDELINE_ALERTS_WEBHOOK")
    if not table and not from_environment:
        return None
    form, ui = read_text(table, "format") or "json", read_text(table, "ui")
    if form not in FORMATS:
        raise SettingsError(f'alerts.format is "json" or "slack", not {form!r}.')
    webhook, variable = _read_webhook(table, environment)
    return Alerts(from_environment or webhook, variable, form, ui)


def _read_webhook(table: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[str, str | None]:
    said = table.get("webhook", {"env": "TIDELINE_ALERTS_WEBHOOK"})
    if isinstance(said, dict):
        refuse_unknown(said, ("env",), "alerts.webhook")
        variable = read_text(said, "env")
        if variable is None:
            raise SettingsError('alerts.webhook is an address in quotes, or {env = "NAME"} of a variable that has it.')
        return environment.get(variable, ""), variable
    return read_text(table, "webhook") or "", None


def link_to(alerts: Alerts, run_id: str) -> str | None:
    """The page of a run."""
    return f"{alerts.ui.rstrip('/')}/runs/{run_id}" if alerts.ui else None


def first_line(text: str) -> str:
    """The first line that says something, without secrets and not too long."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "no message")
    return redacted(line)[:500]


def compose(alerts: Alerts, alert: Alert) -> bytes:
    """The body of the request."""
    if alerts.format == "json":
        return json.dumps({**asdict(alert), "text": alert.in_words()}).encode()
    text = alert.in_words()
    for character, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, escaped)
    return json.dumps({"text": f"{text}\n<{alert.url}|Open the run>" if alert.url else text}).encode()


def deliver(alerts: Alerts, alert: Alert, *, timeout: float = TIMEOUT, tries: int = TRIES) -> None:
    """Hand the alert to the webhook, twice if need be. Raises AlertError, within about `tries * timeout` seconds."""
    if urlsplit(alerts.webhook).scheme not in {"http", "https"}:
        place = f"the environment variable {alerts.variable}" if alerts.variable else "alerts.webhook"
        raise AlertError(f"No address to tell alerts to: {place} must be an http:// or https:// address.")
    problem = ""
    for number in range(tries):
        if number:
            time.sleep(PAUSE)
        problem = _within(timeout, alerts.webhook, compose(alerts, alert))
        if not problem:
            return
    raise AlertError(
        f"The webhook was not told ({tries} tries): {problem}. Check that its address is right and answers."
    )


def _within(timeout: float, address: str, body: bytes) -> str:
    """Post in a thread of its own, for a server that sends a byte now and then passes every timeout of a socket."""
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(_post(address, body, timeout)), daemon=True)
    thread.start()
    thread.join(timeout)
    return answers[0] if answers else f"no answer within {timeout:g} s"


def _post(address: str, body: bytes, timeout: float) -> str:
    """What went wrong, empty where nothing did."""
    import urllib.request  # every command reads the settings of alerts, and none but Dagster's sensors posts one
    from http.client import HTTPException
    from urllib.error import HTTPError

    request = urllib.request.Request(  # noqa: S310  the scheme was looked at
        address, data=body, headers={"Content-Type": "application/json", "User-Agent": "tideline"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout):  # noqa: S310
            return ""
    except HTTPError as error:
        return f"it answered {error.code}"
    except (OSError, HTTPException, ValueError) as error:  # its text may hold the address
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            return f"no answer within {timeout:g} s"
        return f"it could not be reached ({type(reason).__name__})"
