"""Key samples: the keys of a whole archive, or a part of them with how many keys each represents.

Covered by tests/archive/listing/test_key_sample.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from event_assets.archive.listing.bounded_listing import Lister, spread
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.storage.filesystem import describe_file

_FEWEST: Final = 8
"""Folders of a level that are listed however small the rest of the budget is."""

_MOST_FILES: Final = 2_000
"""Files of a level that are sampled, spread over its folders."""

_FEWEST_FILES: Final = 50
"""Files of a folder that are sampled at least."""


@dataclass
class KeySample:
    """Files of an archive with their weights: the number of files that one represents.

    `whole` is whether every folder was listed and every file is in the sample.
    """

    files: dict[ArchiveFile, float] = field(default_factory=dict)
    whole: bool = True

    @property
    def keys(self) -> Mapping[str, float]:
        """The weight of every sampled key."""
        return {file.key: weight for file, weight in self.files.items()}


def sample_keys(lister: Lister, requests: int) -> KeySample:
    """Return the keys of the archive, level by level, with at most about `requests` requests.

    Levels are listed whole as long as half of the remaining requests suffices, and else in part, spread evenly: the
    weights then estimate the whole, so that a form of keys counts as much as it has files.
    """
    sample = KeySample()
    level, left = {"": 1.0}, requests
    while level:
        taken = spread(sorted(level), max(_FEWEST, left // 2))
        factor = len(level) / len(taken)
        sample.whole = sample.whole and len(taken) == len(level)
        before = lister.spent
        level = _sample_level(lister, {folder: level[folder] * factor for folder in taken}, sample)
        left -= lister.spent - before
        if left <= 0 and level:
            sample.whole = False
            break
    return sample


def _sample_level(lister: Lister, folders: Mapping[str, float], sample: KeySample) -> dict[str, float]:
    """Add the files of folders to the sample, and return the folders below them with their weights."""
    below: dict[str, float] = {}
    most = max(_FEWEST_FILES, _MOST_FILES // len(folders))
    for (_, weight), entries in zip(folders.items(), lister.list_folders(list(folders)), strict=True):
        files = [info for info in entries if info["type"] == "file"]
        chosen = spread(files, most)
        sample.whole = sample.whole and len(chosen) == len(files)
        for info in chosen:
            file = describe_file(lister.storage, str(info["name"]), info)
            sample.files[file] = weight * len(files) / len(chosen)
        below |= {lister.storage.folder(info): weight for info in entries if info["type"] == "directory"}
    return below
