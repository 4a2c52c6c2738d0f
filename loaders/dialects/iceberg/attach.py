"""The warehouse of a REST catalog attached to an engine under the name that every warehouse of the engine has.

Covered by tests/loaders/dialects/iceberg/test_iceberg.py.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.engine import Connection

from loaders.dialects.embedded.bucket import create_secret, open_bucket
from loaders.dialects.embedded.extensions import load_extension
from loaders.dialects.embedded.session import CATALOG, quote_text
from loaders.dialects.iceberg.config import require_common_commit
from loaders.dialects.iceberg.location import CatalogLocation

EXTENSIONS: Final = ("httpfs", "avro", "iceberg")
"""In the order in which they are loaded: the last one needs the others."""
_SECRET: Final = "rest_catalog"  # noqa: S105  the name of the engine's secret


def attach_catalog(connection: Connection, location: CatalogLocation, *, write: bool) -> None:
    """Attach the warehouse; a writer creates the schema tideline, by which the engine uses the warehouse.

    The engine lists that schema whether or not it exists.
    """
    if write:
        require_common_commit(location)
    for extension in EXTENSIONS:
        load_extension(connection, extension)
    open_bucket(connection, "bucket", endpoint_url=location.endpoint_url)
    options = ["TYPE iceberg", f"ENDPOINT {quote_text(location.catalog_url)}", "DEFAULT_SCHEMA 'tideline'"]
    # A commit whose answer is lost counts as failed, and the engine would remove files that the catalog names by then.
    options += ["REMOVE_FILES_ON_DELETE false"] if write else ["READ_ONLY"]
    given = _credentials(location)
    if given:
        create_secret(connection, _SECRET, "iceberg", given)
        options.append(f"SECRET {_SECRET}")
    else:
        options.append("AUTHORIZATION_TYPE 'none'")
    connection.exec_driver_sql(f'ATTACH {quote_text(location.warehouse)} AS "{CATALOG}" ({", ".join(options)})')
    connection.commit()
    if write:
        connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{CATALOG}".tideline')
        connection.commit()
    connection.exec_driver_sql(f'USE "{CATALOG}"')
    connection.commit()


def _credentials(location: CatalogLocation) -> dict[str, str]:
    if location.token:
        return {"TOKEN": location.token}
    if not location.client:
        return {}
    given = {"CLIENT_ID": location.client, "CLIENT_SECRET": location.secret or ""}
    given |= {"OAUTH2_SERVER_URI": location.token_url}
    return given | ({"OAUTH2_SCOPE": location.scope} if location.scope else {})
