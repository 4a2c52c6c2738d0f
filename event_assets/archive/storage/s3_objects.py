"""Objects of a storage: the bytes of one object, in exactly the version that is requested."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import fsspec
from fsspec.asyn import sync

from event_assets.archive.storage.error_advice import advise, storage_code

_PLAIN_ETAG: Final = re.compile(r"[\w-]+")
_CHANGED: Final = frozenset({"PreconditionFailed", "412", "InvalidRange", "416"})

PAUSES: Final = (0.1, 0.5, 2.0)
"""Seconds before each retry; drivers of object stores retry on their own below that."""

T = TypeVar("T")


class ObjectChanged(Exception):
    """The object is not the version that was listed."""


class BodyCutShort(OSError):
    """The storage sent less than it should have, or more."""


def ask_again(ask: Callable[[], T]) -> T:
    """Return the answer of a storage, trying up to four times while failures may pass; raise the last failure."""
    for pause in PAUSES:
        try:
            return ask()
        except (FileNotFoundError, ObjectChanged):
            raise
        except Exception as error:  # every storage driver fails with classes of its own
            if not advise(error).passing:
                raise
        time.sleep(pause)
    return ask()


def speaks_s3(fs: fsspec.AbstractFileSystem) -> bool:
    """Return whether the file system is s3fs, which can read one version of an object."""
    return "s3" in fs.protocol and hasattr(fs, "call_s3")


def list_prefix(fs: fsspec.AbstractFileSystem, path: str, *, delimiter: str = "/") -> list[dict[str, Any]]:
    """Return the entries of a bucket whose keys begin as a path does, folders too where a delimiter is given.

    The driver lists no prefix that ends with two slashes, or begins with one. Keys are unchanged; the name of a folder
    is without the last of its slashes.
    """
    bucket = fs.split_path(path)[0]
    wanted = {"Bucket": bucket, "Prefix": path.removeprefix(f"{bucket}/"), "Delimiter": delimiter, **fs.req_kw}
    entries: list[dict[str, Any]] = []
    while True:
        answer = fs.call_s3("list_objects_v2", **wanted)
        folders = [found["Prefix"][:-1] for found in answer.get("CommonPrefixes", ())]
        entries += [{"name": f"{bucket}/{name}", "type": "directory", "size": 0} for name in folders]
        files = answer.get("Contents", ())
        entries += [{**info, "name": f"{bucket}/{info['Key']}", "type": "file", "size": info["Size"]} for info in files]
        if not answer.get("IsTruncated"):
            return entries
        wanted["ContinuationToken"] = answer["NextContinuationToken"]


def read_object(fs: fsspec.AbstractFileSystem, path: str) -> bytes:
    """Return the whole object, in one request if possible. Raises errors of the file system."""
    return ask_again(lambda: _get_object(fs, path)[0] if speaks_s3(fs) else bytes(fs.cat_file(path)))


def read_version(fs: fsspec.AbstractFileSystem, path: str, etag: str, start: int, stop: int, size: int) -> bytes:
    """Return the bytes from `start` to `stop` of an S3 object that has this ETag and size.

    The request contains the ETag, so that the storage refuses another version; the ETag of the answer is checked too,
    because not every storage refuses. Raises `ObjectChanged`, `BodyCutShort`, FileNotFoundError, and errors of the file
    system.
    """
    wanted: dict[str, Any] = {}
    if _PLAIN_ETAG.fullmatch(etag) and not getattr(fs, "local_expiry_check", False):
        wanted["IfMatch"] = f'"{etag}"'
    if (start, stop) != (0, size):
        wanted["Range"] = f"bytes={start}-{stop - 1}"
    try:
        body, found = _get_object(fs, path, **wanted)
    except OSError as error:
        if storage_code(error) in _CHANGED:
            raise ObjectChanged from error
        raise
    if etag and found and found != etag:
        raise ObjectChanged
    if len(body) != stop - start:
        raise BodyCutShort(f"{len(body):,} bytes came instead of {stop - start:,}")
    return body


def _get_object(fs: fsspec.AbstractFileSystem, path: str, **wanted: str) -> tuple[bytes, str]:
    """Return the body and the ETag of one GET; s3fs would first request the size."""
    bucket = fs.split_path(path)[0]
    key = path.removeprefix(f"{bucket}/")  # the driver would cut a key at `?versionId=`
    answer = fs.call_s3("get_object", Bucket=bucket, Key=key, **wanted)
    try:
        return bytes(sync(fs.loop, answer["Body"].read)), str(answer.get("ETag", "")).strip('"')
    finally:
        answer["Body"].close()
