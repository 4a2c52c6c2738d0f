"""The libraries of this installation, and the variables of its environment.

Covered by tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

import difflib
import platform
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version
from typing import Final

from event_assets.config.layers import TABLES, TOP_LEVEL
from event_assets.config.source_table import SOURCE
from event_assets.health.doctor.diagnosis import Examination
from event_assets.lake.erasure.keyed_hashes import VARIABLE
from loaders.interface.version import own_version

_SHOWN: Final = ("polars", "pyarrow", "duckdb", "sqlalchemy", "dagster", "fsspec", "s3fs")
_COMPILED: Final = (
    "cramjam", "duckdb", "fastavro._read", "isal.isal_zlib", "msgspec", "pgpq", "polars", "psycopg", "pyarrow",
    "xxhash", "zstandard",
)  # fmt: skip
"""Modules whose code is a file for one platform, in the order of their names."""
_OWN: Final = "TIDELINE_"
_OTHERS: Final = (VARIABLE, "TIDELINE_CONFIG", "TIDELINE_LOG_FORMAT")
"""Variables that set nothing of the file."""


def examine_libraries(found: Examination) -> None:
    """Add the versions, and whether the compiled files can be loaded."""
    shown = ", ".join(f"{package} {version(package)}" for package in _SHOWN)
    python = platform.python_version()
    found.add("versions", f"tideline {own_version()}, Python {python}, {shown}; {platform.platform()}")
    broken = [f"{name} ({error})" for name in _COMPILED if (error := _import_error(name))]
    if broken:
        packages = ", ".join(broken)
        found.add(
            "compiled libraries",
            f"{packages} cannot be loaded: install it again for this platform (pip install --force-reinstall)",
            "failed",
        )
    else:
        found.add(
            "compiled libraries", f"{len(_COMPILED)} can be loaded; DuckDB needs no extension for files of its own"
        )


def _import_error(name: str) -> str:
    try:
        import_module(name)
    except (ImportError, OSError) as error:
        return str(error).splitlines()[0]
    return ""


def examine_variables(found: Examination, environment: Iterable[str]) -> None:
    """Add a warning for each variable that looks like one of Tideline's and is none."""
    tables = (TOP_LEVEL, SOURCE, *TABLES.values())
    known = {setting.variable for table in tables for setting in table.values() if setting.variable} | {*_OTHERS}
    for name in sorted(environment):
        if name.startswith(_OWN) and name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"did you mean {near[0]}?" if near else f"the variables are {', '.join(sorted(known))}"
            found.add("variables", f"{name} is set, and nothing reads it: {hint}", "warning")
