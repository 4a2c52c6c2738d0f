"""Translation: values of a form that is not JSON of the envelope become events, as JSON text.

Covered by tests/events/snowplow/test_enriched.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from event_assets.events.chunk import Block
from event_assets.events.envelope import Refusal
from event_assets.events.quarantine import Quarantined
from event_assets.events.snowplow.bad_rows import find_bad_row
from event_assets.events.snowplow.enriched import read_enriched
from event_assets.events.snowplow.tracker import read_payload

_READERS: Final[Mapping[str, Callable[[bytes], bytes | Refusal]]] = {
    "snowplow-enriched": read_enriched,
    "snowplow-tracker": read_payload,
}


def translate_block(block: Block, reads: str, quarantined: list[Quarantined]) -> Block:
    """Return the block with its values as events; refused ones are added to `quarantined`.

    `sent` has the bytes before translation.
    """
    read = _READERS[reads]
    sent = block.values if block.sent is None else block.sent
    events = [find_bad_row(value) or read(value) for value in block.values]
    held = [n for n, event in enumerate(events) if isinstance(event, bytes)]
    for n, event in enumerate(events):
        if isinstance(event, Refusal):
            offset, raw = block.origin(n)
            position = block.file, block.lines[n], offset
            quarantined.append(Quarantined(*position, event.reason, event.detail, raw, len(raw)))
    return Block(
        block.file,
        [event for event in events if isinstance(event, bytes)],
        [block.lines[n] for n in held],
        [block.offsets[n] for n in held],
        [sent[n] for n in held],
        block.inherited and [block.inherited[n] for n in held],
        block.whole and [block.whole[n] for n in held],
    )
