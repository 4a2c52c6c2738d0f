"""Settings whose values other rooms define: the tables [budgets] and [checks].

Covered by tests/config/test_settings.py.
"""

from __future__ import annotations

from typing import Final

from event_assets.anomalies.thresholds import Thresholds
from event_assets.config.declaration import declared_counts
from loaders.transform.catalog import Budgets

BUDGETS: Final = declared_counts(
    Budgets,
    {
        "columns": "The largest number of columns of a table.",
        "tables": "The largest number of event tables of a schema.",
        "values": "The largest number of values of a row.",
    },
)
"""Values past a budget are rescued, never dropped (contract §5)."""

CHECKS: Final = declared_counts(
    Thresholds,
    {
        "history_days": "Days that the [checks](checks.md) compare an hour with.",
        "least_values": "Lines or values below which a share of them is not checked.",
        "excess_percent": "Percentage points above its usual share from which a share warns.",
        "least_events": "Usual events of an hour below which its flow is not checked.",
        "new_columns": "New columns of a table, or new event tables, within 24 hours that warn.",
    },
)
