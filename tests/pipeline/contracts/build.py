"""Contracts of a project in a folder, and its load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from event_assets.config.settings import Settings
from event_assets.pipeline.load import Choice, load_plans, plan_hours


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
    choice = Choice(reload=reload)
    outcomes = list(load_plans(settings, plan_hours(settings, choice), choice, lambda *_: None))
    assert [outcome.error for outcome in outcomes if outcome.error] == []
