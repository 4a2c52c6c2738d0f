"""What an inspection concluded, in words: why nothing was written, and what to do next.

Covered by tests/cli/test_init.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from event_assets.archive.inspection.result import Verdict
from event_assets.archive.inspection.sniff import BAD_ROWS, PARQUET
from event_assets.cli.output.printing import format_hour, print_message
from event_assets.config.parse import redacted

if TYPE_CHECKING:
    from event_assets.archive.inspection.clocks import Agreement
    from event_assets.archive.inspection.keys.locate import ArchiveRoot
    from event_assets.archive.inspection.result import Inspection

_SHOWN_ROOTS: Final = 8


def print_verdict(found: Inspection) -> None:
    """Print on standard error why nothing was written, and which option to add."""
    print_message(f"tideline: {explain_verdict(found)}")


UNDECIDED: Final = (
    "a file holds about {} hours, so clocks do not show in which time zone keys are: they are read as UTC, "
    "or as time_zone says"
)


def explain_verdict(found: Inspection) -> str:
    """Return why nothing was written and which option to add, or an empty text if the archive was recognised."""
    return _EXPLANATIONS[found.verdict](found)


def describe_agreement(agreement: Agreement) -> str:
    """Return how the hours in the keys agree with the clocks, and what an offset means."""
    if agreement.by_day:
        return f"{agreement.in_hour:.0%} on the day in the key, to within a time zone ({agreement.witness})"
    shares = f"{agreement.near:.0%} within a day of the hour in the key, {agreement.in_hour:.0%} within an hour"
    if agreement.leaves_zone_open:
        return f"{shares} ({agreement.witness}); {UNDECIDED.format(agreement.hours_in_file)}"
    if not agreement.agrees or abs(agreement.offset) < 2:
        return f"{shares} ({agreement.witness})"
    direction = "ahead of" if agreement.offset > 0 else "behind"
    return (
        f"{shares} once {abs(agreement.offset)} hours are taken into account ({agreement.witness}): the keys are "
        f"{direction} the clocks, likely in local time. They are read as UTC, so archive hours are shifted by as much"
    )


def _explain_empty(found: Inspection) -> str:
    return f"No data files were found in {redacted(found.archive)}. Check the prefix."


def _explain_several(found: Inspection) -> str:
    archive = redacted(found.archive)
    return f"There are several archives below {archive}. Choose one: {_choices(archive, found.roots)}."


def _explain_forms(found: Inspection) -> str:
    template, share = found.largest or ("", 0.0)
    return (
        f"The keys in {redacted(found.archive)} have several forms, and none fits nine in ten of the files: "
        f"{found.forms_in_words}. Inspect a folder with one form, or load one form and ignore the other files: "
        f"--layout {shlex.quote(template)} fits {share:.0%}."
    )


def _explain_no_layout(found: Inspection) -> str:
    archive = redacted(found.archive)
    if found.whole is not None:
        return (
            f"The date is in the path of {archive} itself, so it is a part of an archive. Inspect the whole archive: "
            f"tideline init {redacted(found.whole)}."
        )
    if found.has_dates:
        return (
            f"The keys in {archive} contain the day in a form that is not recognised: {found.forms_in_words}. Describe "
            "the keys, by the hour if they have it: --layout '{year}/{month}/{day}/{hour}/*', else by the day: "
            "--layout '{year}/{month}/{day}/*'."
        )
    return (
        f"The keys in {archive} do not contain the hour or the day in which a file arrived (the files are: "
        f"{_kinds(found)}; {found.forms_in_words}), so it is not recognised as an archive of events. If it is one, "
        "describe its keys: --layout '{year}/{month}/{day}/{hour}/*'; or go by when its files were written: write "
        'layout = "*" and arrival = "modified" into the configuration.'
    )


def _explain_no_events(found: Inspection) -> str:
    kinds = _kinds(found)
    return (
        f"The keys in {redacted(found.archive)} contain the hour, but the files have no events that can be read (they "
        f"are: {kinds}), so it is not recognised as an archive of events. If it is one, {_advice(kinds)}."
    )


def _explain_no_envelope(found: Inspection) -> str:
    return (
        f"The JSON objects in {redacted(found.archive)} have no known envelope. Name a shipped mapping with --mapping, "
        "or write one: the document above lists the members that were found, with guesses."
    )


def _explain_disagreement(found: Inspection) -> str:
    assert found.agreement is not None  # noqa: S101  there is no disagreement without
    agreement = found.agreement
    key, read, clock = agreement.example
    day = "the keys seem to contain the day, but not the hour" if agreement.near >= 0.9 else "the date is another one"
    return (
        f"The keys in {redacted(found.archive)} look like {found.template}, but the clocks of the events disagree: of "
        f"{agreement.events:,} events in {agreement.files:,} files, {agreement.near:.0%} are within a day of the hour "
        f"in the key and {agreement.in_hour:.0%} within an hour, so {day}. {key} is read as {format_hour(read)}, its "
        f"events are of {format_hour(clock)}. Describe the keys with --layout; if their hours are right and the events "
        f"are late, with {_this_layout(found)}."
    )


def _explain_unproven(found: Inspection) -> str:
    return (
        f"The keys in {redacted(found.archive)} look like {found.template}, but no event has a clock that can be read, "
        f"so nothing confirms that those digits are the hour. If they are, add {_this_layout(found)}."
    )


_EXPLANATIONS: Final[Mapping[Verdict, Callable[[Inspection], str]]] = {
    Verdict.EMPTY: _explain_empty,
    Verdict.SEVERAL: _explain_several,
    Verdict.FORMS: _explain_forms,
    Verdict.NO_LAYOUT: _explain_no_layout,
    Verdict.NO_EVENTS: _explain_no_events,
    Verdict.NO_ENVELOPE: _explain_no_envelope,
    Verdict.DISAGREEMENT: _explain_disagreement,
    Verdict.UNPROVEN: _explain_unproven,
    Verdict.FOUND: lambda found: "",
}


def _this_layout(found: Inspection) -> str:
    return f"--layout {shlex.quote(str(found.root.layout.name) if found.root else found.template)}"


def _kinds(found: Inspection) -> str:
    return ", ".join(dict.fromkeys(kind for _, _, kind in found.seen.contents)) or "nothing that can be read"


def _advice(kinds: str) -> str:
    if BAD_ROWS in kinds:
        return "give the prefix of the good events: these are what Snowplow's pipeline refused (docs/snowplow.md)"
    if PARQUET in kinds:
        return "raise --mib: a Parquet file is read whole, and a quarter of that must hold one"
    return "name how values are separated in a file: --framing lines, concatenated, array, csv or tsv"


def _choices(archive: str, roots: Sequence[ArchiveRoot]) -> str:
    return ", ".join(f"{archive.rstrip('/')}/{root.prefix} ({root.layout.name})" for root in roots[:_SHOWN_ROOTS])
