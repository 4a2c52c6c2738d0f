"""The configuration file that `tideline init` writes: what was found, and where it cannot be found, how to say it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from event_assets.archive.inspection.inspect import Inspection
from event_assets.archive.inspection.producers import Stream
from event_assets.archive.inspection.recognize_envelope import OWN
from event_assets.archive.inspection.suggest_mapping import Guesses

MOST_STREAMS: Final = 20
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SECRET: Final = re.compile(r"(?i)secret|password|token|key|credential|sas")
_TAKEN: Final = frozenset({"tideline", "rollups", "default"})


@dataclass(frozen=True)
class Places:
    """Where the lake and the warehouse go, and what the storage of the archive needs to be opened."""

    lake: str = "lake"
    warehouse: str = "tideline.duckdb"
    storage_options: Mapping[str, object] = field(default_factory=dict)


def write_document(found: Inspection, places: Places) -> str:
    """The configuration for an archive whose layout is known; what is only guessed stands in comments."""
    return "\n".join([*_top(places), *_source(found, places), *_mapping(found.guesses), *_streams(found)]) + "\n"


def quote(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _top(places: Places) -> Iterator[str]:
    yield f"lake = {quote(places.lake)}"
    yield f"warehouse = {quote(places.warehouse)}"


def _source(found: Inspection, places: Places) -> Iterator[str]:
    assert found.root is not None  # noqa: S101  a document is only written for a known layout
    yield from ("", "[source]", f"archive = {quote(found.archive)}", f"layout = {quote(found.root.layout.name)}")
    if found.framing != _usual_framing(found, found.root.layout.framing):
        yield f"framing = {quote(found.framing)}"
    if (mapping := _named_mapping(found)) and mapping != found.root.layout.mapping:
        yield f"mapping = {quote(mapping)}"
    if places.storage_options:
        yield from ("", "[source.storage_options]", *_options(places.storage_options))


def _named_mapping(found: Inspection) -> str | None:
    name = found.envelope.name if found.envelope else None
    return None if name == OWN else name


def _usual_framing(found: Inspection, framing: str) -> str:
    """What a source has without saying: its mapping's framing, else its layout's."""
    enriched = found.envelope and found.envelope.mapping and found.envelope.mapping.reads == "snowplow-enriched"
    return "tsv" if enriched else framing


def _options(options: Mapping[str, object], above: str = "") -> Iterator[str]:
    """Options as dotted keys; one that is likely a secret is named and not written."""
    for name, value in options.items():
        key = above + (name if _BARE.fullmatch(name) else quote(name))
        if isinstance(value, Mapping):
            yield from _options(value, key + ".")
        elif _SECRET.search(name):
            yield f"# {key}: likely a secret, so it is not written; give it by the environment, or write it here"
        else:
            yield f"{key} = {quote(value) if isinstance(value, str) else json.dumps(value)}"


def _mapping(guesses: Guesses | None) -> Iterator[str]:
    """The skeleton of a mapping: guesses by name, and the members that were seen."""
    if guesses is None:
        return
    yield from (
        "",
        "[source.mapping]",
        '# Guesses by the names of the members. Check each, correct it, and take the "#" away.',
        '# type = { const = "track" }',
    )
    for member, path in guesses.paths.items():
        yield f"# {member} = {_path(path)}"
    yield "# Seen (what is not mapped goes to properties):"
    for each in guesses.members:
        yield f"#   {_path(each.path)}: {', '.join(each.kinds)}, in {each.share:.0%} of the objects"


def _path(path: Sequence[str]) -> str:
    if all("." not in name for name in path):
        return quote(".".join(path))
    return "[" + ", ".join(map(quote, path)) + "]"


def _streams(found: Inspection) -> Iterator[str]:
    """Sources that lie side by side, as sources of their own: for those who want a schema for each."""
    streams = [stream for stream in found.streams if stream.template][:MOST_STREAMS]
    if len(streams) < 2:
        return
    yield "\n# The archive has several sources, and the one above loads them all into one schema."
    yield "# For a schema each, put these tables in the place of [source]:"
    names: set[str] = set()
    for stream in streams:
        yield from _stream(found, stream, _name(stream.name, names))


def _stream(found: Inspection, stream: Stream, name: str) -> Iterator[str]:
    assert found.root is not None  # noqa: S101  a document is only written for a known layout
    yield f"# [sources.{name}]"
    yield f"# archive = {quote(found.archive.rstrip('/') + '/' + stream.folder)}"
    yield f"# layout = {quote(str(stream.template))}"
    if found.framing != _usual_framing(found, "lines"):
        yield f"# framing = {quote(found.framing)}"
    if mapping := _named_mapping(found):
        yield f"# mapping = {quote(mapping)}"
    yield f"# schema = {quote(name.lower())}"


def _name(text: str, taken: set[str]) -> str:
    """A name that a source may have, each once."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_") or "source"
    name = name if name[0].isalpha() and name.lower() not in _TAKEN else f"source_{name}"
    number = 2
    while name.lower() in taken:
        name, number = f"{name}_{number}", number + 1
    taken.add(name.lower())
    return name
