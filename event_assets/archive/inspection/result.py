"""The result of an inspection, and what the operator may specify for one.

Covered by tests/archive/inspection/test_inspect.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from event_assets.archive.inspection.clocks import Agreement
from event_assets.archive.inspection.keys.key_times import has_date
from event_assets.archive.inspection.keys.locate import ArchiveRoot
from event_assets.archive.inspection.preview import Preview
from event_assets.archive.inspection.producers import Stream
from event_assets.archive.inspection.recognize_envelope import Envelope
from event_assets.archive.inspection.suggest_mapping import Guesses
from event_assets.archive.inspection.volume import Lateness, Volume
from event_assets.archive.listing.key_forms import KeyForm, describe_forms
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping

_JUDGED_FORMS: Final = 8


class Verdict(Enum):
    """The result of an inspection; every verdict but `FOUND` needs the operator."""

    FOUND = "found"
    EMPTY = "no data files"
    SEVERAL = "several archives"
    FORMS = "several forms of keys"
    NO_LAYOUT = "keys without an hour"
    NO_EVENTS = "keys with the hour, but no events in the files"
    NO_ENVELOPE = "JSON objects of an unknown envelope"
    DISAGREEMENT = "keys whose hours are not those of the events' clocks"
    UNPROVEN = "keys whose hours no clock confirms"


@dataclass(frozen=True)
class Seen:
    """Examples for the operator to judge: keys, and the first bytes of some files with their kind in words."""

    keys: tuple[str, ...] = ()
    contents: tuple[tuple[str, bytes, str], ...] = ()


@dataclass(frozen=True)
class Inspection:
    """What an inspection found. Fields after `seen` are known only as far as the verdict allows.

    `forms` are the forms of all keys with their shares, `unfit` those of the keys that do not fit the layout; `largest`
    is the template that most keys fit where none fits enough. `whole` is the archive of which the URL is a part, by its
    own path. `root` is where the archive begins, `roots` are the candidates if there are several; `template` is the one
    that most keys fit. `agreement` is how its hours agree with the clocks of events, `zones` are
    the time zones in which they do, the likeliest first, if that is not UTC. `compressions` counts the files
    that were judged; `bad_lines` and `bad_files` are those of the files that were read; `events` is a projection over
    the whole archive. `preview` is what the guesses would give.
    """

    archive: str
    verdict: Verdict
    seen: Seen
    requests: int = 0
    read_bytes: int = 0
    read_files: int = 0
    forms: tuple[KeyForm, ...] = ()
    unfit: tuple[KeyForm, ...] = ()
    largest: tuple[str, float] | None = None
    whole: str | None = None
    roots: tuple[ArchiveRoot, ...] = ()
    root: ArchiveRoot | None = None
    template: str = ""
    agreement: Agreement | None = None
    zones: tuple[str, ...] = ()
    framing: str = "lines"
    compressions: Mapping[str, int] = field(default_factory=dict)
    envelope: Envelope | None = None
    guesses: Guesses | None = None
    preview: Preview | None = None
    streams: tuple[Stream, ...] = ()
    volume: Volume | None = None
    events: int = 0
    lateness: Lateness | None = None
    bad_lines: int = 0
    bad_files: int = 0
    ignored: int = 0

    @property
    def forms_in_words(self) -> str:
        """The most frequent forms of keys, by share and example."""
        return describe_forms(self.forms)

    @property
    def has_dates(self) -> bool:
        """Whether some of the most frequent forms have a date, with an hour or without."""
        return any(has_date(example) for form in self.forms[:_JUDGED_FORMS] for example in form.examples)


@dataclass(frozen=True)
class InitHints:
    """What the operator specified about the archive; None where the inspection decides."""

    layout: str | None = None
    framing: str | None = None
    mapping: str | None = None
    parsed_mapping: EnvelopeMapping | None = None
