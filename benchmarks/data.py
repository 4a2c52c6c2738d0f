"""The archive that is measured: clean events from the demo's generator, written once and kept in benchmarks/data/."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
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


def prepare_archive(events: int, *, hours: int, seed: int = 1) -> Archive:
    """The archive of so many events that arrive in so many hours; generated unless this generator has done so."""
    folder = DATA / f"{events}-events-{hours}-hours-seed-{seed}-{_hash_generator()}"
    note = folder / "archive.json"
    if not note.exists():
        summary = generate(folder, events=events, days=1, seed=seed, clean=True)
        _gather_files(folder, hours, summary.start + timedelta(days=1))
        decompressed = sum(len(gzip.decompress(path.read_bytes())) for path in list_files(folder))
        numbers = {
            "events": summary.lines,
            "files": summary.files,
            "hours": hours,
            "compressed": summary.bytes,
            "decompressed": decompressed,
        }
        note.write_text(json.dumps(numbers))
    return Archive(folder=folder, **json.loads(note.read_text()))


def list_files(folder: Path) -> list[Path]:
    """The archive's files, by arrival."""
    return sorted(folder.rglob("*.json.gz"))


def _gather_files(folder: Path, hours: int, start: datetime) -> None:
    """Let a day's files arrive in so many hours from `start` on: the second in a file's name is when it arrived."""
    files = list_files(folder)
    for number, path in enumerate(files):
        arrived = start + timedelta(hours=hours) * number / len(files)
        _, rest = path.name.split(".", 1)
        path.rename(path.with_name(f"{int(arrived.timestamp())}.{rest}"))


def warm_files(folder: Path) -> None:
    """Read every file once, so that each job finds them in the page cache."""
    for path in list_files(folder):
        path.read_bytes()


def _hash_generator() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(event_assets.demo.__path__[0]).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
