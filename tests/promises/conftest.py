"""Fixtures of the promises: folders or S3 for archive and lake, DuckDB or PostgreSQL for tables."""

from __future__ import annotations

import pytest

from tests.s3 import Store


@pytest.fixture(scope="session", params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest) -> Store | None:
    """Where archive and lake are, of each kind in turn: nowhere for folders, then the S3 server, with the slow ones."""
    found: Store | None = request.getfixturevalue("s3") if request.param == "s3" else None
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """S3 is tried with DuckDB and small archives: neither a server nor size sees where files lie."""
    dropped = [item for item in items if _needless(item)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in set(dropped)]


def _needless(item: pytest.Item) -> bool:
    chosen = getattr(item, "callspec", None)
    params = chosen.params if chosen is not None else {}
    larger = {"server": "postgresql", "reference": "full", "both": 500}
    return params.get("store") == "s3" and any(params.get(name) == value for name, value in larger.items())
