"""A loaded archive, and a copy of its tables as if another loader had made them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from tests.defs.build import hour, track, write_config, write_file
from tests.defs.in_process import tideline

OURS: Final = "event_date, _archive_hour, _fingerprint, _rescued"
HOSTILE: Final = "<script>alert(1)</script>[bold]\x1b[2J"


def load_and_copy(folder: Path) -> Path:
    """Load two days of tracks and copy their tables to `rudder_prod`; return the configuration."""
    for number in (0, 24):
        events = [track(f"m{number}-{n}", at=hour(number), price=n, note=f"n{n}") for n in range(4)]
        write_file(folder / "archive", hour(number), events)
    config = write_config(folder, hours=48)
    assert tideline("load", "--config", config, cwd=folder).returncode == 0
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("CREATE SCHEMA rudder_prod")
        for table in ("tracks", "order_completed"):
            connection.execute(f"CREATE TABLE rudder_prod.{table} AS SELECT * EXCLUDE ({OURS}) FROM events.{table}")
    return config


def change_there(folder: Path) -> None:
    """Plant a text of a hostile form, a missing row, a missing value, and microseconds that were cut."""
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        later = "sent_at + INTERVAL 123 MICROSECOND"
        connection.execute(f"UPDATE events.order_completed SET sent_at = {later} WHERE id = 'm0-3'")
        connection.execute("UPDATE rudder_prod.order_completed SET note = ? WHERE id = 'm0-1'", [HOSTILE])
        connection.execute("UPDATE rudder_prod.tracks SET sent_at = NULL WHERE id = 'm24-2'")
        connection.execute("DELETE FROM rudder_prod.tracks WHERE id = 'm24-1'")
        connection.execute("CREATE TABLE rudder_prod.rudder_discards (id TEXT)")
