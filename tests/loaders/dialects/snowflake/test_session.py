"""The arguments of the driver that a URL gives, and what is refused before it is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from loaders.connection.warehouse import Warehouse
from loaders.dialects.snowflake import session
from loaders.dialects.snowflake.session import connect_arguments, require_driver
from loaders.interface.errors import Terminal

URL = "snowflake://loader:p%40ss@org-account/analytics?warehouse=LOADING&role=LOADER"


def test_a_url_gives_the_arguments_of_the_driver() -> None:
    given = connect_arguments(make_url(URL), wait=20)
    assert {name: given[name] for name in ("account", "user", "password", "database", "warehouse", "role")} == {
        "account": "org-account", "user": "loader", "password": "p@ss", "database": "ANALYTICS", "warehouse": "LOADING",
        "role": "LOADER",
    }  # fmt: skip
    parameters = given["session_parameters"]
    assert isinstance(parameters, dict)
    assert (parameters["TIMEZONE"], parameters["AUTOCOMMIT"], parameters["LOCK_TIMEOUT"]) == ("UTC", True, 20)


def test_a_key_wins_over_a_password_and_its_passphrase_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key.p8"
    key.write_text("-----BEGIN")
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", "hidden")
    given = connect_arguments(make_url(f"{URL}&private_key_file={key}"), wait=20)
    assert (given["private_key_file"], given["private_key_file_pwd"]) == (str(key), "hidden")
    assert (given["authenticator"], "password" in given) == ("SNOWFLAKE_JWT", False)


def test_a_password_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "other")
    assert connect_arguments(make_url("snowflake://loader@account/db"), wait=1)["password"] == "other"  # noqa: S105


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("snowflake:///db", "names no account"),
        ("snowflake://account/db", "names no user"),
        ("snowflake://loader@account", "names no database"),
    ],
)
def test_a_url_that_lacks_something_is_refused(url: str, reason: str) -> None:
    with pytest.raises(Terminal, match=reason):
        Warehouse.open(url)


def test_a_key_that_is_no_file_and_an_unknown_parameter_are_refused() -> None:
    with pytest.raises(Terminal, match="is not a file: /nowhere"):
        connect_arguments(make_url(f"{URL}&private_key_file=/nowhere"), wait=1)
    with pytest.raises(Terminal, match="the warehouse URL has wharehouse: known are"):
        connect_arguments(make_url(f"{URL}&wharehouse=X"), wait=1)


def test_a_missing_package_is_told_with_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "find_spec", lambda _name: None)
    with pytest.raises(Terminal, match=r"pip install 'tideline\[snowflake\]'"):
        require_driver()
