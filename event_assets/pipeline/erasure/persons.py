"""The ids that an erasure is asked for, as the lake stores them.

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from event_assets.config.settings import Settings, SettingsError
from event_assets.config.warehouse import open_warehouse
from event_assets.events.ids import stored_id
from event_assets.events.masking.frames import person_forms
from loaders.rewrite.forget import Persons, link_persons, searching

KINDS: Final = ("user_id", "anonymous_id", "event_id")
"""The columns of a file of ids."""


def persons_of(*, users: Iterable[str] = (), anonymous: Iterable[str] = (), events: Iterable[str] = ()) -> Persons:
    """Return the ids as the lake stores them. Raises SettingsError for an empty one, or if there is none."""
    found = Persons(frozenset(map(_stored, (*users, *anonymous))), frozenset(map(_stored, events)))
    if not found:
        raise SettingsError("Nobody is named: give --user-id, --anonymous-id, --event-id or --file.")
    return found


def read_persons(path: Path) -> dict[str, list[str]]:
    """Return the ids of a CSV file by its columns, which are of `KINDS`; a file of one column may have no header.

    Without a header all ids are user ids. Raises SettingsError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [row for row in csv.reader(lines, strict=True) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"The file of ids {path} cannot be read: {error}.") from error
    if not rows:
        raise SettingsError(f"The file of ids {path} is empty.")
    header = [cell.strip().lower() for cell in rows[0]]
    if set(header) & set(KINDS):
        if unknown := sorted(set(header) - set(KINDS)):
            raise SettingsError(f"The file of ids {path} has a column {unknown[0]!r}: use {', '.join(KINDS)}.")
        body = rows[1:]
    elif len(header) == 1:
        header, body = ["user_id"], rows
    else:
        raise SettingsError(
            f"The file of ids {path} has several columns: name them {', '.join(KINDS)} in its first line."
        )
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for row in body:
        for kind, cell in zip(header, row, strict=False):
            if cell.strip():
                found[kind].append(cell)
    return found


def with_masked(settings: Settings, persons: Persons) -> Persons:
    """Return the persons with what lakes and tables may have of their ids where they are masked (contract §13)."""
    maskings = [source.masking for source in settings.sources.values()]
    forms = frozenset(form for masking in maskings for id in persons.persons for form in person_forms(id, masking))
    return Persons(persons.persons | forms, persons.events)


def link(settings: Settings, persons: Persons) -> Persons:
    """Return the persons with the ids that identifies and aliases of any source tie to them, as tables have them."""
    persons = with_masked(settings, persons)
    for source in settings.sources.values():
        with searching(open_warehouse(settings)) as session:
            persons = persons if session is None else link_persons(session, source.schema, persons)
    return persons


def _stored(id: str) -> str:
    if not id.strip():
        raise SettingsError("An id is empty: erasing it would erase every event without one.")
    return stored_id(id)
