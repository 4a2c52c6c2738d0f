"""The fast reader: whole runs of lines split into envelopes by a validating parser, doubtful lines left out."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from event_assets.events.envelope import TYPES, Row
from event_assets.events.exact import MAX_NESTING, last_members, nesting, split_object

MAX_OTHERS: Final = 64
"""Names of transport members a splitter learns; lines with further names are read exactly."""

_UNKNOWN: Final = "Object contains unknown field `"
_FAILURES: Final = (msgspec.MsgspecError, RecursionError, ValueError)
_SPLIT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Splitter:
    """Splits lines into rows and learns the names of the transport's members on the way (SPEC §3)."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """A splitter that knows these names of members beyond the envelope from the start."""
        self.names: list[str] = []
        for name in names:
            self._learn(name)
        self._decode = self._make_decoder()

    def split(self, values: list[bytes]) -> list[Row | None]:
        """A row per line, None where the exact reader must look: all rows carry what `others` reads."""
        rows = self._split_all(values)
        if rows is None:
            rows = self._split_each(values)
        return [row if row and row.type in TYPES else None for row in rows]

    def others(self, rows: list[Row | None]) -> dict[str, list[msgspec.Raw | msgspec.UnsetType]]:
        """Transport member -> its JSON text in each of the rows that the last `split` gave, None rows left out."""
        known = [row for row in rows if row is not None]
        return {name: [getattr(row, f"m{n}") for row in known] for n, name in enumerate(self.names)}

    def _split_all(self, values: list[bytes]) -> list[Row] | None:
        while True:
            try:
                return list(map(self._decode, values))
            except _FAILURES as error:
                if not self._learn_from(error):
                    return None

    def _split_each(self, values: list[bytes]) -> list[Row | None]:
        known = -1
        rows: list[Row | None] = []
        while known != len(self.names):  # rows must all be of the last class
            known = len(self.names)
            rows = [self._split_one(value) for value in values]
        return rows

    def _split_one(self, value: bytes) -> Row | None:
        while True:
            try:
                return self._decode(value)
            except _FAILURES as error:
                if not self._learn_from(error):
                    return None

    def _learn_from(self, error: Exception) -> bool:
        message = str(error)
        if not message.startswith(_UNKNOWN) or not self._learn(message.removeprefix(_UNKNOWN).removesuffix("`")):
            return False
        self._decode = self._make_decoder()
        return True

    def _learn(self, name: str) -> bool:
        """Whether the name is new, within the limit, and one the parser can be taught."""
        known = name in self.names or name in Row.__struct_encode_fields__ or len(self.names) == MAX_OTHERS
        if known or not name.isprintable() or "\\" in name or '"' in name:
            return False
        self.names.append(name)
        return True

    def _make_decoder(self) -> Callable[[bytes], Row]:
        attributes = [f"m{n}" for n in range(len(self.names))]
        grown = msgspec.defstruct(
            "GrownRow",
            [(attribute, msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for attribute in attributes],
            bases=(Row,),
            rename=dict(zip(attributes, self.names, strict=True)),
            forbid_unknown_fields=True,
            gc=False,
        )
        return msgspec.json.Decoder(grown).decode


def doubtful_lines(values: list[bytes]) -> list[int]:
    r"""Indices of lines the validating parser may not judge: bytes that are not UTF-8, ``\u0000``, nesting too deep."""
    joined = b"\n".join(values)
    clean = is_utf8(joined) and b"\\u0000" not in joined
    return [
        n
        for n, value in enumerate(values)
        if not (clean or (is_utf8(value) and b"\\u0000" not in value))
        or (value.count(b"{") + value.count(b"[") > MAX_NESTING and nesting(value.decode()) > MAX_NESTING)
    ]


def is_utf8(value: bytes) -> bool:
    """Whether bytes are strict UTF-8."""
    if value.isascii():
        return True
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def split_members(text: str) -> dict[str, str]:
    """Members of a valid JSON object, name -> JSON text; of repeated ones the last, where it stood.

    The parser keeps a repeated member at its first place. So its answer holds only when the text can be put together
    again from it, which compact and evenly spaced texts without escapes in names allow.
    """
    members = {name: str(bytes(value), "utf-8") for name, value in _SPLIT(text).items()}
    for colon, comma in ((":", ","), (": ", ", ")):
        if "{" + comma.join([f'"{name}"{colon}{value}' for name, value in members.items()]) + "}" == text:
            return members
    return last_members(split_object(text))


def object_text(members: Mapping[str, str]) -> str:
    """JSON text of an object of these members: name -> JSON text."""
    encode = msgspec.json.encode
    return "{" + ",".join([f"{str(encode(name), 'utf-8')}:{value}" for name, value in members.items()]) + "}"
