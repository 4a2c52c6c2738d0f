"""The hash of the settings that an hour is loaded under, apart from the hour: every command imports it.

Covered by tests/loaders/load/left_out/test_excluded_values.py.
"""

from __future__ import annotations

import xxhash

from loaders.transform.contracts.contract import NO_CONTRACTS, Contracts
from loaders.transform.selection import Selection


def hash_settings(
    config_hash: str,
    *,
    selection: Selection,
    not_users: tuple[str, ...],
    masking: tuple[str, ...] = (),
    contracts: Contracts = NO_CONTRACTS,
) -> str:
    """Return the hash of all settings that decide which rows an hour's files give: the lake's, and those given here.

    `masking` has a text for each rule of what is masked on the way. Without any given here it is the lake's own hash,
    so that hours of an older ledger stay up to date.
    """
    if selection == Selection() and not not_users and not masking and not contracts.text:
        return config_hash
    masked = (f"masking {rule}" for rule in masking)
    settings = "\n".join((config_hash, selection.text(), *sorted(not_users), *masked))
    if contracts.text:
        settings = f"{settings}\0{contracts.text}"
    return xxhash.xxh3_128_hexdigest(settings.encode())
