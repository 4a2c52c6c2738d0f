"""Reading a source whose layout or mapping defines how its lines are opened (contract §2, ADR 0008)."""

from __future__ import annotations

from pathlib import Path

from event_assets.archive.decoding.chunks import framing_of, mapping_of, read_chunks
from event_assets.archive.manifest import Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.events import normalize
from event_assets.events.chunk import Block, FileEnd
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.shipped import preset
from event_assets.lake.config_hash import hash_config
from tests.archive.files import HOUR, write_archive
from tests.layouts.snowplow_lines import enriched_line

TEMPLATE = "{date}/{hour}/*"
NOTHING = Manifest("default", HOUR, ())


def test_a_mapping_is_the_sources_or_else_the_layouts() -> None:
    gateway, segment = preset("rudderstack-gateway"), preset("segment-batch")
    assert mapping_of(ArchiveSource("a", layout="rudderstack-gateway"), NOTHING) == gateway
    assert mapping_of(ArchiveSource("a", layout="rudderstack-gateway", mapping=segment), NOTHING) == segment
    assert mapping_of(ArchiveSource("a", layout="rudderstack"), NOTHING) is None
    assert mapping_of(ArchiveSource("a", layout=TEMPLATE), NOTHING) is None


def test_a_lake_of_a_layouts_mapping_is_one_of_that_mapping_by_name() -> None:
    implied = ArchiveSource("a", layout="rudderstack-gateway")
    named = ArchiveSource("a", layout="rudderstack-gateway", mapping=preset("rudderstack-gateway"))
    assert hash_config(implied) == hash_config(named)
    other = ArchiveSource("a", layout="rudderstack-gateway", mapping=preset("segment-batch"))
    assert hash_config(implied) != hash_config(other)


def test_snowplows_lines_keep_their_outer_tabs_under_any_layout(tmp_path: Path) -> None:
    line = enriched_line(event="page_view")
    assert line.startswith(b"\t")
    assert line.endswith(b"\t")
    source = ArchiveSource(str(tmp_path), layout=TEMPLATE, mapping=preset("snowplow"))
    manifest = write_archive(tmp_path, {"2026-01-31/07/a": b"\xef\xbb\xbf" + line + b"\r\n\r\n\n" + line})
    assert framing_of(source, manifest) == "tsv"
    (chunk,) = read_chunks(source, manifest)
    (block,) = [part for part in chunk if isinstance(part, Block)]
    assert (block.values, list(block.lines)) == ([line, line], [1, 4])
    assert list(block.offsets) == [3, 3 + len(line) + 5]


def test_the_events_of_a_batch_are_counted_and_not_its_lines(tmp_path: Path) -> None:
    source = ArchiveSource(str(tmp_path), layout=TEMPLATE, mapping=preset("segment-batch"))
    content = b'{"batch":[{"a":1},{"a":2}],"sentAt":"x"}\n{"a":3}\n{"batch":[{"a":4}]}\n'
    manifest = write_archive(tmp_path, {"2026-01-31/07/a": content, "2026-01-31/07/b": content})
    for chunk_bytes in (1, 1 << 20):
        parts = [part for chunk in read_chunks(source, manifest, chunk_bytes=chunk_bytes) for part in chunk]
        assert [part.lines for part in parts if isinstance(part, FileEnd)] == [4, 4]
        blocks = [part for part in parts if isinstance(part, Block)]
        sent = [value for part in blocks for value in (part.values if part.sent is None else part.sent)]
        assert sent == [b'{"a":1}', b'{"a":2}', b'{"a":3}', b'{"a":4}'] * 2
        lines = [line for part in blocks for line in part.lines]
        assert lines == [1, 1, 2, 3] * 2


def test_a_quarantined_line_keeps_its_outer_white_space_in_every_way_of_reading(tmp_path: Path) -> None:
    bad, good = b' \t{"type": "x"} ', b'  {"batch": [ {"type":"track"}, {"type": "y"} ]}'
    content = b"\xef\xbb\xbf" + b"\r\n".join((bad, good, b"", b" \xff\t", b"{", good))
    for mapping in (None, preset("segment-batch"), preset("cloudtrail"), preset("snowplow-collector")):
        source = ArchiveSource(str(tmp_path), layout=TEMPLATE, mapping=mapping)
        manifest = write_archive(tmp_path, {"2026-01-31/07/a": content})
        (chunk,) = read_chunks(source, manifest)
        refused = normalize(chunk, hour=HOUR, mapping=mapping).quarantine
        for offset, raw, size in refused.select("byte_offset", "raw", "bytes").iter_rows():
            assert content[offset : offset + size] == raw, mapping
        assert (4, b" \xff\t") in refused.select("line", "raw").rows()
        if mapping is None or mapping == preset("segment-batch"):
            second = [good] if mapping is None else [b'{"type": "y"}']
            last = [b"{", *second]
            assert refused.sort("byte_offset")["raw"].to_list() == [bad, *second, b" \xff\t", *last]


def test_what_events_inherit_stays_with_them_however_the_file_is_cut(tmp_path: Path) -> None:
    mapping = Mapping.parse({"each": "batch", "inherit": {"at": "at"}})
    source = ArchiveSource(str(tmp_path), layout=TEMPLATE, mapping=mapping)
    alone, batch = b'{"a":"%s"}\n' % (b"x" * 100_000), b'{"at":%d,"batch":[{"a":1},{"a":2,"at":0}]}\n'
    content = alone * 30 + b"".join(batch % number for number in range(2_000)) + alone * 30 + batch % 1
    (chunk,) = read_chunks(source, write_archive(tmp_path, {"2026-01-31/07/a": content}))
    (block,) = [part for part in chunk if isinstance(part, Block)]
    expected = {line: f'{{"at":{line - 31}}}' for line in range(31, 2_031)} | {2_061: '{"at":1}'}
    assert block.inherited is not None
    for line, sent, inherited in zip(block.lines, block.sent or (), block.inherited, strict=True):
        assert inherited == (expected[line] if sent == b'{"a":1}' else "")
