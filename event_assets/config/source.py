"""A source: one stream of events with its own archive prefix, layout, mapping and warehouse schema (contract §1).

Covered by tests/config/test_settings.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from event_assets.archive.source import ArchiveSource
from event_assets.events.masking.frames import user_forms
from loaders.interface.settings_hash import hash_settings
from loaders.transform.catalog import Declaration
from loaders.transform.contracts.contract import NO_CONTRACTS, Contracts
from loaders.transform.selection import Selection


@dataclass(frozen=True)
class Source(ArchiveSource):
    """A stream of events: its archive, and what the warehouse does with its rows.

    `schema` is the warehouse schema of its event tables, `rollups_schema` the schema of its rollups. `retain_days` is
    the number of days of event time before today that stay in the warehouse, None for all. `selection` decides which
    events are loaded from the lake; `not_users` are user ids that get no row in `users`; `columns`
    exist in the warehouse before events have them; `contracts` are the schemas of its events.
    """

    schema: str = "events"
    rollups_schema: str = "rollups"
    retain_days: int | None = None
    fresh_within: timedelta | None = None
    """How old the last load may be before tables show as stale."""
    selection: Selection = Selection()
    not_users: tuple[str, ...] = ()
    columns: Declaration = Declaration()
    contracts: Contracts = NO_CONTRACTS

    @property
    def not_users_in_tables(self) -> tuple[str, ...]:
        """The ids of `not_users` as tables have them; a masked one does not show its case: several are tried."""
        if not self.masking:
            return self.not_users
        cases = {form for id in self.not_users for form in (id, id.lower(), id.upper(), id.title())}
        return tuple(sorted({form for id in cases for form in user_forms(id, self.masking)}))

    def hash_loads(self, config_hash: str) -> str:
        """Return the hash of the settings of a load and of the lake, whose hash is given."""
        return hash_settings(
            config_hash,
            selection=self.selection,
            not_users=self.not_users,
            contracts=self.contracts,
            masking=self.masking.before("load").tokens,
        )
