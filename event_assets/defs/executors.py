"""The executor of every job, by its setting. Executors of other packages are imported only where they are selected."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import dagster as dg
import yaml

from event_assets.config.execution import DagsterSettings
from event_assets.config.parse import SettingsError

_ELSEWHERE: Final = {
    "celery": ("dagster_celery", "celery_executor", "cluster"),
    "k8s": ("dagster_k8s", "k8s_job_executor", "k8s"),
}
"""Executor -> its module, its name there, and the extra of Tideline that installs it."""


def find_executor(settings: DagsterSettings) -> dg.ExecutorDefinition:
    """Return the executor with its configuration. Raise `SettingsError` where it is not installed or not configured."""
    executor = _named(settings.executor)
    config = _read_config(settings)
    return executor.configured(config, name=settings.executor) if config else executor


def _named(name: str) -> dg.ExecutorDefinition:
    if name not in _ELSEWHERE:
        return dg.multiprocess_executor if name == "multiprocess" else dg.in_process_executor
    module, attribute, extra = _ELSEWHERE[name]
    try:
        found = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"dagster.executor = {name!r} needs a package that is not installed ({error.name}): install"
            f" 'tideline[{extra}]'."
        ) from error
    if not isinstance(found, dg.ExecutorDefinition):
        raise TypeError(f"{module}.{attribute} is not an executor")
    return found


def _read_config(settings: DagsterSettings) -> Mapping[str, Any]:
    path = settings.executor_config
    if path is None:
        return {}
    if not path.is_file():
        raise SettingsError(f"There is no file {path}; check dagster.executor_config.")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not valid YAML: {error}.") from None
    try:
        config = content["execution"]["config"]
    except (TypeError, KeyError):
        config = None
    if not isinstance(config, dict):
        raise SettingsError(f"{path} has no section `execution: config:`; dagster.executor_config needs one.")
    return config
