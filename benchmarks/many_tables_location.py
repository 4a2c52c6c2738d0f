"""What a code server does with a module until it can send the definitions: import, build, snapshot, serialize.

Run as `python -m benchmarks.many_tables_location MODULE`. It prints the bytes that webserver and daemon are sent.
"""

from __future__ import annotations

import sys

from dagster._core.definitions.reconstruct import repository_def_from_target_def
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._core.workspace.autodiscovery import loadable_targets_from_python_module
from dagster_shared.serdes import serialize_value


def load(module: str) -> int:
    """Return the size of the serialized definitions of a module, in characters."""
    (target,) = loadable_targets_from_python_module(module, working_directory=None)
    repository = repository_def_from_target_def(target.target_definition)
    if repository is None:
        raise SystemExit(f"{module} has no definitions")
    return len(serialize_value(RepositorySnap.from_def(repository, defer_snapshots=True)))


if __name__ == "__main__":
    print(load(sys.argv[1]))
