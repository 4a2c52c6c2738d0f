"""The values that steps pass to each other, in the lake's scratch area, which every machine of a cluster reaches.

Covered by tests/cluster/test_demonstrate.py.
"""

from dataclasses import dataclass
from typing import Final

import dagster as dg
import msgspec

from event_assets.defs.resources import Tideline
from event_assets.lake.writing.scratch_shards import value_path

LAKE_VALUES: Final = "lake_values"
SOURCE: Final = "tideline/source"
"""The metadata key of an output for the source of its run."""


@dataclass(frozen=True)
class LakeValues(dg.IOManager):
    """Stores small values that msgspec can encode as JSON. A step that runs twice writes the same file."""

    tideline: Tideline

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Write a step's output."""
        lake = self.tideline.settings().lake
        lake.publish_bytes(msgspec.json.encode(obj), _path(context))

    def load_input(self, context: dg.InputContext) -> object:
        """Return the output of an earlier step. Raise Failure where it is no longer in the lake."""
        if context.upstream_output is None:
            raise dg.DagsterInvariantViolationError("only outputs of steps are kept in the lake")
        path = _path(context.upstream_output)
        content = self.tideline.settings().lake.read_bytes(path)
        if content is None:
            raise dg.Failure(
                f"{path} is no longer in the lake, which keeps it for a day. Start a new run, not a retry from failure."
            )
        return msgspec.json.decode(content)


def _path(context: dg.OutputContext) -> str:
    run, *names = context.get_identifier()
    return value_path(str((context.definition_metadata or {})[SOURCE]), str(run), ".".join(map(str, names)))
