"""The form of log lines: text for people, or one JSON object a line for a log collector (`--log-format json`).

The members of a JSON line have the names of the metadata in Dagster and of the columns of `tideline.loads`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

from event_assets.config.parse import HOUR_FORMAT, redacted

Level = Literal["info", "warning", "error"]
VARIABLE: Final = "TIDELINE_LOG_FORMAT"

_chosen: dict[str, str] = {}


def choose_log_format(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Use the log format of the last `--log-format` among the arguments, else of the environment; return it.

    The arguments are looked through before they are parsed: an error about them is a log line, too.
    """
    given = environment.get(VARIABLE, "text")
    for option, value in zip(arguments, [*arguments[1:], ""], strict=False):
        if option == "--log-format":
            given = value
        elif option.startswith("--log-format="):
            given = option.partition("=")[2]
    _chosen["format"] = given
    return given


def logs_json() -> bool:
    """Return whether log lines are JSON: then nothing else is written to standard error, no bar and no colours."""
    return _chosen.get("format") == "json"


def log_line_of(message: str, level: Level = "info", **members: object) -> str:
    """Return a log line without its end; secrets are hidden, control characters have no effect."""
    text = " ".join(printable(redacted(message)).split())
    if not logs_json():
        return text
    text = text.removeprefix("tideline: ")
    if text.startswith("warning: "):
        text, level = text.removeprefix("warning: "), "warning"
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "message": text}
    return json.dumps({**line, **{name: _plain(value) for name, value in members.items()}}, default=str)


def printable(text: str) -> str:
    """Return the text with a mark for every control character."""
    return "".join(
        character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def _plain(value: object) -> Any:  # noqa: ANN401  any value of JSON
    if isinstance(value, datetime):
        on_the_hour = not (value.minute or value.second or value.microsecond)
        return f"{value:{HOUR_FORMAT}}" if on_the_hour else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return redacted(value) if isinstance(value, str) else value
