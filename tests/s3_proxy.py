"""A way to the S3 server that counts what passes and fails on request: throttled, broken, cut, reset.

`cut` ends a body before its length, `short` sends half of it as if that were all."""

from __future__ import annotations

import http.client
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal
from urllib.parse import parse_qs, urlsplit

from tests.s3 import Store

Trouble = Literal["throttle", "error", "cut", "short", "reset", "redirect", "expire", "cold", "deny"]

ANSWERS: Final[dict[str, tuple[int, str]]] = {
    "throttle": (503, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"),
    "error": (500, "<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"),
    "cold": (403, "<Error><Code>InvalidObjectState</Code><Message>The operation is not valid.</Message></Error>"),
    "deny": (403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"),
    "expire": (400, "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"),
    "redirect": (
        301,
        "<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using"
        " the specified endpoint.</Message></Error>",
    ),
}


_OURS: Final = frozenset({"connection", "transfer-encoding", "content-length"})


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]

    @property
    def prefix(self) -> str | None:
        """The prefix of a listing; None for another request."""
        return self.query.get("prefix", [""])[0] if "list-type" in self.query else None


@dataclass
class Rule:
    """What goes wrong, with which requests, and how often still."""

    trouble: Trouble
    method: str
    key: re.Pattern[str]
    times: int
    after: int = 0


@dataclass
class Proxy:
    """A running proxy."""

    endpoint: str
    requests: list[Request] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, trouble: Trouble, *, method: str = "GET", key: str = "", times: int = 1, after: int = 0) -> None:
        """Let the next requests go wrong whose path, with its query, has this pattern, `after` so many."""
        self.rules.append(Rule(trouble, method, re.compile(key), times, after))

    def clear(self) -> None:
        """Forget what has passed and what was to go wrong."""
        self.requests.clear()
        self.rules.clear()
        self.most_at_once = 0

    def count(self, method: str, key: str = "") -> int:
        """How many requests passed."""
        return sum(each.method == method and re.search(key, each.path) is not None for each in self.requests)

    def begin(self, request: Request, line: str) -> Trouble | None:
        """Note a request; what is to go wrong with it."""
        with self._lock:
            self.requests.append(request)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            for rule in self.rules:
                if rule.times and rule.method == request.method and rule.key.search(line):
                    if rule.after:
                        rule.after -= 1
                        continue
                    rule.times -= 1
                    return rule.trouble
        return None

    def end(self) -> None:
        """A request is answered."""
        with self._lock:
            self._now -= 1


@contextmanager
def start_proxy(store: Store) -> Iterator[Proxy]:
    """A proxy before the server, on a port of its own."""
    proxy_server = Proxy("")

    class Handler(_Handler):
        proxy = proxy_server
        origin = store.endpoint.removeprefix("http://")

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        proxy_server.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy_server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # or a PUT that expects 100 Continue waits for ever
    proxy: Proxy
    origin: str

    def _pass_on(self) -> None:
        parts = urlsplit(self.path)
        request = Request(self.command, parts.path, parse_qs(parts.query), dict(self.headers.items()))
        trouble = self.proxy.begin(request, self.path)
        try:
            content = self._read_body()
            if trouble in ANSWERS:
                status, text = ANSWERS[trouble]
                self._answer(status, [("x-amz-bucket-region", "eu-west-3")], text.encode())
            elif trouble == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                socket.socket(fileno=self.connection.detach()).close()
                self.close_connection = True
            else:
                self._forward(content, trouble)
        finally:
            self.proxy.end()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on

    def _read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _forward(self, content: bytes, trouble: Trouble | None) -> None:
        connection = http.client.HTTPConnection(self.origin, timeout=30)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            connection.request(self.command, self.path, content, headers)
            answer = connection.getresponse()
            body = answer.read()
            kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _OURS]
            declared = len(body) if self.command != "HEAD" else int(answer.headers.get("Content-Length", 0))
            sent = body[: len(body) // 2] if trouble in {"cut", "short"} else body
            self._answer(answer.status, kept, sent, length=len(sent) if trouble == "short" else declared)
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, length: int | None = None) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
