"""Mistakes of an operator, made for real: a change of a correct project, by the name of its row in docs/mistakes.md."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import boto3  # type: ignore[import-untyped]  # ships no types
import s3fs

from tests.defs.build import write_hours
from tests.s3 import REGION, Bucket, Store, require_credentials
from tests.s3_proxy import Proxy

ARCHIVE: Final = "archive"
FEW: Final = {"retries": {"max_attempts": 0}}
RIGHTS: Final[dict[str, list[str]]] = {
    "everything": ["s3:*", "sts:*"],
    "lists": ["s3:ListBucket"],
    "reads": ["s3:ListBucket", "s3:GetObject"],
    "nothing": ["sts:GetCallerIdentity"],
}


@dataclass(frozen=True)
class Ground:
    """A server that checks credentials, a bucket with an archive, and users with different rights."""

    bucket: Bucket
    proxy: Proxy
    keys: dict[str, dict[str, str]]

    def of(self, user: str) -> Bucket:
        """Return the bucket with the credentials of this user."""
        return replace(self.bucket, credentials=self.keys[user])


@dataclass
class Project:
    """A correct configuration, until a mistake is made in it."""

    ground: Ground
    folder: Path
    archive: str = ""
    lake: str = "lake"
    source: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    lake_options: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.archive = self.ground.bucket.url(ARCHIVE)
        self.options = self.ground.of("everything").options | {"config_kwargs": FEW}
        self.lake_options = dict(self.options)

    def write(self) -> Path:
        """Write the configuration file and return its path."""
        remote = "://" in self.lake
        lake = {"url": self.lake, **({"storage_options": self.lake_options} if remote else {})}
        source = {"archive": self.archive, "storage_options": self.options, "layout": "rudderstack", **self.source}
        document = {"lake": lake, "warehouse": str(self.folder / "w.duckdb"), "source": source}
        path = self.folder / "tideline.toml"
        path.write_text("\n".join(f"{name} = {_toml(value)}" for name, value in document.items()))
        return path


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name)} = {_toml(member)}" for name, member in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


@contextmanager
def prepare_ground(store: Store, proxy: Proxy, folder: Path) -> Iterator[Ground]:
    """Create an archive of two hours and the users; then let the server refuse requests without a key."""
    bucket = store.new_bucket().through(proxy.endpoint)
    write_hours(folder, [0, 1])
    bucket.copy_from(folder, ARCHIVE)
    names = {"aws_access_key_id": "tests", "aws_secret_access_key": "of-the-tests", "region_name": REGION}
    iam = boto3.client("iam", endpoint_url=store.endpoint, **names)
    keys = {}
    for user, actions in RIGHTS.items():
        statement = [{"Effect": "Allow", "Action": actions, "Resource": "*"}]
        iam.create_user(UserName=user)
        iam.put_user_policy(
            UserName=user, PolicyName=user, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement})
        )
        created = iam.create_access_key(UserName=user)["AccessKey"]
        keys[user] = {"key": created["AccessKeyId"], "secret": created["SecretAccessKey"]}
    iam.close()
    require_credentials(store)
    yield Ground(bucket, proxy, keys)


Mistake = Callable[[Project], None]
MISTAKES: Final[dict[str, Mistake]] = {}


def mistake(name: str) -> Callable[[Mistake], Mistake]:
    """Register a mistake under the name of its row."""

    def enter(make: Mistake) -> Mistake:
        MISTAKES[name] = make
        return make

    return enter


@mistake("the archive's bucket does not exist")
def _(it: Project) -> None:
    it.archive = "s3://our-archvie/events"


@mistake("nothing lies below the prefix")
def _(it: Project) -> None:
    it.archive = it.ground.bucket.url("evnets")


@mistake("the access key is not known")
def _(it: Project) -> None:
    it.options["key"] = "AKIAIOSFODNN7EXAMPLE"


@mistake("the secret is not the key's")
def _(it: Project) -> None:
    it.options |= {"secret": "not-of-this-key"}


@mistake("there are no credentials")
def _(it: Project) -> None:
    del it.options["key"], it.options["secret"]


@mistake("the token has expired")
def _(it: Project) -> None:
    it.ground.proxy.fail("expire", times=1000)


@mistake("the profile does not exist")
def _(it: Project) -> None:
    it.options["profile"] = "archvie"


@mistake("the role may not list")
def _(it: Project) -> None:
    it.options |= it.ground.keys["nothing"]


@mistake("the role may list, but not read")
def _(it: Project) -> None:
    it.options |= it.ground.keys["lists"]


@mistake("the bucket is in another region")
def _(it: Project) -> None:
    it.ground.proxy.fail("redirect", times=1000)


@mistake("nothing answers at the endpoint")
def _(it: Project) -> None:
    it.options["endpoint_url"] = "http://127.0.0.1:9"


@mistake("the endpoint is no URL")
def _(it: Project) -> None:
    it.options["endpoint_url"] = "minio.internal:9000"


@mistake("the endpoint is not S3")
def _(it: Project) -> None:
    it.options["endpoint_url"] = it.environment["A_WEB_SITE"]


@mistake("a storage option does not exist")
def _(it: Project) -> None:
    it.options["endpoint"] = it.options.pop("endpoint_url")


@mistake("the package for `gs://` is missing")
def _(it: Project) -> None:
    it.archive, it.options = "gs://our-archive/events", {}


@mistake("the package for `abfs://` is missing")
def _(it: Project) -> None:
    it.archive, it.options = "abfs://our-archive/events", {}


@mistake("the protocol does not exist")
def _(it: Project) -> None:
    it.archive, it.options = "s4://our-archive/events", {}


@mistake("the layout does not exist")
def _(it: Project) -> None:
    it.source["layout"] = "rudder"


@mistake("the template contains neither an hour nor a day")
def _(it: Project) -> None:
    it.source["layout"] = "{year}/{month}/*"


@mistake("no layout fits")
def _(it: Project) -> None:
    it.ground.of("everything").put("photos/holiday.jpg", b"x")
    it.archive = it.ground.bucket.url("photos")
    it.source["layout"] = "auto"


@mistake("the framing does not exist")
def _(it: Project) -> None:
    it.source["framing"] = "json"


@mistake("the shipped mapping does not exist")
def _(it: Project) -> None:
    it.source["mapping"] = "github"


@mistake("the mapping names a member that does not exist")
def _(it: Project) -> None:
    it.source["mapping"] = {"messageId": "id"}


@mistake("the lake's bucket does not exist")
def _(it: Project) -> None:
    it.lake = "s3://our-laek/tideline"


@mistake("the lake may not be read")
def _(it: Project) -> None:
    it.lake = it.ground.bucket.url("lake")
    it.lake_options |= it.ground.keys["nothing"]


@mistake("the lake may be read, but not written")
def _(it: Project) -> None:
    it.lake = it.ground.bucket.url("lake")
    it.lake_options |= it.ground.keys["reads"]


@mistake("a file is where the lake's folder should be")
def _(it: Project) -> None:
    (it.folder / "lake").write_text("x")


@mistake("a note of the lake was written by a newer version")
def _(it: Project) -> None:
    it.lake = it.ground.bucket.url("newer")
    it.ground.of("everything").put("newer/default/hours/2026-01-31T07.json", b'{"format": 1000}')


@contextmanager
def web_site() -> Iterator[str]:
    """Serve HTTP on a port that is no storage."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.end_headers()
            self.wfile.write(b"<html><body>Welcome</body>")

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def forget_connections() -> None:
    """Clear the connections that s3fs caches, so that one mistake does not affect the next."""
    s3fs.S3FileSystem.clear_instance_cache()
