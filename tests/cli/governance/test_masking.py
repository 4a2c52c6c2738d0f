"""No command prints what a source masks: not as a result, in a log line or in an error (contract §13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_app import tideline
from tests.drive import place
from tests.pipeline.masking.killed import configuration
from tests.pipeline.masking.people import KEY, RULES, SECRETS, at_lake, line, write_people
from tests.promises.archives import hour_number, write_file

AFTER_DAMAGE = (
    ("quarantine", "show"),
    ("contract", "check", "--examples", "examples.jsonl"),
    ("audit", "--hours", "1"),
)
COMMANDS = (
    *AFTER_DAMAGE,
    ("status",),
    ("quarantine", "list"),
    ("quarantine", "replay"),
    ("plan", "--reload"),
    ("doctor",),
    ("catalog", "list"),
)
CONTRACT = '{"properties": {"userId": {"pattern": "^none"}, "properties": {"properties": {"email": {"type": "null"}}}}}'


def found_in(text: str) -> list[str]:
    """The secrets that a text has."""
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.slow
def test_no_command_prints_what_is_masked(tmp_path: Path) -> None:
    archive = write_people(tmp_path / "archive")
    reused = line("a-2", 0, seconds=9, event="Another", sentAt="no clock", originalTimestamp={"a": 1})
    write_file(archive, hour_number(0), 5, [reused, line("undefined", 0)])
    cut = write_file(archive, hour_number(1), 6, [line(f"z-{number}", 1) for number in range(50)])
    cut.write_bytes(cut.read_bytes()[:-40])
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/Order Completed.json").write_text(CONTRACT)
    where = place(archive, tmp_path)
    config = tmp_path / "tideline.toml"

    def run(*arguments: str) -> str:
        done = tideline(*arguments, "--log-format", "json", cwd=tmp_path, TIDELINE_MASKING_KEY=KEY)
        assert "Traceback" not in done.stderr
        assert KEY not in done.stdout + done.stderr
        return done.stdout + done.stderr

    config.write_text(configuration(where, []))
    run("load", "--json")
    assert found_in(run("quarantine", "show", "--json")), "nothing could be found"
    for rules, form in ((list(RULES), "--log-format=json"), (list(at_lake()), "--json")):
        config.write_text(configuration(where, rules))
        advised = run("load")
        assert "exclude, not_users, mask, contracts ...)" in advised
        assert found_in(advised) == []
        assert found_in(run("load", "--reload", form)) == []
        for command in COMMANDS:
            assert found_in(run(*command, form)) == [], command
        assert found_in((tmp_path / "examples.jsonl").read_text()) == []
    for damaged in (tmp_path / "lake").rglob("*.parquet"):
        damaged.write_bytes(damaged.read_bytes()[:-100])
    for command in AFTER_DAMAGE:
        printed = run(*command)
        assert "damaged" in printed
        assert found_in(printed) == [], command
