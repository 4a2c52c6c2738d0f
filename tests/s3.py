"""A real S3 protocol for the tests: moto's server in a process of its own, buckets in it, folders copied to them.

Run as a module it is that server: it prints its port, and stops when its standard input is closed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
import s3fs

ROOT: Final = Path(__file__).resolve().parent.parent
REGION: Final = "eu-central-1"
CREDENTIALS: Final = {"key": "tests", "secret": "of-the-tests"}


@dataclass(frozen=True)
class Bucket:
    """One bucket of the server; picklable, so that other processes of a test can use it."""

    name: str
    endpoint: str
    credentials: Mapping[str, str] = field(default_factory=lambda: dict(CREDENTIALS))

    @property
    def options(self) -> dict[str, Any]:
        """The `storage_options` as a user of such a server writes them."""
        return {"endpoint_url": self.endpoint, **self.credentials, "client_kwargs": {"region_name": REGION}}

    @property
    def files(self) -> s3fs.S3FileSystem:
        """The bucket as the tests look at it and change it, with nothing remembered."""
        return s3fs.S3FileSystem(**self.options, use_listings_cache=False)

    def url(self, prefix: str = "") -> str:
        """The URL of a prefix."""
        return f"s3://{self.name}/{prefix}".rstrip("/")

    def through(self, endpoint: str) -> Bucket:
        """The same bucket by another way to the server."""
        return replace(self, endpoint=endpoint)

    def put(self, key: str, content: bytes) -> None:
        """Make an object, or write it anew."""
        self.files.pipe_file(f"{self.name}/{key}", content)

    def read(self, key: str) -> bytes:
        """The content of an object."""
        return bytes(self.files.cat_file(f"{self.name}/{key}"))

    def remove(self, *keys: str) -> None:
        """Take objects away."""
        for key in keys:
            self.files.rm_file(f"{self.name}/{key}")

    def keys(self, prefix: str = "") -> dict[str, dict[str, Any]]:
        """What lies below a prefix, by key in the bucket."""
        found: dict[str, dict[str, Any]] = self.files.find(f"{self.name}/{prefix}".rstrip("/"), detail=True)
        return {name.removeprefix(f"{self.name}/"): info for name, info in found.items() if info["type"] == "file"}

    def copy_from(self, folder: Path, prefix: str) -> None:
        """Make the prefix hold what the folder holds: new and changed files are put, others taken away."""
        there = {key: info["ETag"].strip('"') for key, info in self.keys(prefix).items()}
        wanted = {f"{prefix}/{path.relative_to(folder)}": path for path in folder.rglob("*") if path.is_file()}
        self.remove(*(key for key in there if key not in wanted))
        for key, path in sorted(wanted.items()):
            content = path.read_bytes()
            if there.get(key) != hashlib.md5(content).hexdigest():  # noqa: S324 - what S3 takes as ETag
                self.put(key, content)


@dataclass(frozen=True)
class Store:
    """A running server."""

    endpoint: str

    def new_bucket(self) -> Bucket:
        """An empty bucket."""
        bucket = Bucket(f"tideline-{uuid.uuid4().hex[:12]}", self.endpoint)
        bucket.files.mkdir(bucket.name)
        return bucket


@contextmanager
def start_store() -> Iterator[Store]:
    """A server of its own; stopped at the end."""
    command = [sys.executable, "-m", "tests.s3"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = process.stdout.readline()
        yield Store(f"http://127.0.0.1:{int(port)}")
        process.stdin.close()
        process.wait(30)


@pytest.fixture(scope="session")
def s3() -> Iterator[Store]:
    """The S3 server of this test session."""
    with start_store() as store:
        yield store


def require_credentials(store: Store) -> None:
    """From now on the server asks who calls, and what they may do."""
    url = f"{store.endpoint}/moto-api/reset-auth"
    request = urllib.request.Request(url, b"0", {"Content-Type": "text/plain"})  # noqa: S310 - http to ourselves
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        assert json.loads(answer.read())["status"] == "ok"


def serve() -> None:
    """Serve on a free port until standard input ends."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    sys.stdout.write(f"{server.get_host_and_port()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    serve()
