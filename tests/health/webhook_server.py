"""A real HTTP server on this machine that takes alerts, and that can answer 500, hang or drip."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Webhook:
    """The requests that the server received, and its answers to the next ones."""

    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    manner: str = "well"
    """`well`, `500`, `hang`, or `drip` for a byte of the answer now and then."""
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving() -> Iterator[Webhook]:
    """Serve until the end of the block."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            with suppress(OSError):  # the client has closed the connection
                self.answer()

        def answer(self) -> None:
            if hook.manner == "hang":
                hook.closing.wait(60)
            while hook.manner == "drip" and not hook.closing.wait(0.1):
                self.wfile.write(b"H")
            self.send_response(500 if hook.manner == "500" else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook.url = f"http://127.0.0.1:{server.server_port}/hooks/hush-token"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.closing.set()
        server.shutdown()
        server.server_close()
