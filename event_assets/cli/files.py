"""Files that a command writes for its operator: whole or not at all.

Covered by tests/cli/test_init.py.
"""

from __future__ import annotations

import os
from pathlib import Path

from event_assets.config.settings import SettingsError
from loaders.interface.disk import disk_error


def write_whole(path: Path, text: str) -> None:
    """Write the file by a rename, or leave the former one and raise SettingsError or WarehouseError.

    A device or a pipe is written to, and a link is followed.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        if failed := disk_error(error, f"Writing {path}", path):
            raise failed from None
        raise SettingsError(f"{path} cannot be written: {error}.") from None
