"""The floor: decompress every file and have a strict parser look at every line. Nobody who checks JSON is faster."""

from pathlib import Path

from isal import isal_zlib
from simdjson import Parser

from benchmarks.data import list_files
from benchmarks.jobs.done import Done

_GZIP = 31


def run(archive: Path, work: Path) -> Done:
    """Looks at every line, whatever the parser says of it; `work` is not used."""
    parser = Parser()
    parse = parser.parse
    events = 0
    for path in list_files(archive):
        for line in isal_zlib.decompress(path.read_bytes(), wbits=_GZIP).split(b"\n"):
            if line:
                events += 1
                try:
                    parse(line)
                except (ValueError, RuntimeError):
                    continue
    return Done(events)
