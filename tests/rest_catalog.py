"""A way to SeaweedFS's Iceberg catalog that takes names of tables as other catalogs do, and can lose an answer.

SeaweedFS takes the names of Amazon's S3 Tables alone: none begins with `_`. On this way such a table has `u-` before
its name; nothing else is changed. Run as a module it is that way: it prints its port, and stops when its standard input
is closed.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

ROOT: Final = Path(__file__).resolve().parent.parent
_PREFIX: Final = "u-"
_LOSE: Final = "/lose-next-commit"
_COMMITS: Final = "/commits"
_DIRECT: Final = "/direct"
_lost: list[bool] = []
_committed: list[str] = []


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@contextmanager
def start_proxy(catalog: str) -> Iterator[str]:
    """A process of its own; its address."""
    command = [sys.executable, "-m", "tests.rest_catalog", catalog]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()
        process.wait(30)


def lose_next_commit(proxy: str) -> None:
    """Let the answer to the next commit of several tables be lost: the catalog has done it."""
    with urllib.request.urlopen(urllib.request.Request(f"{proxy}{_LOSE}", b"")):  # noqa: S310  http to ourselves
        pass


def commits(proxy: str) -> list[str]:
    """The paths of all requests so far that commit states of tables."""
    with urllib.request.urlopen(f"{proxy}{_COMMITS}") as answer:  # noqa: S310  as above
        return list(json.loads(answer.read()))


def direct(proxy: str) -> str:
    """The address of the catalog itself, which takes no table whose name begins with `_`."""
    with urllib.request.urlopen(f"{proxy}{_DIRECT}") as answer:  # noqa: S310  as above
        return str(json.loads(answer.read()))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    catalog = ""
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._pass()

    do_POST = do_DELETE = do_HEAD = do_GET

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path in {_LOSE, _COMMITS, _DIRECT}:
            self._answer(200, [], self._told())
            return
        if self.command == "POST" and re.search(r"/transactions/commit$|/tables/[^/]+$", self.path):
            _committed.append(self.path)
        connection = HTTPConnection(urlsplit(self.catalog).netloc)
        path = re.sub(r"/tables/_", f"/tables/{_PREFIX}_", self.path)
        headers = {key: value for key, value in self.headers.items() if key.lower() not in {"host", "content-length"}}
        connection.request(self.command, path, _renamed(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if self.path.endswith("/transactions/commit") and _lost:
            _lost.pop()
            self.close_connection = True
            return
        self._answer(answer.status, answer.getheaders(), _renamed_back(content))

    def _told(self) -> bytes:
        if self.path == _LOSE:
            _lost.append(True)
        return json.dumps(_committed if self.path == _COMMITS else self.catalog).encode()

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for key, value in headers:
            if key.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


def _renamed(body: bytes) -> bytes:
    """The body of a request with the server's names of tables."""
    if not body.startswith(b"{"):
        return body
    content = json.loads(body)
    for named in _tables_of(content):
        if named["name"].startswith("_"):
            named["name"] = f"{_PREFIX}{named['name']}"
    return json.dumps(content).encode()


def _renamed_back(content: bytes) -> bytes:
    """The body of an answer that lists tables."""
    if not content.startswith(b'{"identifiers"'):
        return content
    found = json.loads(content)
    for named in found["identifiers"]:
        named["name"] = named["name"].removeprefix(_PREFIX)
    return json.dumps(found).encode()


def _tables_of(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts of a request that name a table."""
    if isinstance(content.get("name"), str) and "schema" in content:
        yield content
    for change in (content, *content.get("table-changes", ())):
        if "identifier" in change:
            yield change["identifier"]


def serve(catalog: str) -> None:
    """Serve on a free port until standard input ends."""
    _Handler.catalog = catalog
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    serve(sys.argv[1])
