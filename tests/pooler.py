"""A pooler between clients and a PostgreSQL server, in transaction or session mode, as PgBouncer is one.

It speaks the protocol itself: clients log in at the pooler, and their messages go to one of few server connections. In
transaction mode a client keeps its server connection until the server is ready outside a transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from tests.postgres import Database

_PLAIN_ONLY: Final = {80877103, 80877104}
"""Codes by which a client asks for TLS or GSSAPI."""
_ANSWERED: Final = b"QSF"
"""Messages of a client that the server answers with ReadyForQuery."""


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return the kind of the next message, and all its bytes."""
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(struct.unpack("!i", head[1:])[0] - 4)


@dataclass(eq=False)
class _Backend:
    """A connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    greeting: bytes = b""
    """The server's parameters, for the clients."""

    @classmethod
    async def open(cls, database: Database) -> _Backend:
        """Log in as the superuser, whom the server trusts."""
        folder = parse_qs(urlsplit(database.url).query)["host"][0]
        backend = cls(*await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432"))
        names = f"user\0postgres\0database\0{database.name}\0\0".encode()
        backend.writer.write(struct.pack("!ii", len(names) + 8, 3 << 16) + names)
        kind = b""
        while kind != b"Z":
            kind, message = await _read(backend.reader)
            backend.greeting += message if kind == b"S" else b""
        return backend

    async def reset(self) -> None:
        """Forget what a session has set."""
        self.writer.write(_message(b"Q", b"DISCARD ALL\0"))
        while (await _read(self.reader))[0] != b"Z":
            pass


@dataclass(eq=False)
class Pooler:
    """The pool of one database."""

    database: Database
    mode: str
    size: int
    port: int = 0
    _idle: list[_Backend] = field(default_factory=list)
    _opened: list[_Backend] = field(default_factory=list)
    _clients: list[asyncio.StreamWriter] = field(default_factory=list)
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    @property
    def warehouse_url(self) -> str:
        """For a load."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{self.database.name}"

    async def fill(self) -> None:
        """Open all server connections."""
        for _ in range(self.size):
            self.give(await self.open())

    async def open(self) -> _Backend:
        """Open a server connection."""
        backend = await _Backend.open(self.database)
        self._opened.append(backend)
        return backend

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients:
            client.transport.abort()
        for backend in self._opened:
            backend.writer.close()
            with contextlib.suppress(ConnectionError):
                await backend.writer.wait_closed()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a client until it leaves."""
        self._clients.append(writer)
        try:
            if await self._log_in(reader, writer):
                await _Client(self, reader, writer).run()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _log_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        while True:
            length, code = struct.unpack("!ii", await reader.readexactly(8))
            rest = await reader.readexactly(length - 8)
            if code not in _PLAIN_ONLY:
                break
            writer.write(b"N")
        if b"options\0" in rest:
            text = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
            writer.write(_message(b"E", text))
            return False
        key = _message(b"K", struct.pack("!ii", secrets.randbits(30) | 1 << 30, secrets.randbits(30)))
        greeting = self._opened[0].greeting
        writer.write(_message(b"R", struct.pack("!i", 0)) + greeting + key + _message(b"Z", b"I"))
        return True

    async def take(self) -> _Backend:
        """Take the server connection that was used last."""
        await self._free.acquire()
        return self._idle.pop()

    def give(self, backend: _Backend) -> None:
        """Give a server connection back."""
        self._idle.append(backend)
        self._free.release()


@dataclass(eq=False)
class _Client:
    pooler: Pooler
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    backend: _Backend | None = None
    unanswered: int = 0
    status: bytes = b"I"
    pump: asyncio.Task[None] | None = None

    async def run(self) -> None:
        try:
            while True:
                kind, message = await _read(self.reader)
                if kind == b"X":
                    return
                if self.backend is None:
                    self.backend = await self.pooler.take()
                    self.pump = asyncio.create_task(self._answer(self.backend))
                self.unanswered += kind in _ANSWERED
                self.backend.writer.write(message)
        finally:
            await self._leave()

    async def _answer(self, backend: _Backend) -> None:
        while True:
            kind, message = await _read(backend.reader)
            self.writer.write(message)
            if kind == b"Z":
                self.unanswered, self.status = self.unanswered - 1, message[-1:]
                if self.pooler.mode == "transaction" and not self.unanswered and self.status == b"I":
                    self.backend = None
                    self.pooler.give(backend)
                    return

    async def _leave(self) -> None:
        if self.backend is None or self.pump is None:
            return
        self.pump.cancel()
        with contextlib.suppress(asyncio.CancelledError, asyncio.IncompleteReadError):
            await self.pump
        if self.status == b"I" and not self.unanswered:
            await self.backend.reset()
        else:
            self.backend.writer.close()
            self.backend = await self.pooler.open()
        self.pooler.give(self.backend)


@contextmanager
def pooled(database: Database, mode: str, size: int = 2) -> Iterator[Pooler]:
    """Run a pooler before a database."""
    loop, pooler, ready = asyncio.new_event_loop(), Pooler(database, mode, size), threading.Event()

    async def serve() -> None:
        await pooler.fill()
        server = await asyncio.start_server(pooler.serve, "127.0.0.1", 0)
        pooler.port = server.sockets[0].getsockname()[1]
        ready.set()
        with contextlib.suppress(asyncio.CancelledError):
            await server.serve_forever()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(task)
        others = asyncio.all_tasks(loop)
        for other in others:
            other.cancel()
        loop.run_until_complete(asyncio.gather(*others, return_exceptions=True))
        loop.run_until_complete(pooler.close())
        loop.run_until_complete(asyncio.sleep(0.05))  # connections end in the loop
        loop.close()

    task = loop.create_task(serve())
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield pooler
    finally:
        time.sleep(0.1)  # a server that is closed leaks who has just come in
        loop.call_soon_threadsafe(task.cancel)
        thread.join(30)
