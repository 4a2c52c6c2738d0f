"""The history of runs in a new DAGSTER_HOME: begun here, so that Dagster's first start has nothing to warn of.

With `run_retries`, a daemon of Dagster 1.13 reads ended runs from a cursor of its own. The first time there is none:
it warns twice ("No cursor for event type ..., ignoring older events") and begins at the end of the log.
`begin_history` writes the same cursors before the daemon starts. `make dev` runs this module where no run was
recorded yet.

Covered by tests/defs/instance/test_run_history.py.
"""

from __future__ import annotations

import dagster as dg
from dagster._daemon.auto_run_reexecution import event_log_consumer  # no public export


def begin_history(instance: dg.DagsterInstance) -> None:
    """Write the cursors that the daemon lacks: the end of the log, as it would. A cursor that it has stays."""
    keys = {event_log_consumer._create_cursor_key(kind) for kind in event_log_consumer.DAGSTER_EVENT_TYPES}
    missing = keys - instance.daemon_cursor_storage.get_cursor_values(keys).keys()
    if missing:
        end = instance.event_log_storage.get_maximum_record_id() or 0
        instance.daemon_cursor_storage.set_cursor_values({key: f"{end}" for key in missing})


if __name__ == "__main__":
    with dg.DagsterInstance.get() as found:
        begin_history(found)
