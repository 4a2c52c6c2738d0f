"""The comparison of our schema with the one of another loader in the same warehouse (contract §13); it never writes.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from event_assets.config.settings import Settings, SettingsError
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.health.compare.configured.erased import read_erased
from event_assets.health.compare.configured.masked import MaskedColumns
from event_assets.health.compare.evidence import ComparedSchemas, CompareEvidence
from event_assets.health.compare.lonely import lonely_tables
from event_assets.health.compare.pairing import PairedSchemas, PairedTable, pair_schemas
from event_assets.health.compare.result import ROWS, ComparedTable, Comparison
from event_assets.health.compare.table import compare_table
from event_assets.health.compare.users import IDENTIFIES
from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.queries.compare.rows import Window
from loaders.schema.introspect import read_any_layout, read_layout

SESSION_SECONDS: Final = 10.0
"""How long a session is used for further tables: loads of a DuckDB file wait meanwhile, by default for a minute."""


@dataclass(frozen=True)
class Compared:
    """What is compared: the other schema, the event hours `start` to `end` (inclusive), and some tables, or all."""

    schema: str
    start: datetime | None = None
    end: datetime | None = None
    tables: Collection[str] = ()
    rows: int = ROWS

    @property
    def window(self) -> Window:
        """The instants that are compared."""
        return Window(self.start, None if self.end is None else self.end + timedelta(hours=1))


def compare_schemas(
    settings: Settings,
    choice: Compared,
    on_progress: Callable[[int, int], None] = lambda done, tables: None,
    clock: Callable[[], float] = monotonic,
) -> Comparison:
    """Compare the schema of the one source of `settings` with another one.

    `on_progress` takes how many tables are done, of how many. Raises SettingsError where there is nothing to compare,
    and WarehouseError where the warehouse cannot be read. The warehouse is let go between tables every few seconds, so
    that a load of a DuckDB file, which waits for its readers, gets its turn.
    """
    source = settings.only_source()
    if choice.schema == source.schema:
        raise SettingsError(f"{choice.schema} is the schema of the source itself; name the one of the other loader.")
    warehouse = open_warehouse(settings)
    with warehouse.reading() as session:
        ours, theirs = read_layout(session, source.schema), read_any_layout(session, choice.schema)
        erased, notes = read_erased(session, settings, source)
    found = pair_schemas((source.schema, ours), (choice.schema, theirs))
    paired = _choose(found, choice, source)
    identifies = next((table for table in found.both if table.table == IDENTIFIES), None)
    schemas = ComparedSchemas(source, choice.schema, ours, theirs, identifies, erased)
    tables = _compare_tables(warehouse, schemas, paired.both, choice, on_progress, clock)
    with warehouse.reading() as session:
        lonely = lonely_tables(_gather(session, schemas), paired, choice.window)
    start, end = _text(choice.start), _text(choice.end)
    return Comparison(
        source.name, source.schema, choice.schema, start, end, tuple(tables), lonely, paired.ignored, notes
    )


def _gather(session: Session, schemas: ComparedSchemas) -> CompareEvidence:
    return CompareEvidence(session, schemas, MaskedColumns(schemas.source.masking))


def _compare_tables(
    warehouse: Warehouse,
    schemas: ComparedSchemas,
    both: Sequence[PairedTable],
    choice: Compared,
    on_progress: Callable[[int, int], None],
    clock: Callable[[], float],
) -> list[ComparedTable]:
    tables: list[ComparedTable] = []
    while len(tables) < len(both):
        with warehouse.reading() as session:
            evidence = _gather(session, schemas)
            for table in _in_time(both[len(tables) :], clock):
                on_progress(len(tables), len(both))
                tables.append(compare_table(evidence, table, choice.window, rows=choice.rows))
                if table.table == IDENTIFIES:
                    rules = {(one.side, one.column): one.rule for one in tables[-1].lonely if one.rule}
                    schemas.identify_columns.update(rules)
    on_progress(len(both), len(both))
    return tables


def _in_time(tables: Iterable[PairedTable], clock: Callable[[], float]) -> Iterator[PairedTable]:
    """Yield tables as long as the session is young; the first in any case."""
    start = clock()
    for table in tables:
        yield table
        if clock() - start > SESSION_SECONDS:
            return


def _choose(paired: PairedSchemas, choice: Compared, source: Source) -> PairedSchemas:
    """Return the tables that are compared; raise SettingsError if one side has none of them."""
    known = {*(table.table for table in paired.both), *paired.only_here, *paired.only_there}
    unknown = sorted(set(choice.tables) - known)
    if unknown:
        raise SettingsError(f"Neither {source.schema} nor {choice.schema} has a table {unknown[0]}.")
    if not paired.both and not paired.only_there:
        raise SettingsError(f"The warehouse has no tables in a schema {choice.schema}; check its name and your rights.")
    if not paired.both and not paired.only_here:
        raise SettingsError(f"The warehouse has no event tables in {source.schema}; run tideline load first.")
    if not choice.tables:
        return paired
    wanted = set(choice.tables)
    return PairedSchemas(
        tuple(table for table in paired.both if table.table in wanted),
        tuple(name for name in paired.only_here if name in wanted),
        tuple(name for name in paired.only_there if name in wanted),
        paired.ignored,
    )


def _text(hour: datetime | None) -> str:
    return "" if hour is None else f"{hour:%Y-%m-%dT%H}"
