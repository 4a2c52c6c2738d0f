"""`tideline status --prometheus` follows the text format, and its numbers are those of the ledger."""

from __future__ import annotations

from pathlib import Path

from event_assets.cli.output.prometheus import HELP, prometheus_text
from event_assets.health.status import Reason, SourceStatus
from tests.defs.build import hour, track, write_config, write_file, write_hours
from tests.defs.in_process import tideline
from tests.defs.samples import read_samples


def test_the_numbers_are_those_of_the_ledger(tmp_path: Path) -> None:
    write_hours(tmp_path / "archive", [0, 1])
    config = write_config(tmp_path)
    assert tideline("load", "--config", config, cwd=tmp_path).returncode == 0
    write_file(tmp_path / "archive", hour(1), [track("late", at=hour(1))], part=1)
    done = tideline("status", "--config", config, "--prometheus", cwd=tmp_path)
    assert done.returncode == 0
    samples = read_samples(done.stdout)
    assert {name for name, _ in samples} == set(HELP)
    own = ("source", "default")

    def value(name: str, *labels: tuple[str, str]) -> float:
        return samples[name, frozenset([own, *labels])]

    assert value("tideline_up") == 1
    assert (value("tideline_hours_loaded"), value("tideline_hours_pending"), value("tideline_files_late")) == (2, 1, 1)
    assert value("tideline_newest_hour_timestamp_seconds") == hour(1).timestamp()
    assert value("tideline_last_load_timestamp_seconds") > hour(1).timestamp()
    assert value("tideline_count", ("count", "events")) == 10
    assert value("tideline_quarantined", ("reason", "invalid_json")) == 2
    assert value("tideline_table_rows", ("schema", "events"), ("table", "tracks")) == 8


def test_hostile_names_stay_within_their_label_and_an_unreachable_source_is_not_up() -> None:
    name = 'a"} 1\n# HELP x \\ y'
    sound = SourceStatus("web", "web", tables={name: 7}, quarantine=(Reason(name, 3, False, ()),))
    samples = read_samples(prometheus_text([sound, SourceStatus("gh", "gh", error="no right to list")]))
    table = frozenset([("source", "web"), ("schema", "web"), ("table", name)])
    assert samples["tideline_table_rows", table] == 7
    assert [number for (metric, labels), number in samples.items() if ("source", "gh") in labels] == [0]
