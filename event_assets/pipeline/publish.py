"""The copy of the warehouse for dashboards, published after every change of the warehouse (contract §8).

Covered by tests/pipeline/test_retention.py.
"""

from __future__ import annotations

from datetime import datetime

from event_assets.config.settings import Settings
from loaders.connection.warehouse import Warehouse


def publish_change(settings: Settings, warehouse: Warehouse, *, now: datetime) -> bool:
    """Publish the copy if the settings name a path and the last copy is old enough; return whether it was published.

    Every function that commits a change to the warehouse calls it afterwards, also when the change was there already:
    the process that committed it may have been killed before it published. Raise `Transient` if a load holds the
    warehouse: the copy is published after the next change.
    """
    if settings.publish is None:
        return False
    return warehouse.publish(settings.publish, every=settings.publish_every, now=now)
