"""The lists of erased persons, in the lake and in the warehouse: what one has lost comes back from the other.

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger, open_warehouse
from event_assets.lake.erasure.suppression import list_path, list_tokens, read_lists
from loaders.ledger.loads import create_ledger
from loaders.queries.erasures import recorded_lists
from loaders.rewrite.forget import record_list


def restore_lists(settings: Settings, source: Source) -> None:
    """Give the lake the lists that only the warehouse has, and the warehouse those that only the lake has.

    Call it before hours of the source are read or written. Raises UnusableLake and WarehouseError.
    """
    in_lake = set(list_tokens(settings.lake, source.name))
    with open_ledger(settings) as session:
        recorded = {} if session is None else recorded_lists(session, source.name)
    for token in sorted(recorded.keys() - in_lake):
        settings.lake.publish_bytes(recorded[token].encode(), list_path(source.name, token))
    if missing := sorted(in_lake - recorded.keys()):
        found = read_lists(settings.lake, source.name, missing)
        with open_warehouse(settings).loading(source.schema) as session:
            create_ledger(session)
            for erased in found:
                record_list(session, source.name, erased.token, erased.encode().decode())
