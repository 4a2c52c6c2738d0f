"""Thresholds above which something counts as unusual: the table `[checks]` of the configuration.

Covered by tests/anomalies/test_rates.py.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Whole numbers of at least 1, so that an operator can raise or lower each by itself."""

    history_days: int = 28
    """Days of archive hours before an hour that it is compared with."""
    least_values: int = 50
    """With fewer lines or values, their share is not judged."""
    excess_percent: int = 2
    """Percentage points that a share must be above its usual one, however steady that is."""
    least_events: int = 20
    """Hours that usually have fewer events are not judged."""
    new_columns: int = 20
    """New columns of one table, or new event tables, within 24 archive hours, that are too many."""
