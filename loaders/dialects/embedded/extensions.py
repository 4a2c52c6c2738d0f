"""Extensions of DuckDB's engine: files that the Python package of an extension brings, for one version of the driver.

Nothing is downloaded: the engine's own `INSTALL` would ask its server. The engine checks the signature of DuckDB's
makers whenever it loads a file, which takes a tenth of a second: here it does once per process and file.

Covered by tests/loaders/dialects/test_extensions.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import duckdb
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from loaders.dialects.embedded.session import quote_text
from loaders.interface.errors import Terminal

_NEEDS: Final = {"iceberg": "avro"}
"""Extension -> the one that is loaded before it."""
_EXTRAS: Final = {"iceberg": "iceberg", "avro": "iceberg"}
"""Extension -> the extra of this project that brings it, where it is not `ducklake`."""


def find_extension(name: str) -> Path | None:
    """Return the file of an extension for this driver; None without its package, or with one for another driver."""
    folder = _folder(name)
    file = folder / f"v{duckdb.__version__}" / f"{name}.duckdb_extension" if folder else None
    return file if file and file.is_file() else None


def require_extensions(names: Sequence[str]) -> None:
    """Raise Terminal, as `load_extension` does, if an extension has no package and the engine's own folder lacks it."""
    if not all(map(find_extension, names)):
        describe_extensions(names)


def load_extension(connection: Connection, name: str) -> None:
    """Load an extension from its package, or what `INSTALL` has put into the engine's folder before.

    The engine has the configuration of `engine_options`. Raise Terminal with the line that installs the extension if
    there is neither.
    """
    file = find_extension(name)
    try:
        if file:
            found = file.stat()
            _check_signature(
                file, found.st_size, found.st_mtime_ns, find_extension(_NEEDS[name]) if name in _NEEDS else None
            )
        connection.exec_driver_sql(f"LOAD {quote_text(str(file))}" if file else f"LOAD {name}")
    except (DBAPIError, duckdb.Error) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).splitlines()[0]
        raise Terminal(_advice(name, reason, found=file is not None)) from error


def describe_extensions(names: Sequence[str]) -> tuple[str, ...]:
    """Load extensions into an engine of their own; return each with its version and file.

    Raise Terminal as `load_extension` does.
    """
    engine = sa.create_engine("duckdb:///:memory:", poolclass=NullPool, connect_args={"config": engine_options()})
    with engine.connect() as connection:
        for name in names:
            load_extension(connection, name)
        found = connection.exec_driver_sql(
            "SELECT extension_name, extension_version FROM duckdb_extensions() WHERE loaded"
        ).all()
    versions = {row.extension_name: row.extension_version for row in found}
    return tuple(
        f"{name} {versions.get(name, '')} for DuckDB {duckdb.__version__} ({find_extension(name) or 'installed'})"
        for name in names
    )


def engine_options() -> dict[str, str]:
    """Return the configuration of an engine that `load_extension` may load into: it takes no file by itself."""
    return {
        "allow_unsigned_extensions": "true",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }


@cache
def _check_signature(file: Path, _size: int, _changed: int, needed: Path | None) -> None:
    """Load the file in an engine of its own that checks its signature; raise duckdb.Error if it is not sound.

    `needed` is the file of the extension that this one would ask the engine's server for.
    """
    with duckdb.connect(
        ":memory:", config={"allow_unsigned_extensions": "false", "autoinstall_known_extensions": "false"}
    ) as engine:
        for path in filter(None, (needed, file)):
            engine.execute(f"LOAD {quote_text(str(path))}")


def _folder(name: str) -> Path | None:
    spec = find_spec(f"duckdb_extension_{name}")
    return Path(spec.origin).parent / "extensions" if spec and spec.origin else None


def _advice(name: str, reason: str, *, found: bool) -> str:
    extra = _EXTRAS.get(name, "ducklake")
    install = f"pip install 'tideline[{extra}]'"
    if found:
        return f"the extension {name} of DuckDB cannot be loaded: {reason}; install it again: {install}"
    folder = _folder(name)
    if folder is None:
        warehouse = "an Iceberg" if extra == "iceberg" else "a DuckLake"
        return f"{warehouse} warehouse needs the extension {name} of DuckDB, which is not installed: {install}"
    versions = sorted(path.name.removeprefix("v") for path in folder.iterdir()) if folder.is_dir() else []
    has = ", ".join(versions) or "no version"
    return (
        f"the extension {name} is for DuckDB {has}, the driver is {duckdb.__version__}, and both need one version: "
        f"{install}"
    )
