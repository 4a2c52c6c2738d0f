"""Several forms of keys in one archive: the layouts that together fit its files, each confirmed by clocks.

Covered by tests/archive/inspection/test_several_forms.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from event_assets.archive.inspection.choose import is_confirmed
from event_assets.archive.inspection.keys.locate import ArchiveRoot, cover_keys
from event_assets.archive.inspection.result import InitHints
from event_assets.archive.listing.bounded_listing import InspectionLimits, spread
from event_assets.archive.listing.layouts import count_data, find_layout, has_hour
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.storage.filesystem import Storage

_LEAST: Final = 0.01
"""The share of an archive's files from which a further form is added."""


def add_forms(
    storage: Storage,
    root: ArchiveRoot,
    files: Sequence[ArchiveFile],
    data: Mapping[str, float],
    hints: InitHints,
    limits: InspectionLimits,
) -> ArchiveRoot:
    """Return the root with the layouts of further forms of keys below it that the clocks of events confirm."""
    prefix = f"{root.prefix}/" if root.prefix else ""
    below = {key.removeprefix(prefix): weight for key, weight in count_data(data).items() if key.startswith(prefix)}
    unfit = {key: weight for key, weight in below.items() if not has_hour(root.layout, key)}
    found: list[str] = []
    for part in cover_keys(unfit, least=_LEAST * sum(data.values())):
        fitting = [
            file for file in files if file.key.removeprefix(prefix) in unfit and has_hour(part, file.key[len(prefix) :])
        ]
        further = ArchiveRoot(root.prefix, part)
        sampled = spread(fitting, limits.files // 8)
        if len(fitting) > 1 and is_confirmed(storage, further, sampled, hints, limits):
            found.append(str(part.name))
    if not found:
        return root
    names = root.layout.name if isinstance(root.layout.name, tuple) else (root.layout.name,)
    return ArchiveRoot(root.prefix, find_layout((*names, *found)))
