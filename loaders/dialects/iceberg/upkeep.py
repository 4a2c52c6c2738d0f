"""The files of Iceberg tables: those of deleted rows written again, former states expired, and what is left removed.

The engine only adds files. Here the tables are used by pyiceberg, and their bucket by s3fs.

Covered by tests/loaders/dialects/iceberg/test_upkeep.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from loaders.dialects.embedded.bucket import find_endpoint
from loaders.dialects.iceberg.location import CatalogLocation
from loaders.dialects.iceberg.replace import replace_files
from loaders.interface.errors import Terminal, Transient

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

_LOADS: Final = ("tideline", "loads")
_KEPT: Final = timedelta(days=2)
"""How long a former state can be read, and a reader that has begun on it finds its files."""
_MANY_FILES: Final = 24
_SMALL_BYTES: Final = 64 << 20
"""A table with many files that are smaller together is written again as one file; a larger one is not."""


def require_upkeep() -> None:
    """Raise Terminal, with the line that installs it, where pyiceberg is not installed."""
    if find_spec("pyiceberg") is None:
        raise Terminal("an Iceberg warehouse needs pyiceberg, which is not installed: pip install 'tideline[iceberg]'")


@contextmanager
def open_catalog(location: CatalogLocation) -> Iterator[Catalog]:
    """Open the warehouse by pyiceberg; raise Transient where another process commits to a table meanwhile."""
    require_upkeep()
    from pyiceberg.catalog.rest import RestCatalog
    from pyiceberg.exceptions import CommitFailedException

    given: dict[str, str] = {"uri": location.catalog_url, "warehouse": location.warehouse, **_bucket(location)}
    if location.token:
        given["token"] = location.token
    elif location.client:
        given |= {"credential": f"{location.client}:{location.secret or ''}", "oauth2-server-uri": location.token_url}
        given |= {"scope": location.scope} if location.scope else {}
    try:
        yield RestCatalog("warehouse", **given)
    except CommitFailedException as error:
        raise Transient(f"another process has written a table of the Iceberg warehouse meanwhile: {error}") from error


def remove_deleted(catalog: Catalog, location: CatalogLocation, schemas: Sequence[str]) -> None:
    """Leave no value of a deleted row in the files of the tables of some schemas; no former state can be read then.

    Files that no state names are removed if they are older than the newest state of the loads: a load that has begun
    before it cannot commit them any more.
    """
    tables = list(_tables(catalog, schemas))
    files = open_files(location)
    before = _last_written(files, catalog)
    for table in tables:
        _rewrite(table)
        _clean(files, table, expired=datetime.now(UTC), unnamed=before)


def drop_emptied(catalog: Catalog, location: CatalogLocation, names: Sequence[tuple[str, str]]) -> None:
    """Drop tables that have no row any more, and their files before: nobody would look for them after it."""
    files = open_files(location)
    before = _last_written(files, catalog)
    for name in names:
        if catalog.table_exists(name):
            table = catalog.load_table(name)
            _rewrite(table)
            _clean(files, table, expired=datetime.now(UTC), unnamed=before)
            catalog.drop_table(name)


def merge_files(catalog: Catalog, location: CatalogLocation, schemas: Sequence[str], *, now: datetime) -> None:
    """Write small tables of many files again, and remove what no state of two days needs."""
    files = open_files(location)
    for table in _tables(catalog, schemas):
        sizes = [task.file.file_size_in_bytes for task in table.scan().plan_files()]
        if len(sizes) >= _MANY_FILES and sum(sizes) < _SMALL_BYTES:
            replace_files(table)
        _clean(files, table, expired=now - _KEPT, unnamed=now - _KEPT)


def count_bytes(catalog: Catalog, schemas: Sequence[str]) -> int:
    """Return the bytes of the data files of the newest states."""
    return sum(
        task.file.file_size_in_bytes for table in _tables(catalog, schemas) for task in table.scan().plan_files()
    )


def _tables(catalog: Catalog, schemas: Sequence[str]) -> Iterator[Table]:
    existing = {".".join(names) for names in catalog.list_namespaces()}
    for schema in dict.fromkeys(schemas):
        for name in catalog.list_tables(schema) if schema in existing else ():
            yield catalog.load_table(name)


def open_files(location: CatalogLocation) -> Any:  # noqa: ANN401  s3fs has no types
    """Open the bucket, with the credentials that boto3 takes."""
    import s3fs

    return s3fs.S3FileSystem(endpoint_url=find_endpoint(location.endpoint_url), use_listings_cache=False)


def _rewrite(table: Table) -> None:
    """Write the rows again if some of those in the files are deleted, or a manifest describes a file that is.

    A manifest has the least and the greatest value of a file's columns.
    """
    if any(task.delete_files for task in table.scan().plan_files()) or _has_removed(table):
        replace_files(table)


def _has_removed(table: Table) -> bool:
    snapshot = table.current_snapshot()
    manifests = snapshot.manifests(table.io) if snapshot else []
    return any(manifest.deleted_files_count for manifest in manifests)


def _clean(files: Any, table: Table, *, expired: datetime, unnamed: datetime) -> None:  # noqa: ANN401  no types
    """Forget former states that were made before an instant; remove what only they name, and what none names.

    Of the latter only files before the other instant: a load may be about to name a younger one. Descriptions of former
    states stay: they have no value of a row.
    """
    table.refresh()
    current, until = table.current_snapshot(), expired.timestamp() * 1000
    former = [
        one.snapshot_id
        for one in table.snapshots()
        if current is not None and one.snapshot_id != current.snapshot_id and one.timestamp_ms <= until
    ]
    before = set(_named(table))
    if former:
        table.maintenance.expire_snapshots().by_ids(former).commit()
        table.refresh()
    named = set(_named(table))
    left = [
        path
        for path, info in files.find(_path(table.location()), detail=True).items()
        if path not in named and not path.endswith(".json") and (path in before or info["LastModified"] < unnamed)
    ]
    if left:
        files.rm(left)


def _named(table: Table) -> Iterator[str]:
    """Yield the paths of the files that some state of a table has."""
    for snapshot in table.snapshots():
        yield _path(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            yield _path(manifest.manifest_path)
            for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
                yield _path(entry.data_file.file_path)


def _last_written(files: Any, catalog: Catalog) -> datetime:  # noqa: ANN401  s3fs has no types
    """Return when the newest state of the loads was written, by the clock of the bucket."""
    written: datetime = files.info(_path(catalog.load_table(_LOADS).metadata_location))["LastModified"]
    return written


def _bucket(location: CatalogLocation) -> dict[str, str]:
    from botocore.session import Session  # type: ignore[import-untyped]

    session = Session()
    credentials = session.get_credentials()
    given = {"s3.region": session.get_config_variable("region") or "us-east-1"}
    endpoint = find_endpoint(location.endpoint_url)
    if endpoint:
        given["s3.endpoint"] = endpoint
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        given |= {"s3.access-key-id": frozen.access_key, "s3.secret-access-key": frozen.secret_key}
        given |= {"s3.session-token": frozen.token} if frozen.token else {}
    return given


def _path(url: str) -> str:
    return url.split("://", 1)[-1]
