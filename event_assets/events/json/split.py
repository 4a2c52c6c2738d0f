"""Members of valid JSON objects as slices of the text: by the validating parser, exact where that is not.

Covered by tests/events/mapping/test_batches.py.
"""

from __future__ import annotations

from typing import Final

import msgspec

from loaders.formats.strict_json import last_members, split_object

_SPLIT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_VALIDATE: Final = msgspec.json.Decoder(msgspec.Raw).decode


def split_members(text: str) -> dict[str, str]:
    """Return the members of a valid JSON object, name -> JSON text; the last of repeated ones, in its position.

    The parser leaves a repeated member in its first position. So its result is used only if the text can be rebuilt
    from it, which is true for compact and evenly spaced texts without escapes in names.
    """
    members = {name: str(bytes(value), "utf-8") for name, value in _SPLIT(text).items()}
    for colon, comma in ((":", ","), (": ", ", ")):
        if "{" + comma.join([f'"{name}"{colon}{value}' for name, value in members.items()]) + "}" == text:
            return members
    return last_members(split_object(text))


def is_fast_json(text: str) -> bool:
    """Return whether the validating parser takes the text; one that it refuses may be JSON all the same."""
    try:
        _VALIDATE(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False
    return True
