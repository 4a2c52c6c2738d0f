"""The check of clocks in a real run: it warns of a form that nobody reads, and stays reported for a day."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from tests.defs.build import hour, track, write_config, write_file
from tests.defs.checks.test_history import warned
from tests.defs.test_assets import metadata_of, run_hours


def test_clocks_in_a_form_that_is_not_read_warn_and_are_counted(tmp_path: Path) -> None:
    def events(number: int, count: int) -> list[dict[str, object]]:
        odd = [track(f"o{number}-{n}", at=hour(number)) | {"sentAt": "half past seven"} for n in range(count)]
        return [*odd, *(track(f"m{number}-{n}", at=hour(number)) for n in range(150 - count))]

    for number, count in ((0, 0), (1, 2), (2, 1)):
        write_file(tmp_path / "archive", hour(number), events(number, count))
    config = write_config(tmp_path)
    with dg.DagsterInstance.ephemeral() as instance:
        assert "clocks_are_read" not in warned(run_hours(config, instance, 0, 0))
        found = warned(run_hours(config, instance, 1, 1))["clocks_are_read"]
        assert "2026-01-31T08 sentAt: 2 of 150 events" in str(found.description)
        again = warned(run_hours(config, instance, 2, 2))["clocks_are_read"]
        assert "2026-01-31T08" in str(again.description)
        assert "2026-01-31T09" not in str(again.description)
        shown = metadata_of(instance, "lake")["2026-01-31T09"]
        assert "clocks\\_unread.sentAt | 1" in shown["noticed"]


def test_placeholders_as_ids_warn_and_lose_no_event(tmp_path: Path) -> None:
    events = [track("undefined", at=hour(0), price=n) for n in range(20)]
    write_file(tmp_path / "archive", hour(0), events)
    config = write_config(tmp_path)
    with dg.DagsterInstance.ephemeral() as instance:
        found = warned(run_hours(config, instance, 0, 0))["ids_are_ids"]
        assert "2026-01-31T07 messageId: 20 of 20 events have a placeholder as id" in str(found.description)
        shown = metadata_of(instance, "lake")["2026-01-31T07"]
        assert shown["distinct"] == 20
        assert 'has messageId "undefined"' in shown["noticed_events"]


def test_ids_that_are_reused_in_an_hour_warn(tmp_path: Path) -> None:
    events = [track(f"m{n % 10}", at=hour(0)) | {"userId": f"u{n // 10}", "event": f"E{n % 3}"} for n in range(20)]
    write_file(tmp_path / "archive", hour(0), [*events, *events])
    config = write_config(tmp_path)
    with dg.DagsterInstance.ephemeral() as instance:
        found = warned(run_hours(config, instance, 0, 0))["ids_are_ids"]
        assert "2026-01-31T07 messageId: 20 of 40 events have the id of an event with another name" in str(
            found.description
        )
        assert "id\\_conflicts | 20" in metadata_of(instance, "lake")["2026-01-31T07"]["noticed"]


def test_ids_that_are_reused_between_hours_warn_on_the_tables_and_are_shown(tmp_path: Path) -> None:
    for number, name in enumerate(("Sold", "Bought")):
        events = [track(f"m{n}", at=hour(number)) | {"event": name, "userId": "u"} for n in range(20)]
        write_file(tmp_path / "archive", hour(number), events)
    config = write_config(tmp_path)
    with dg.DagsterInstance.ephemeral() as instance:
        assert "ids_are_not_reused" not in warned(run_hours(config, instance, 0, 0))
        found = warned(run_hours(config, instance, 1, 1))["ids_are_not_reused"]
        assert "2026-01-31T08 messageId: 20 of 20 events have the id of an event of another hour" in str(
            found.description
        )
        assert "for example track m0 is in 2026-01-31T07 with another event" in str(found.description)
        shown = metadata_of(instance, "warehouse")["2026-01-31T08"]["reused_ids"]
        assert "20 events" in shown
        assert "| track | m0 | 2026-01-31T07 | event |" in shown
