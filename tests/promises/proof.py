"""One call that proves a loaded warehouse against its archive, read again by the independent reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.health import reconciliation
from tests.drive import Place
from tests.independent.catalogs import NOTHING, check_catalog
from tests.independent.erased import Erased
from tests.independent.event import Mapped
from tests.independent.junk import Junk
from tests.independent.masked import Masked
from tests.independent.reader import Archive, ArchiveFile, scan
from tests.independent.tables import Difference
from tests.independent.verify import Budget, describe, verify
from tests.promises.archives import unzstd


def read_again(
    files: Iterable[ArchiveFile],
    mapping: Mapped | None = None,
    junk: Junk = Junk(),  # noqa: B008  it cannot be changed
    erased: Erased = Erased(),  # noqa: B008  it cannot be changed
    masked: Masked = Masked(),  # noqa: B008  it cannot be changed
) -> Archive:
    """The archive by the independent reader."""
    return scan(files, mapping=mapping, unzstd=unzstd, junk=junk, erased=erased, masked=masked)


def find_differences(where: Place, archive: Archive) -> list[Difference]:
    """Every difference between an archive and the warehouse that was loaded from it."""
    budgets = where.budgets
    return verify(
        archive,
        where.warehouse,
        schema=where.source.schema,
        source=where.source.name,
        budget=Budget(budgets.values, budgets.columns, budgets.tables),
    )


def prove(where: Place, archive: Archive) -> None:
    """Fail with the first differences, if there are any."""
    found = find_differences(where, archive)
    assert not found, describe(found)


def prove_sums(settings: Settings, source: Source) -> None:
    """Fail where counts of an hour's lines, events and rows do not add up (contract §9)."""
    found = reconciliation.find_differences(settings, source, reconciliation.IDENTITIES, None)
    assert {name: list(map(str, wrong)) for name, wrong in found.items() if wrong} == {}


def prove_catalog(where: Place, archive: Archive, declared: Mapping[tuple[str, str], str] = NOTHING) -> None:
    """Fails where `tideline.columns` is not what the archive's hours make of it, loaded once and in order."""
    found = list(check_catalog(archive, where.warehouse, schema=where.source.schema, declared=declared))
    assert not found, describe(found)
