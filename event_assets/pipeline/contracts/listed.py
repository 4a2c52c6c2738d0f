"""The contracts of every source, and how each is checked. Covered by tests/cli/governance/test_contract.py."""

from __future__ import annotations

from dataclasses import dataclass

from event_assets.config.settings import Settings
from loaders.transform.contracts.check import plan_of


@dataclass(frozen=True)
class ListedContract:
    """One contract of a source."""

    source: str
    type: str
    event: str | None
    mode: str
    checked: str
    file: str


def list_contracts(settings: Settings) -> list[ListedContract]:
    """Return the contracts by source: those that columns decide are checked by column, the others one by one."""
    return [
        ListedContract(
            source=source.name,
            type=contract.type,
            event=contract.event,
            mode=contract.mode,
            checked="by column" if plan_of(contract.text) is not None else "one by one",
            file=contract.file,
        )
        for source in settings.sources.values()
        for contract in source.contracts.events
    ]
