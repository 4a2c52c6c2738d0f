"""What a REST catalog says of itself: whether it commits the states of several tables in one request.

Where it does not, the engine would commit table by table, without a word.

Covered by tests/loaders/dialects/iceberg/test_config.py.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Final
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from loaders.dialects.iceberg.location import CatalogLocation
from loaders.interface.errors import Terminal

_COMMIT: Final = "POST /v1/{prefix}/transactions/commit"
_SECONDS: Final = 20


@cache
def require_common_commit(location: CatalogLocation) -> None:
    """Raise Terminal if the catalog lists what it can do, and a commit of several tables is not among it.

    What keeps it from answering is left to the engine, which tells it.
    """
    try:
        headers = {"Authorization": f"Bearer {token}"} if (token := _token(location)) else {}
        query = urlencode({"warehouse": location.warehouse})
        with urlopen(Request(f"{location.catalog_url}/v1/config?{query}", headers=headers), timeout=_SECONDS) as answer:  # noqa: S310  the URL has http or https
            config = json.load(answer)
    except (URLError, TimeoutError, ValueError):
        return
    endpoints = config.get("endpoints")
    if endpoints and _COMMIT not in endpoints:
        raise Terminal(
            f"the catalog {location.catalog_url} does not commit several tables in one request ({_COMMIT}): a load "
            "would not be seen whole; use a catalog that does"
        )


def _token(location: CatalogLocation) -> str | None:
    if location.token or not location.client:
        return location.token
    asked = {"grant_type": "client_credentials", "client_id": location.client, "client_secret": location.secret or ""}
    asked |= {"scope": location.scope} if location.scope else {}
    request = Request(location.token_url, urlencode(asked).encode())  # noqa: S310  as above
    with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310  as above
        token = json.load(answer).get("access_token")
    return str(token) if token else None
