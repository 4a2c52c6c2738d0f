"""Symbolic links of an archive on a local disk are followed, to files and to folders; a loop once (contract §2).

Covered by tests/archive/listing/test_links.py.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from typing import Any, Final

import fsspec

Entry = Mapping[str, Any]

_OTHER: Final = "other"


def follow(fs: fsspec.AbstractFileSystem, entries: list[Entry]) -> list[Entry]:
    """Return the entries of a local folder with those of links replaced by what they lead to, under the link's name.

    A link to nothing, or to itself, stays as it is: an entry of the type `other`.
    """
    return [_target(fs, entry) if entry.get("islink") else entry for entry in entries]


def is_special(entry: Entry) -> bool:
    """Return whether a local entry is a pipe, a socket or a device, which must not be opened: it might never end."""
    return bool(entry["type"] == _OTHER and not stat.S_ISLNK(int(entry.get("mode", 0))))


def walk(fs: fsspec.AbstractFileSystem, root: str) -> Iterator[tuple[str, Entry]]:
    """Yield all entries below a local folder that are not folders, by path; a folder within itself is left out."""
    yield from _walk(fs, root, (os.path.realpath(root),))


def _walk(fs: fsspec.AbstractFileSystem, folder: str, above: tuple[str, ...]) -> Iterator[tuple[str, Entry]]:
    for entry in sorted(follow(fs, fs.ls(folder, detail=True)), key=lambda entry: str(entry["name"])):
        path = str(entry["name"])
        if entry["type"] != "directory":
            yield path, entry
            continue
        real = os.path.realpath(path)
        if real not in above:
            yield from _walk(fs, path, (*above, real))


def _target(fs: fsspec.AbstractFileSystem, entry: Entry) -> Entry:
    try:
        found: Entry = fs.info(entry["name"])
    except OSError:
        return entry
    return entry if found["type"] == "link" else {**found, "name": entry["name"]}
