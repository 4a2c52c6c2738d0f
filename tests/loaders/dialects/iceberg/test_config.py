"""A catalog that commits table by table is refused, before anything is written."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy.engine import make_url

from loaders.dialects.iceberg.config import require_common_commit
from loaders.dialects.iceberg.location import CatalogLocation
from loaders.interface.errors import Terminal


@contextmanager
def catalog(config: dict[str, object]) -> Iterator[CatalogLocation]:
    """A catalog that says this of itself to who has the token."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers.get("Authorization") == "Bearer t0ken" and "warehouse=w+1" in self.path
            self.send_response(200 if allowed else 401)
            self.end_headers()
            self.wfile.write(json.dumps(config).encode())

        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"access_token": "t0ken"}')

        def log_message(self, format: str, *args: object) -> None:
            """Write no log."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"iceberg+http://client:secret@127.0.0.1:{server.server_port}?warehouse=w 1"
        yield CatalogLocation.from_url(make_url(url))
    finally:
        server.shutdown()
        server.server_close()


def test_a_catalog_without_a_common_commit_is_refused() -> None:
    with (
        catalog({"endpoints": ["POST /v1/{prefix}/namespaces/{namespace}/tables/{table}"]}) as location,
        pytest.raises(Terminal, match="does not commit several tables in one request"),
    ):
        require_common_commit(location)


@pytest.mark.parametrize("config", [{}, {"endpoints": ["POST /v1/{prefix}/transactions/commit"]}])
def test_one_that_has_it_or_lists_nothing_is_not(config: dict[str, object]) -> None:
    with catalog(config) as location:
        require_common_commit(location)


def test_one_that_does_not_answer_is_left_to_the_engine() -> None:
    require_common_commit(CatalogLocation.from_url(make_url("iceberg+http://127.0.0.1:1?warehouse=w")))
