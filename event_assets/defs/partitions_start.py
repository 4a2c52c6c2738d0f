"""Where partitions begin, found once when the code location is loaded and handed to the processes of its runs.

Covered by tests/test_definitions.py.
"""

import json
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import dagster as dg

# Dagster exports how to hand this over (`Definitions.with_reconstruction_metadata`), but no way to read it again: its
# own integrations import this module, too. Without it, every process of a run would list the archives again.
from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext, DefinitionsLoadType

KEY: Final = "tideline/partitions_start"


def hand_over(definitions: dg.Definitions, starts: Mapping[str, datetime]) -> dg.Definitions:
    """Return the definitions with the starts for the processes that load them again."""
    handed = {KEY: json.dumps({source: hour.isoformat() for source, hour in starts.items()})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # an operator cannot act on it, and it is at every start
        return definitions.with_reconstruction_metadata(handed)


def is_handed_over() -> bool:
    """Return whether the definitions are loaded again from what the code location has found."""
    return DefinitionsLoadContext.get().load_type is not DefinitionsLoadType.INITIALIZATION


def handed_starts(sources: Iterable[str]) -> dict[str, datetime] | None:
    """Return the starts that the code location found; None in that process itself, or where the sources differ."""
    if not is_handed_over():
        return None
    handed = json.loads(str(DefinitionsLoadContext.get().reconstruction_metadata.get(KEY, "{}")))
    starts = {source: datetime.fromisoformat(text) for source, text in handed.items()}
    return starts if starts.keys() == set(sources) else None
