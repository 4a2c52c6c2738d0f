"""A warehouse of an Iceberg REST catalog, from its URL and the environment.

Covered by tests/loaders/dialects/iceberg/test_location.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.engine import URL

from loaders.interface.errors import Terminal

_FORM: Final = "use iceberg://client@catalog.example.com/path?warehouse=name"
_SCHEMES: Final = {"iceberg": "https", "iceberg+http": "http"}
_PARAMETERS: Final = frozenset({"warehouse", "endpoint_url", "oauth2_server_uri", "oauth2_scope"})
_CLIENT: Final = ("ICEBERG_CLIENT_ID", "ICEBERG_CLIENT_SECRET")
_TOKEN: Final = "ICEBERG_TOKEN"  # noqa: S105  the name of the variable


@dataclass(frozen=True)
class CatalogLocation:
    """A catalog and the warehouse in it, with what it takes to be let in."""

    catalog_url: str
    """Of the REST API, without `/v1`."""
    warehouse: str
    endpoint_url: str | None
    """The server of the bucket where it is not Amazon's."""
    token_url: str
    scope: str | None
    client: str | None
    secret: str | None = field(repr=False)
    token: str | None = field(repr=False)

    @classmethod
    def from_url(cls, url: URL) -> CatalogLocation:
        """Return the location of a URL; raise Terminal if it names none.

        A client and its secret, or a token, are in the environment where the URL has none.
        """
        scheme = _SCHEMES.get(url.drivername)
        unknown = sorted(url.query.keys() - _PARAMETERS)
        if unknown:
            raise Terminal(f"the URL of an Iceberg warehouse has no parameter {', '.join(unknown)}: {_FORM}")
        if scheme is None or not url.host:
            raise Terminal(f"an Iceberg warehouse is in a REST catalog: {_FORM}; iceberg+http:// is without encryption")
        given = {name: _single(url, name) for name in _PARAMETERS}
        if not given["warehouse"]:
            raise Terminal(f"the URL names no warehouse of the catalog: {_FORM}")
        host = f"[{url.host}]" if ":" in url.host else url.host
        place = f"{host}:{url.port}" if url.port else host
        base = f"{scheme}://{place}/{(url.database or '').strip('/')}".rstrip("/")
        client, secret = (os.environ.get(name) or None for name in _CLIENT)
        return cls(
            base,
            given["warehouse"],
            given["endpoint_url"],
            given["oauth2_server_uri"] or f"{base}/v1/oauth/tokens",
            given["oauth2_scope"],
            url.username or client,
            str(url.password) if url.password else secret,
            os.environ.get(_TOKEN) or None,
        )


def _single(url: URL, name: str) -> str | None:
    value = url.query.get(name)
    if isinstance(value, tuple):
        raise Terminal(f"an Iceberg warehouse has one {name}: {_FORM}")
    return value or None
