"""Pack the dashboard of this folder into a zip that Superset imports, for a warehouse and its schemas.

Needs nothing but Python: `python pack.py --warehouse duckdb:////data/published.duckdb?access_mode=read_only`.

Covered by tests/examples/superset/test_pack.py.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Final

DASHBOARD: Final = Path(__file__).parent / "dashboard"
FOLDER: Final = "tideline"
"""The folder inside the zip, below which Superset looks for the files."""
EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every member, so that equal files are equal zips."""
SCHEMA_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def pack(target: Path, values: Mapping[str, str]) -> None:
    """Write the zip with these values in the place of `$warehouse`, `$events` and `$rollups`."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(DASHBOARD.rglob("*.yaml")):
            name = f"{FOLDER}/{path.relative_to(DASHBOARD).as_posix()}"
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), Template(path.read_text()).substitute(values))


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and write the zip."""
    parser = argparse.ArgumentParser(description="Pack the dashboard into a zip that Superset imports.")
    parser.add_argument("--warehouse", required=True, metavar="URL", help="SQLAlchemy URL, as Superset's host sees it")
    parser.add_argument("--events", type=_schema, default="events", metavar="SCHEMA", help="schema of the event tables")
    parser.add_argument("--rollups", type=_schema, default="rollups", metavar="SCHEMA", help="schema of the rollups")
    parser.add_argument("--out", type=Path, default=Path("tideline-dashboard.zip"), metavar="FILE", help="the zip")
    options = parser.parse_args(arguments)
    url = json.dumps(options.warehouse)[1:-1]  # it lies between double quotes in the YAML
    pack(options.out, {"warehouse": url, "events": options.events, "rollups": options.rollups})
    sys.stdout.write(f"{options.out}: import it in Superset under Dashboards, Import.\n")


def _schema(name: str) -> str:
    if SCHEMA_NAME.fullmatch(name) is None:
        raise argparse.ArgumentTypeError(f"{name!r} is not a plain schema name")
    return name


if __name__ == "__main__":
    main()
