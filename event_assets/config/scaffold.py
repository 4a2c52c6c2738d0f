"""The configuration file that `tideline init` writes, with comments that show what to add.

Covered by tests/cli/test_init.py and tests/layouts/test_init_trees.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from event_assets.archive.inspection.find_wrapper import format_path
from event_assets.archive.inspection.preview import Preview
from event_assets.archive.inspection.producers import Stream
from event_assets.archive.inspection.recognize_envelope import OWN, RENAMED, WRAPPED
from event_assets.archive.inspection.result import Inspection
from event_assets.archive.inspection.suggest_mapping import Guesses

MOST_STREAMS: Final = 20
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SECRET: Final = re.compile(r"(?i)secret|password|token|key|credential|sas")
_TAKEN: Final = frozenset({"tideline", "rollups", "default"})

_EXAMPLES: Final = (
    "# Mask values on their way to the tables (each of the list may be a table [[source.mask]], too):",
    '# mask = [{ path = ["context.ip", "request_ip"], how = "truncate" }]',
    "# Count events that violate the JSON Schema of their name in the folder contracts:",
    '# contract_mode = "report"',
)


@dataclass(frozen=True)
class Locations:
    """The lake, the warehouse, and the options that open the storage of the archive."""

    lake: str = "lake"
    warehouse: str = "warehouse.duckdb"
    storage_options: Mapping[str, object] = field(default_factory=dict)


def write_configuration(found: Inspection, locations: Locations) -> str:
    """Return the configuration for an archive whose layout is known; guesses are comments."""
    return "\n".join([*_top(locations), *_source(found, locations), *_mapping(found), *_streams(found)]) + "\n"


def quote(text: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(value: str | tuple[str, ...]) -> str:
    """Return a text, or a list of texts, as TOML writes it."""
    return quote(value) if isinstance(value, str) else "[" + ", ".join(map(quote, value)) + "]"


def _top(locations: Locations) -> Iterator[str]:
    yield f"lake = {quote(locations.lake)}"
    yield f"warehouse = {quote(locations.warehouse)}"


def _source(found: Inspection, locations: Locations) -> Iterator[str]:
    assert found.root is not None  # noqa: S101  a configuration is only written for a known layout
    yield from ("", "[source]", f"archive = {quote(found.archive)}")
    if found.agreement is not None and not found.agreement.agrees:
        yield "# Check the layout. By their own clocks, so many of the events are within an hour of their key:"
        yield f"# {found.agreement.in_hour:.0%}"
    elif found.agreement is None and not found.root.layout.is_unmistakable:
        yield "# Check the layout: no clock of an event confirms that the keys contain the hour."
    yield f"layout = {_texts(found.root.layout.name)}"
    yield from _zone(found)
    mixed = len({part.framing for part in found.root.layout.parts}) > 1
    if not mixed and found.framing != _usual_framing(found, found.root.layout.framing):
        yield f"framing = {quote(found.framing)}"
    if (mapping := _named_mapping(found)) and mapping != found.root.layout.mapping:
        yield f"mapping = {quote(mapping)}"
    yield from _EXAMPLES
    if locations.storage_options:
        yield from ("", "[source.storage_options]", *_options(locations.storage_options))


def _zone(found: Inspection) -> Iterator[str]:
    """Yield the time zone of keys, with the others that have the same hours in what was read."""
    agreement = found.agreement
    if agreement is not None and agreement.leaves_zone_open and "{hour}" in found.template:
        yield f"# A file holds about {agreement.hours_in_file} hours: clocks do not show in which time zone keys are."
        yield '# If it is not UTC, write it, for example time_zone = "Europe/Berlin"'
    if not found.zones:
        return
    yield "# Check: by the clocks of events, hours in keys are local. As far as was read, all of these have them:"
    yield f"# {', '.join(found.zones)}"
    yield f"time_zone = {quote(found.zones[0])}"


def _named_mapping(found: Inspection) -> str | None:
    name = found.envelope.name if found.envelope else None
    return None if name in (OWN, WRAPPED, RENAMED) else name


def _usual_framing(found: Inspection, framing: str) -> str:
    """Return the framing of a source that configures none: its mapping's, else its layout's."""
    enriched = found.envelope and found.envelope.mapping and found.envelope.mapping.reads == "snowplow-enriched"
    return "tsv" if enriched else framing


def _options(options: Mapping[str, object], above: str = "") -> Iterator[str]:
    """Yield options as dotted keys; name an option that is likely a secret, without its value."""
    for name, value in options.items():
        key = above + (name if _BARE.fullmatch(name) else quote(name))
        if isinstance(value, Mapping):
            yield from _options(value, key + ".")
        elif _SECRET.search(name):
            yield f"# {key}: likely a secret, so it is not written; set it in the environment, or write it here"
        else:
            yield f"{key} = {quote(value) if isinstance(value, str) else json.dumps(value)}"


def _mapping(found: Inspection) -> Iterator[str]:
    """Yield the mapping of our envelope under other names, or the skeleton of one: guesses, and what was found."""
    guesses = found.guesses
    if each := _wrapper(found):
        yield from (
            "",
            "[source.mapping]",
            "# Lines of a transport: the events are below this member.",
            f"each = {each}",
        )
    if guesses is None:
        return
    yield from ("", "[source.mapping]")
    if _is_renamed(found):
        yield "# The envelope under other names, by which they were recognized. Check each one."
        yield from _members(guesses)
    else:
        yield '# Guesses by the names of the members. Check and correct each one, then remove the "#".'
        yield from [] if "type" in guesses.paths else ['# type = { const = "track" }']
        yield from (f"# {line}" for line in _members(guesses))
    if found.preview is not None:
        yield from _preview(found.preview)
    yield "# Found (members that are not mapped become properties):"
    for member in guesses.members:
        yield f"#   {_path(member.path)}: {', '.join(member.kinds)}, in {member.share:.0%} of the objects"


def _wrapper(found: Inspection) -> str | None:
    """Return the path of the events in lines of a transport, as a configuration writes it; None for other lines."""
    if found.envelope is None or found.envelope.name != WRAPPED:
        return None
    mapping = found.envelope.mapping
    return _steps(mapping.batches.events if mapping and mapping.batches else ())


def _steps(steps: tuple[str, ...]) -> str:
    path = format_path(steps)
    return quote(path) if isinstance(path, str) else _texts(tuple(path))


def _is_renamed(found: Inspection) -> bool:
    return found.envelope is not None and found.envelope.name == RENAMED


def _members(guesses: Guesses) -> Iterator[str]:
    if guesses.each:
        yield f"each = {_steps(guesses.each)}"
        yield f"inherit = {{ {', '.join(f'{name} = {_steps(path)}' for name, path in guesses.inherit.items())} }}"
    if guesses.parse:
        yield f"parse = [{', '.join(_path([name]) for name in guesses.parse)}]"
    for name, path in guesses.paths.items():
        yield f"{name} = {_path(path)}"


def _preview(preview: Preview) -> Iterator[str]:
    yield f"# With this mapping, of {preview.events:,} events:"
    for column, share in preview.empty.items():
        yield f"#   {column} is empty in {share:.0%}"
    yield f"#   {preview.rescued:.1%} of the values have no column and are rescued"


def _path(path: Sequence[str]) -> str:
    if all("." not in name for name in path):
        return quote(".".join(path))
    return _texts(tuple(path))


def _streams(found: Inspection) -> Iterator[str]:
    """Yield, in comments, a table for every source of the archive, which gives it a schema of its own."""
    streams = [stream for stream in found.streams if stream.template][:MOST_STREAMS]
    if len(streams) < 2:
        return
    yield "\n# The archive has several sources; the table above loads them all into one schema."
    if (layout := _with_member(found)) is not None:
        yield "# To keep one schema and have the part of the key as a column, write:"
        yield f"# layout = {quote(layout)}"
    yield "# To give each a schema of its own, replace [source] with these tables:"
    names: set[str] = set()
    for stream in streams:
        yield from _stream(found, stream, _name(stream.name, names))


def _with_member(found: Inspection) -> str | None:
    """Return the template whose wildcard folders before the time are members, None where they have no plain names."""
    layout = found.root.layout.name if found.root else ""
    names = {tuple(part.rpartition("=")[0] for part in stream.name.split("/")) for stream in found.streams}
    if len(names) != 1 or not isinstance(layout, str) or layout != found.template:
        return None
    (folders,) = names
    if folders != ("",) and not all(map(_BARE.fullmatch, folders)):
        return None
    for name in folders:
        part = f"{name}={{member:context.{name}}}" if name else "{member:context.source}"
        layout = re.sub(r"(^|/)\*(?=/)", rf"\g<1>{part}", layout, count=1)
    return layout


def _stream(found: Inspection, stream: Stream, name: str) -> Iterator[str]:
    assert found.root is not None  # noqa: S101  a configuration is only written for a known layout
    yield f"# [sources.{name}]"
    yield f"# archive = {quote(found.archive.rstrip('/') + '/' + stream.folder)}"
    yield f"# layout = {quote(str(stream.template))}"
    if found.framing != _usual_framing(found, "lines"):
        yield f"# framing = {quote(found.framing)}"
    if mapping := _named_mapping(found):
        yield f"# mapping = {quote(mapping)}"
    elif each := _wrapper(found):
        yield f"# mapping = {{ each = {each} }}"
    elif found.guesses is not None and _is_renamed(found):
        yield f"# mapping = {{ {', '.join(_members(found.guesses))} }}"
    yield f"# schema = {quote(name.lower())}"


def _name(text: str, taken: set[str]) -> str:
    """Return a valid name for a source that is not taken yet, and add it to the taken ones."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_") or "source"
    name = name if name[0].isalpha() and name.lower() not in _TAKEN else f"source_{name}"
    number = 2
    while name.lower() in taken:
        name, number = f"{name}_{number}", number + 1
    taken.add(name.lower())
    return name
