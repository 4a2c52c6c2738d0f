"""Alerts posted to a webhook, as JSON or as Slack reads it, within a bounded time."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from dataclasses import asdict, dataclass
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlsplit

from event_assets.config.alerts import Alerts
from event_assets.config.parse import redacted

TIMEOUT: Final = 10.0
"""Seconds that one try may take, whatever the server does."""
TRIES: Final = 2
PAUSE: Final = 1.0
"""Seconds between two tries."""


class AlertError(Exception):
    """An alert was not delivered; the message never contains the webhook's address, which is a secret."""


@dataclass(frozen=True)
class Alert:
    """A failed run or failed checks."""

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

    def text(self) -> str:
        """Return a headline, and a line for each problem."""
        headline = "Run failed" if self.event == "run_failed" else "Checks failed"
        assets = f" of {', '.join(self.assets)}" if self.assets else ""
        partitions = f", {self.partitions}" if self.partitions else ""
        return "\n".join([f"{headline}: {self.job}{assets}{partitions} ({self.run_id[:8]})", *self.problems])


def link_to(alerts: Alerts, run_id: str) -> str | None:
    """Return the URL of a run in Dagster's UI, or None if the UI's address is not configured."""
    return f"{alerts.ui.rstrip('/')}/runs/{run_id}" if alerts.ui else None


def first_line(text: str) -> str:
    """Return the first line that is not blank, without secrets, at most 500 characters of it."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "no message")
    return redacted(line)[:500]


def compose(alerts: Alerts, alert: Alert) -> bytes:
    """Return the body of the request."""
    text = alert.text()
    if alerts.format == "json":
        return json.dumps({**asdict(alert), "text": text}).encode()
    for character, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, escaped)
    return json.dumps({"text": f"{text}\n<{alert.url}|Open the run>" if alert.url else text}).encode()


def deliver(alerts: Alerts, alert: Alert, *, timeout: float = TIMEOUT, tries: int = TRIES) -> None:
    """Post the alert to the webhook, again if a try fails. Raise AlertError within about `tries * timeout` seconds."""
    if urlsplit(alerts.webhook).scheme not in {"http", "https"}:
        setting = f"the environment variable {alerts.variable}" if alerts.variable else "alerts.webhook"
        raise AlertError(f"There is no address to post alerts to: {setting} must be an http:// or https:// address.")
    problem = ""
    for number in range(tries):
        if number:
            time.sleep(PAUSE)
        problem = _post_within(timeout, alerts.webhook, compose(alerts, alert))
        if not problem:
            return
    raise AlertError(
        f"The webhook did not accept the alert ({tries} tries): {problem}. Check its address and that it answers."
    )


def _post_within(timeout: float, address: str, body: bytes) -> str:
    """Post in a thread of its own: a server that sends a byte now and then outlasts every timeout of a socket."""
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(_post(address, body, timeout)), daemon=True)
    thread.start()
    thread.join(timeout)
    return answers[0] if answers else f"no answer within {timeout:g} s"


def _post(address: str, body: bytes, timeout: float) -> str:
    """Post, and return what went wrong, or an empty text."""
    request = urllib.request.Request(  # noqa: S310  `deliver` has checked the scheme
        address, data=body, headers={"Content-Type": "application/json", "User-Agent": "tideline"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout):  # noqa: S310  `deliver` has checked the scheme
            return ""
    except HTTPError as error:
        return f"it answered {error.code}"
    except (OSError, HTTPException, ValueError) as error:  # its text may contain the address
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            return f"no answer within {timeout:g} s"
        return f"it could not be reached ({type(reason).__name__})"
