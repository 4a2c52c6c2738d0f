"""Extensions of the engine come from their packages, have the driver's version and a sound signature."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from loaders.dialects.embedded.extensions import engine_options, find_extension, load_extension
from loaders.interface.errors import Terminal


def load(name: str) -> None:
    engine = sa.create_engine("duckdb:///:memory:", connect_args={"config": engine_options()})
    with engine.connect() as connection:
        load_extension(connection, name)


def install(folder: Path, name: str, version: str) -> Path:
    """A package as those of the extensions are, with a file that is none."""
    file = folder / f"duckdb_extension_{name}" / "extensions" / f"v{version}" / f"{name}.duckdb_extension"
    file.parent.mkdir(parents=True)
    (folder / f"duckdb_extension_{name}" / "__init__.py").touch()
    file.write_bytes(b"not an extension")
    return file


def test_the_extension_of_the_package_has_the_version_of_the_driver() -> None:
    file = find_extension("ducklake")
    assert file is not None
    assert file.parent.name == f"v{duckdb.__version__}"
    load("ducklake")


def test_a_missing_extension_is_an_error_with_the_line_that_installs_it() -> None:
    with pytest.raises(Terminal, match=r"not installed: pip install 'tideline\[ducklake\]'"):
        load("absent_one")


def test_an_extension_for_another_driver_is_refused_with_both_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "elder", "1.0.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Terminal, match=rf"is for DuckDB 1.0.0, the driver is {duckdb.__version__}"):
        load("elder")


def test_a_file_without_a_sound_signature_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = find_extension("ducklake")
    assert sound is not None
    file = install(tmp_path, "forged", duckdb.__version__)
    content = bytearray(sound.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Terminal, match=r"forged of DuckDB cannot be loaded.*signature is either missing or invalid"):
        load("forged")
