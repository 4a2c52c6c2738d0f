"""All files of an Iceberg table replaced by new ones with the same rows, in one commit.

pyiceberg's own overwrite carries the files that list deleted rows along: DuckDB then subtracts those rows from the new
ones, and fails where less than none is left.

Covered by tests/loaders/dialects/iceberg/test_upkeep.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyiceberg.table import Table


def replace_files(table: Table) -> None:
    """Write the rows again, in bounded memory; raise CommitFailedException if somebody commits to the table meanwhile.

    The new state names none of the former files.
    """
    from pyiceberg.exceptions import CommitFailedException
    from pyiceberg.io.pyarrow import _dataframe_to_data_files
    from pyiceberg.manifest import ManifestFile
    from pyiceberg.table.snapshots import Operation, Summary
    from pyiceberg.table.update.snapshot import _FastAppendFiles
    from pyiceberg.typedef import EMPTY_DICT

    class _Replacing(_FastAppendFiles):  # type: ignore[misc]  # types of pyiceberg are not looked at
        def _existing_manifests(self) -> list[ManifestFile]:
            return []

        def _summary(self, snapshot_properties: dict[str, str] = EMPTY_DICT) -> Summary:
            parent: int | None = self._parent_snapshot_id
            self._parent_snapshot_id: int | None = None  # its totals are of the former files
            try:
                return super()._summary(snapshot_properties)
            finally:
                self._parent_snapshot_id = parent

        def _refresh_for_retry(self) -> None:
            raise CommitFailedException(f"{'.'.join(table.name())} has another state now")

    with table.transaction() as transaction, table.scan().to_arrow_batch_reader() as rows:
        replacing = _Replacing(Operation.OVERWRITE, transaction, table.io)
        for file in _dataframe_to_data_files(transaction.table_metadata, rows, table.io, replacing.commit_uuid):
            replacing.append_data_file(file)
        replacing.commit()
