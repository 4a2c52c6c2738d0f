"""The archive that is measured: clean events from the demo's generator, written once and kept in benchmarks/data/."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import event_assets.demo
from event_assets.demo.generate import generate

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Archive:
    """A clean archive of layout `rudderstack`."""

    folder: Path
    events: int
    files: int
    hours: int
    compressed: int
    """Bytes."""
    decompressed: int
    """Bytes."""


def prepare_archive(events: int, *, days: int = 3, seed: int = 1) -> Archive:
    """The archive of so many events; generated unless this very generator has done so before."""
    folder = DATA / f"{events}-events-{days}-days-seed-{seed}-{_hash_generator()}"
    note = folder / "archive.json"
    if not note.exists():
        summary = generate(folder, events=events, days=days, seed=seed, clean=True)
        decompressed = sum(len(gzip.decompress(path.read_bytes())) for path in list_files(folder))
        numbers = {
            "events": summary.lines,
            "files": summary.files,
            "hours": summary.hours,
            "compressed": summary.bytes,
            "decompressed": decompressed,
        }
        note.write_text(json.dumps(numbers))
    return Archive(folder=folder, **json.loads(note.read_text()))


def list_files(folder: Path) -> list[Path]:
    """The archive's files, by arrival."""
    return sorted(folder.rglob("*.json.gz"))


def warm_files(folder: Path) -> None:
    """Read every file once, so that each job finds them in the page cache."""
    for path in list_files(folder):
        path.read_bytes()


def _hash_generator() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(event_assets.demo.__path__[0]).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
