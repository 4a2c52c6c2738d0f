"""The version of this program, as the ledger records it and the command prints it.

Covered by tests/cli/test_help.py.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """Return the version of the installed package; `0` where a source tree runs that is not installed."""
    try:
        return version("tideline")
    except PackageNotFoundError:
        return "0"
