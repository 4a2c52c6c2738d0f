"""The executor that a setting names, with the configuration that docs/cluster.md shows."""

from __future__ import annotations

import sys
from pathlib import Path

import dagster as dg
import pytest

from event_assets.config.execution import DagsterSettings, read_dagster
from event_assets.config.parse import SettingsError
from event_assets.defs.executors import find_executor
from tests.docs.pages import blocks

SHOWN = [block.text for block in blocks("yaml") if block.page.name == "cluster.md"]


def test_without_a_setting_steps_run_in_the_runs_process() -> None:
    assert read_dagster({}) == DagsterSettings()
    assert find_executor(DagsterSettings()) is dg.in_process_executor


@pytest.mark.parametrize(("executor", "text"), [("celery", SHOWN[0]), ("k8s", SHOWN[1])])
def test_what_the_page_shows_is_what_the_executor_takes(executor: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "executor.yaml"
    file.write_text(text)
    found = find_executor(DagsterSettings(executor=executor, executor_config=file))
    assert dg.validate_run_config(job_of(found))
    file.write_text(text.replace("  config:\n", "  config:\n    nonsense: 1\n"))
    with pytest.raises(dg.DagsterInvalidConfigError, match="nonsense"):
        dg.validate_run_config(job_of(find_executor(DagsterSettings(executor=executor, executor_config=file))))


def job_of(executor: dg.ExecutorDefinition) -> dg.JobDefinition:
    """A job that would be run by it."""

    @dg.op
    def nothing() -> None: ...

    @dg.job(executor_def=executor)
    def empty() -> None:
        nothing()

    return empty


def test_multiprocess_takes_a_number_of_processes(tmp_path: Path) -> None:
    file = tmp_path / "executor.yaml"
    file.write_text("execution: {config: {max_concurrent: 4}}")
    executor = find_executor(DagsterSettings(executor="multiprocess", executor_config=file))
    assert dg.validate_run_config(job_of(executor))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"executor": "celerey"}, "use one of in_process, multiprocess, celery, k8s"),
        ({"fan_out": "yes"}, "true or false"),
        ({"fan_out_mib": 0}, "fan_out_mib"),
        ({"fanout": True}, "fanout"),
        ({"executor_config": "x.yaml"}, "in_process"),
    ],
)
def test_the_message_of_a_mistake_has_its_correction(table: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_dagster({"dagster": table})


def test_a_file_that_is_missing_or_has_no_section_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "celery.yaml"
    settings = DagsterSettings(executor="celery", executor_config=file)
    with pytest.raises(SettingsError, match="There is no file"):
        find_executor(settings)
    for text in ("broker: x", "- 1", "execution:", "execution: {config: 3}"):
        file.write_text(text)
        with pytest.raises(SettingsError, match="execution: config:"):
            find_executor(settings)
    file.write_text("{")
    with pytest.raises(SettingsError, match="not valid YAML"):
        find_executor(settings)


def test_a_package_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dagster_celery", None)
    with pytest.raises(SettingsError, match=r"tideline\[cluster\]"):
        find_executor(DagsterSettings(executor="celery"))
