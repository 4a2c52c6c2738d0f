"""Every way to credentials that s3fs has: keys, environment, profile, anonymous, an assumed role, a web identity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import boto3  # type: ignore[import-untyped]  # ships no types
import pytest
import s3fs

from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.source import ArchiveSource
from event_assets.lake.store import Lake
from tests.s3 import CREDENTIALS, REGION, Bucket, start_store
from tests.s3_proxy import Proxy, start_proxy

KEY = "raw/2026/01/31/07/a.jsonl"
ROLE = "arn:aws:iam::123456789012:role/loader"


@dataclass(frozen=True)
class Ground:
    """A bucket, and the way to it on which the tests see who calls."""

    bucket: Bucket
    proxy: Proxy

    def callers(self) -> set[str]:
        """The access keys by which the storage was asked; nothing for an anonymous caller."""
        asked = [each for each in self.proxy.requests if each.method == "GET"]
        return {each.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0] for each in asked}


@pytest.fixture(scope="module")
def way() -> Iterator[Ground]:
    with start_store() as store, start_proxy(store) as proxy:
        bucket = store.new_bucket()
        bucket.put(KEY, b"{}\n")
        iam = boto3.client(
            "iam",
            endpoint_url=store.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["key"],
            aws_secret_access_key=CREDENTIALS["secret"],
        )
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Principal": "*"}]}
        iam.create_role(RoleName="loader", AssumeRolePolicyDocument=json.dumps(trust))
        iam.close()
        yield Ground(bucket.through(proxy.endpoint), proxy)


@pytest.fixture
def ground(way: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """No credentials from outside; the endpoint as a user sets it beside the options."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", way.proxy.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    s3fs.S3FileSystem.clear_instance_cache()
    way.proxy.clear()
    return way


def prove_access(ground: Ground, **options: object) -> None:
    """The archive is listed and the lake written and read by these options, and nothing else."""
    listing = list_hours(ArchiveSource(ground.bucket.url("raw"), storage_options=options))
    assert list(listing.hours) == [datetime(2026, 1, 31, 7, tzinfo=UTC)]
    lake = Lake(ground.bucket.url("lake"), options)
    lake.publish_bytes(b"x", "a/b")
    assert lake.read_bytes("a/b") == b"x"


def test_keys_in_the_options(ground: Ground) -> None:
    prove_access(ground, **{"key": "one", "secret": "two"})
    assert ground.callers() == {"one"}


def test_keys_in_the_environment(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-outside")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    prove_access(ground)
    assert ground.callers() == {"from-outside"}


def test_a_public_bucket_without_keys(ground: Ground) -> None:
    assert list_hours(ArchiveSource(ground.bucket.url("raw"), storage_options={"anon": True})).hours
    assert ground.callers() == {""}


def test_a_profile(ground: Ground, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[reader]\naws_access_key_id = of-the-profile\naws_secret_access_key = x\n")
    prove_access(ground, profile="reader")
    assert ground.callers() == {"of-the-profile"}


def test_a_profile_that_assumes_a_role(ground: Ground, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[base]\naws_access_key_id = base\naws_secret_access_key = x\n")
    (tmp_path / "config").write_text(f"[profile loader]\nrole_arn = {ROLE}\nsource_profile = base\n")
    prove_access(ground, profile="loader")
    assert {caller[:4] for caller in ground.callers()} == {"ASIA"}
    assert all("X-Amz-Security-Token" in each.headers for each in ground.proxy.requests if each.method == "GET")


def test_a_web_identity(ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Kubernetes gives it to a pod."""
    (tmp_path / "token").write_text("a.web.identity")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    prove_access(ground)
    assert {caller[:4] for caller in ground.callers()} == {"ASIA"}
