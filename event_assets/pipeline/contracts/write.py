"""Writes the events of a tracking plan as files of contracts.

Covered by tests/pipeline/contracts/test_plans.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xxhash

from event_assets.config.governance.contracts import OURS, read_contract
from event_assets.config.settings import SettingsError
from event_assets.pipeline.contracts.plans import PlannedEvent, VendorPlan, read_plan
from event_assets.pipeline.contracts.yaml_files import YAML, read_text, read_yaml
from loaders.process.temporary import temporary_folder
from loaders.transform.names import name


@dataclass(frozen=True)
class ImportedPlan:
    """What an import has written: files by what was done with them, and what of the plan was left out."""

    product: str
    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]
    left_out: tuple[str, ...]


def import_plan(file: Path, folder: Path, *, mode: str | None, replace: bool) -> ImportedPlan:
    """Write a contract for every event of a tracking plan.

    A file that is there and differs is kept, unless `replace`. Raises SettingsError; then nothing was written.
    """
    plan = _read_file(file)
    wanted = {folder / f"{stem}.json": event for stem, event in _stems(plan).items()}
    texts = {path: _document(event, mode) for path, event in wanted.items()}
    differing = [path for path, text in texts.items() if path.exists() and path.read_text(encoding="utf-8") != text]
    if differing and not replace:
        raise SettingsError(f"{differing[0]} is there and differs: move it away, or use --replace.")
    _check(texts)
    folder.mkdir(parents=True, exist_ok=True)
    written = [path for path, text in texts.items() if not path.exists() or path in differing]
    for path in written:
        path.write_text(texts[path], encoding="utf-8")
    return ImportedPlan(
        plan.product, tuple(written), tuple(path for path in texts if path not in written), plan.left_out
    )


def _read_file(file: Path) -> VendorPlan:
    if file.is_dir() or file.suffix.lower() in YAML:
        return read_yaml(file)
    try:
        document = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise SettingsError(f"{file}, line {error.lineno}: not valid JSON ({error.msg}).") from None
    except (ValueError, RecursionError):
        raise SettingsError(f"{file} is no JSON in UTF-8, or is nested too deeply.") from None
    plan = read_plan(document)
    if plan is None or not plan.events:
        raise SettingsError(
            f"{file} is no tracking plan that is known: export the rules of Segment's Public API, or the events of "
            "RudderStack's Data Catalog API, or give the folder of a project of RudderStack's command line."
        )
    return plan


def _stems(plan: VendorPlan) -> dict[str, PlannedEvent]:
    """Return the events by the names of their files; names that are alike get a hash."""
    stems: dict[str, PlannedEvent] = {}
    for event in plan.events:
        stem = event.type if event.event is None else name(event.event)[:60].strip("_") or "event"
        if stem in stems or (event.event is not None and stem in {"track", "identify", "page", "screen", "group"}):
            stem = f"{stem}-{xxhash.xxh3_64_hexdigest(str(event.event).encode())[:8]}"
        stems[stem] = event
    return stems


def _document(event: PlannedEvent, mode: str | None) -> str:
    ours: dict[str, Any] = {"type": event.type}
    ours |= {"event": event.event} if event.event is not None else {}
    ours |= {"mode": mode} if mode is not None else {}
    return json.dumps({OURS: ours, **event.schema}, indent=2, ensure_ascii=False) + "\n"


def _check(texts: dict[Path, str]) -> None:
    """Read every contract as a load would. Raises SettingsError."""
    with temporary_folder() as scratch:
        for path, text in texts.items():
            trial = scratch / path.name
            trial.write_text(text, encoding="utf-8")
            try:
                read_contract(trial, "evolve")
            except SettingsError as error:
                raise SettingsError(str(error).replace(str(trial), f"the plan's {path.stem}")) from None
