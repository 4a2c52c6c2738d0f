"""Looking into files: how they begin, for the operator to judge and for the envelope to be recognised.

Covered by tests/archive/inspection/test_inspect.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from event_assets.archive.inspection.result import Seen
from event_assets.archive.inspection.sample import Sampled, plan_reads, plan_whole, read_heads
from event_assets.archive.inspection.sniff import KIND_NAMES, Head, is_cut_parquet, name_kind
from event_assets.archive.listing.bounded_listing import InspectionLimits, spread
from event_assets.archive.listing.templates import looks_like_data
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.storage.filesystem import Storage

SHOWN: Final = 8
_JUDGED_FILES: Final = 20
_JUDGED_BYTES: Final = 256 << 10
_FIRST_BYTES: Final = 120
_LOOK_BYTES: Final = 192 << 10


def read_beginnings(storage: Storage, files: Sequence[ArchiveFile], limits: InspectionLimits) -> list[Sampled]:
    """Read the beginnings of some files, and some whole ones if their format cannot be read without its end."""
    budget = limits.bytes // 4
    read = list(read_heads(storage, plan_reads(files, budget, count=_JUDGED_FILES, most=_JUDGED_BYTES)))
    if not any(is_cut_parquet(sample.head) for sample in read):
        return read
    return [*read, *read_heads(storage, plan_whole(files, budget, count=1))]


def look_into(storage: Storage, files: Sequence[ArchiveFile]) -> Seen:
    """Return keys of the archive, and how some of its files begin."""
    shown = spread([file for file in files if looks_like_data(file.key)], SHOWN)
    heads = read_heads(storage, plan_reads(shown[:3], _LOOK_BYTES, count=3))
    return collect_seen([file.key for file in shown], list(heads))


def collect_seen(keys: Sequence[str], read: Sequence[Sampled]) -> Seen:
    """Return keys, and one beginning of each kind of content."""
    kinds: dict[str, tuple[str, bytes, str]] = {}
    for sample in read:
        kind = _kind(sample.head)
        kinds.setdefault(kind, (sample.file.key, sample.head.raw[:_FIRST_BYTES], kind))
    return Seen(tuple(keys), tuple(kinds.values()))


def _kind(head: Head) -> str:
    kind = name_kind(head.raw)
    if head.bad is not None:
        return kind if kind in KIND_NAMES and kind is not None else f"a damaged file ({head.bad})"
    return kind or ("JSON" if head.raw.strip() else "an empty file")
