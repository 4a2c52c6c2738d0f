"""Erased persons, known by the keyed hashes that the ledger has of them: rows of theirs are only there, and why.

Covered by tests/compare/test_configured.py.
"""

from __future__ import annotations

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.lake.erasure.suppression import NOBODY, Suppression, check_key, decode_list, read_key
from event_assets.lake.errors import UnusableLake
from loaders.connection.session import Session
from loaders.queries.compare.rows import Values
from loaders.queries.erasures import recorded_lists
from loaders.transform.standard_columns import PERSON_COLUMNS


def read_erased(session: Session, settings: Settings, source: Source) -> tuple[Suppression, tuple[str, ...]]:
    """Return the erased persons of a source as the warehouse has them, and what prevents that they are known."""
    recorded = recorded_lists(session, source.name)
    if not recorded:
        return NOBODY, ()
    try:
        key = read_key(settings.erasure_key)
        lists = [decode_list(token, content.encode()) for token, content in recorded.items()]
        known = [found for found in lists if found is not None]
        for found in known:
            check_key(found, key)
    except UnusableLake as error:
        return NOBODY, (f"rows of erased persons are not explained: {error}",)
    return Suppression.of(key, known, source.masking), ()


def is_of_erased(erased: Suppression, id: str, row: Values) -> bool:
    """Return whether a row there is an erased event, or one of an erased person."""
    persons = {str(value) for name in PERSON_COLUMNS if (value := row.get(name)) is not None}
    return bool(erased.persons_among(persons) or erased.events_among([id]))
