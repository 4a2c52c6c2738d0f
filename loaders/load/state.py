"""The warehouse as a load finds it: the hour's previous load, the catalog and the tables of the schema.

Covered by tests/loaders/load/test_small_loads.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from loaders.catalog.store import read_catalog
from loaders.connection.session import Session
from loaders.interface.hour import Hour
from loaders.ledger.loads import PreviousLoad, check_owner, has_arrived, has_ledger, read_previous_load
from loaders.schema.introspect import Layout, read_layout
from loaders.schema.taken_names import find_taken
from loaders.transform.catalog import Catalog

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class WarehouseState:
    """What a load depends on. An hour staged by one state is good for any equal state."""

    previous: PreviousLoad | None
    """The newest load of the hour."""
    lost: bool
    """Whether the hour has changed rows before although the ledger has no load of it."""
    catalog: Catalog
    layout: Layout = field(compare=False)
    stamp: Hashable | None = field(default=None, compare=False)
    """Equal stamps mean that no transaction has committed in between; None where the database has no stamp."""

    def has_other_settings(self, hour: Hour) -> bool:
        """Return whether the hour was loaded by other settings than it has now."""
        return self.previous is not None and self.previous.config_hash != hour.config_hash


def read_state(session: Session, hour: Hour, refused: Mapping[str, str] = _NOTHING) -> WarehouseState:
    """Read the state; `refused` are further names that are taken. Raises Terminal if another source has the schema."""
    if not has_ledger(session):
        catalog = Catalog(taken={**find_taken(session, hour.schema), **refused})
        return WarehouseState(None, lost=False, catalog=catalog, layout=read_layout(session, hour.schema))
    check_owner(session, hour)
    previous = read_previous_load(session, hour)
    lost = previous is None and has_arrived(session, hour)
    layout = read_layout(session, hour.schema)
    catalog = read_catalog(session, hour.schema, layout)
    catalog = replace(catalog, taken={**catalog.taken, **refused})
    return WarehouseState(previous, lost, catalog, layout, session.dialect.stamp())


def refresh_state(
    session: Session, hour: Hour, seen: WarehouseState, refused: Mapping[str, str] = _NOTHING
) -> WarehouseState:
    """Return the state now: the one that was seen if no transaction has committed since, else read again."""
    if seen.stamp is not None and session.dialect.stamp() == seen.stamp:
        return seen
    return read_state(session, hour, refused)
