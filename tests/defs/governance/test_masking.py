"""What a source masks is in no record of Dagster: metadata, samples, quarantined lines, logs (contract §13)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from event_assets.definitions import build_definitions
from tests.defs.build import hour, resource_of, track, write_config, write_file
from tests.pipeline.erasure.people import find_bytes

MASK = """
[[source.mask]]
path = ["properties.email", "userId"]
how = "hash"
at = "{at}"
[[source.mask]]
path = "context.ip"
how = "truncate"
"""
SECRETS = ("leak-", "203.0.113.7")


@pytest.mark.slow
def test_no_record_of_a_run_has_a_masked_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_MASKING_KEY", "a key of this test alone")
    mail = {"email": "leak-me", "n": 1}
    events = [track(f"m-{n}", at=hour(0)) | {"userId": f"leak-{n}", "properties": mail} for n in range(3)]
    odd = {**events[0], "sentAt": "no clock", "context": {"ip": "203.0.113.7"}, "properties": {"email": {"a": "leak-"}}}
    reused = {**events[0], "userId": "leak-other", "event": "Another"}
    lines: list[dict[str, Any] | str] = [
        *events,
        odd | {"messageId": "undefined"},
        reused,
        '{"userId": "leak-cut", ',
        '{"type": "leak-type"}',
    ]
    write_file(tmp_path / "archive", hour(0), lines)
    for at in ("load", "lake"):
        folder = tmp_path / at
        folder.mkdir()
        (folder / "archive").symlink_to(tmp_path / "archive")
        config = write_config(folder)
        config.write_text(config.read_text() + MASK.format(at=at))
        resource = resource_of(config)
        settings = resource.settings()
        job = build_definitions(settings, {"default": hour(0)}, resource).resolve_job_def("load_hours")
        with dg.DagsterInstance.local_temp(str(folder)) as instance:
            assert job.execute_in_process(instance=instance, partition_key=f"{hour(0):%Y-%m-%dT%H}").success
        kept = [path for path in folder.iterdir() if path.name not in ("lake", "archive")]
        assert any(path.is_dir() for path in kept)
        assert list(find_bytes(kept, SECRETS)) == []
