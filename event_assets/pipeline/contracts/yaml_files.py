"""Files of a project of RudderStack's command line, read as its YAML is meant: `no` is a text, and so is a date.

Covered by tests/pipeline/contracts/test_rudder_yaml.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from event_assets.config.settings import SettingsError
from event_assets.pipeline.contracts.plans import VendorPlan
from event_assets.pipeline.contracts.rudder_yaml import PlanError, is_project, read_project

YAML: Final = frozenset({".yaml", ".yml"})
_MOST_BYTES: Final = 64 << 20


def read_yaml(path: Path) -> VendorPlan:
    """Return the tracking plans of a file, or of all files in a folder and below it. Raises SettingsError."""
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in YAML) if path.is_dir() else [path]
    documents = [document for file in files for document in _documents(file) if is_project(document)]
    try:
        plan = read_project(documents)
    except (PlanError, RecursionError) as error:
        raise SettingsError(f"{path} is no tracking plan that can be read: {error}.") from None
    if not plan.events:
        reasons = f" ({plan.left_out[0]})" if plan.left_out else ""
        raise SettingsError(
            f"{path} has no rule of an event of a tracking plan (kind: tracking-plan, version: rudder/v1){reasons}."
        )
    return plan


def read_text(file: Path) -> str:
    """Return the text of a file. Raises SettingsError where it cannot be read, or is no plan by its size."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise SettingsError(f"{file} has more than 64 MiB: that is no tracking plan.")
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.") from None


def _is_text(tag: str, letter: str) -> bool:
    """Return whether words that begin with a letter, and that YAML gives a tag, are texts in plans."""
    return tag == "tag:yaml.org,2002:timestamp" or (tag == "tag:yaml.org,2002:bool" and letter in "yYnNoO")


_LOADER: Final = type(
    "PlanLoader",
    (yaml.SafeLoader,),
    {  # what JSON has: texts, numbers, true, false, null, lists and objects
        "yaml_implicit_resolvers": {
            letter: [(tag, form) for tag, form in found if not _is_text(tag, letter)]
            for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }
    },
)


def _documents(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        yield from yaml.load_all(read_text(file), Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "not valid YAML in UTF-8"
        raise SettingsError(f"{file}{line}: {problem}.") from None
