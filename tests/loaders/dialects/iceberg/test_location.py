"""The URL of an Iceberg warehouse, and who is let in."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import make_url

from loaders.connection.warehouse import Warehouse
from loaders.dialects.iceberg.location import CatalogLocation
from loaders.interface.errors import Terminal


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("iceberg://", "in a REST catalog"),
        ("iceberg:///path?warehouse=w", "in a REST catalog"),
        ("iceberg+ftp://host?warehouse=w", "in a REST catalog"),
        ("iceberg://host/path", "names no warehouse"),
        ("iceberg://host?warehouse=w&data_path=x", "no parameter data_path"),
        ("iceberg://host?warehouse=w&warehouse=v", "one warehouse"),
    ],
)
def test_a_url_that_cannot_be_one_is_refused(url: str, message: str) -> None:
    with pytest.raises(Terminal, match=message):
        Warehouse.open(url)


def test_the_url_names_the_catalog_and_the_environment_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEBERG_CLIENT_ID", "client")
    monkeypatch.setenv("ICEBERG_CLIENT_SECRET", "s3cret")
    found = CatalogLocation.from_url(
        make_url("iceberg://host:8181/api/catalog/?warehouse=w&endpoint_url=http://bucket")
    )
    assert found.catalog_url == "https://host:8181/api/catalog"
    assert found.token_url == "https://host:8181/api/catalog/v1/oauth/tokens"  # noqa: S105  an address
    assert (found.client, found.secret, found.endpoint_url) == ("client", "s3cret", "http://bucket")
    assert CatalogLocation.from_url(make_url("iceberg+http://[::1]:81?warehouse=w")).catalog_url == "http://[::1]:81"


def test_no_secret_is_shown() -> None:
    warehouse = Warehouse.open("iceberg://client:s3cret@host?warehouse=w")
    assert "s3cret" not in repr(warehouse)
