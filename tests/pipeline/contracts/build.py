"""Contracts of a project in a folder, and its load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from event_assets.config.settings import Settings
from event_assets.pipeline.load import Choice
from tests.drive import load_pending


def write_contract(
    folder: Path,
    properties: dict[str, Any],
    *,
    mode: str | None = None,
    event: str = "Bought",
    required: tuple[str, ...] = (),
) -> Path:
    """Write the contract of a track's properties into the folder of contracts."""
    schema = {"type": "object", "properties": properties, "required": list(required)}
    ours = {"event": event} | ({"mode": mode} if mode else {})
    path = folder / "contracts" / f"{event}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"x-tideline": ours, "properties": {"properties": schema}}))
    return path


def load_all(settings: Settings, *, reload: bool = False) -> None:
    """Load what is pending, or all, as the command does."""
    load_pending(settings, Choice(reload=reload))
