"""Promises 1 to 3 over lists of layouts, days, times of writing and local hours, with files that come late."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from event_assets.archive.listing.list_hours import list_hours
from tests.drive import Place, load_archive, place
from tests.independent.reader import ArchiveFile
from tests.promises.proof import prove, read_again

Framing = Literal["lines", "concatenated"]


def event(number: int, at: str, *, ident: bool = True) -> dict[str, Any]:
    """A track that happened at a time of 2026; every third has no id."""
    known = {"messageId": f"m-{number}"} if ident else {}
    clocks = {"timestamp": f"2026-{at}:01Z", "receivedAt": f"2026-{at}:02Z"}
    return {
        "type": "track",
        **known,
        "userId": f"u-{number % 3}",
        "event": "Opened",
        **clocks,
        "properties": {"n": number},
    }


def dumped(*events: dict[str, Any], between: str = "\n") -> bytes:
    return between.join(json.dumps(one, separators=(",", ":")) for one in events).encode()


def write(folder: Path, files: Mapping[str, bytes], written: datetime | None = None) -> None:
    for key, content in files.items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if written is not None:
            os.utime(path, (written.timestamp(), written.timestamp()))


def hour_of(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%dT%H").replace(tzinfo=UTC)


def check(where: Place, hours: Mapping[str, str], framings: Mapping[str, Framing], twins: Mapping[str, Path]) -> None:
    """Prove what is loaded: `hours` has the archive hour of each key by hand, `twins` files of lines for records."""
    folder = Path(where.source.archive)
    listed = {file.key: hour for hour, found in list_hours(where.source).hours.items() for file in found.files}
    assert listed == {key: hour_of(hour) for key, hour in hours.items()}
    files = [
        ArchiveFile(hour, twins.get(key, folder / key), framings.get(key, "lines")) for key, hour in listed.items()
    ]
    prove(where, read_again(files))


def source_in(tmp_path: Path, **settings: Any) -> Place:  # noqa: ANN401  settings of a source
    where = place(tmp_path / "archive", tmp_path / "loaded")
    return replace(where, source=replace(where.source, **settings))


def test_a_list_of_layouts_reads_lines_objects_and_records_by_their_forms(tmp_path: Path) -> None:
    where = source_in(tmp_path, layout=("firehose", "dt={date}/hr={hour}/*", "kafka-connect"))
    one, two, three, four = (event(n, f"01-31T0{6 + n}:05", ident=n != 3) for n in (1, 2, 3, 4))
    stream = "2026/01/31/{0}/clicks-2-2026-01-31-{0}-00-00-4f6d2c1e-9a3b-4c5d-8e7f-0a1b2c3d4e5f"
    topic = "topics/clicks/year=2026/month=01/day=31/hour=08/clicks+0+0000000001.parquet"
    table = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([four, one]), table)
    twin = tmp_path / "twin.jsonl"
    twin.write_bytes(dumped(four, one))
    files = {
        stream.format("07"): dumped(one, two, three, one, between="").replace(b',"userId"', b',\n"userId"'),
        "dt=2026-01-31/hr=07/a.jsonl": dumped(two, {**one, "properties": {"n": 100}}, event(8, "01-31T07:30")),
        "dt=2026-01-31/hr=08/a.jsonl.gz": gzip.compress(dumped(three, event(5, "01-31T08:05"))),
        topic: table.getvalue(),
    }
    hours = dict(zip(files, ("01-31T07", "01-31T07", "01-31T08", "01-31T08"), strict=True))
    framings: dict[str, Framing] = {stream.format("07"): "concatenated", stream.format("08"): "concatenated"}
    write(tmp_path / "archive", files)
    load_archive(where, reversed(list(list_hours(where.source).hours)))
    check(where, hours, framings, {topic: twin})
    late = {"dt=2026-01-31/hr=07/late": dumped(four, three), stream.format("08"): dumped(two, two, between="")}
    write(tmp_path / "archive", late)
    load_archive(where)
    hours |= {"dt=2026-01-31/hr=07/late": "01-31T07", stream.format("08"): "01-31T08"}
    check(where, hours, framings, {topic: twin})


def test_local_hours_and_days_over_both_clock_changes_take_late_files(tmp_path: Path) -> None:
    where = source_in(tmp_path, layout=("{year}/{month}/{day}/{hour}/*", "dt={date}/*"), time_zone="Europe/Berlin")
    hours = {
        # the clock goes back: 02:00 to 03:00 is 00:00 to 02:00 UTC, and is one archive hour
        "2026/10/25/02/a": "10-25T00",
        "2026/10/25/03/a": "10-25T02",
        "dt=2026-10-25/a": "10-24T22",
        # it goes forward: 02:00 to 03:00 does not exist
        "2026/03/29/02/a": "03-29T01",
        "2026/03/29/03/a": "03-29T01",
        "dt=2026-03-29/a": "03-28T23",
    }
    events = {key: event(n, f"{hour}:20", ident=n % 3 > 0) for n, (key, hour) in enumerate(hours.items())}
    again = [events["2026/10/25/03/a"], events["2026/03/29/03/a"], events["dt=2026-10-25/a"]]
    write(tmp_path / "archive", {key: dumped(one, *again) for key, one in events.items()})
    load_archive(where)
    check(where, hours, {}, {})
    late = {"2026/10/25/02/late": "10-25T00", "2026/03/29/02/late": "03-29T01"}
    write(tmp_path / "archive", {key: dumped(event(20 + n, "10-24T22:30"), *again) for n, key in enumerate(late)})
    load_archive(where)
    check(where, hours | late, {}, {})


def test_days_and_times_of_writing_take_late_files(tmp_path: Path) -> None:
    days = source_in(tmp_path, layout="dt={date}/*")
    written = source_in(tmp_path / "written", layout="dt={date}/*", arrival="modified")
    written = replace(written, source=replace(written.source, archive=days.source.archive))
    events = [event(n, f"01-3{n % 2}T0{n}:10", ident=n % 3 > 0) for n in range(8)]
    files = {"dt=2026-01-30/a": dumped(*events[:4]), "dt=2026-01-31/a": dumped(*events[2:6])}
    write(tmp_path / "archive", files, datetime(2026, 1, 31, 9, 59, 59, tzinfo=UTC))
    for where in (days, written):
        load_archive(where)
    check(days, {"dt=2026-01-30/a": "01-30T00", "dt=2026-01-31/a": "01-31T00"}, {}, {})
    check(written, dict.fromkeys(files, "01-31T09"), {}, {})
    late = {"dt=2026-01-30/late": dumped(*events[3:])}
    write(tmp_path / "archive", late, datetime(2026, 2, 2, 10, tzinfo=UTC))
    for where in (days, written):
        load_archive(where)
    both = {"dt=2026-01-30/a": "01-30T00", "dt=2026-01-30/late": "01-30T00", "dt=2026-01-31/a": "01-31T00"}
    check(days, both, {}, {})
    check(written, {**dict.fromkeys(files, "01-31T09"), "dt=2026-01-30/late": "02-02T10"}, {}, {})
