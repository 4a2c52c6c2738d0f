"""`tideline forget` from outside: what it prints, what it refuses, and a load after it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_app import document, tideline
from tests.defs.build import hour, track, write_config, write_file

KEY = {"TIDELINE_ERASURE_KEY": "a key that only this test knows"}


def test_the_command_reports_before_and_erases_after(tmp_path: Path) -> None:
    mine, other = track("m1", at=hour(0)), track("m2", at=hour(0)) | {"userId": "u2"}
    write_file(tmp_path / "archive", hour(0), [mine, other, {**mine, "messageId": "m3", "userId": "u3"}])
    write_config(tmp_path)
    document(tideline("load", "--json", cwd=tmp_path))
    refused = tideline("forget", "--user-id", "u1", cwd=tmp_path)
    assert (refused.returncode, "TIDELINE_ERASURE_KEY is not set" in refused.stderr) == (2, True)
    nobody = tideline("forget", cwd=tmp_path, **KEY)
    assert (nobody.returncode, "Nobody is named" in nobody.stderr) == (2, True)
    (tmp_path / "ids.csv").write_text("user_id,anonymous_id\nu1,\nu3,\n")
    asked = ("forget", "--file", "ids.csv")
    (line, last) = document(tideline(*asked, "--archive-report", "--json", cwd=tmp_path, **KEY))["lines"]
    assert (line["line"], last["line"], line["file"].endswith(".json.gz")) == (1, 3, True)
    (dry,) = document(tideline(*asked, "--dry-run", "--json", cwd=tmp_path, **KEY))["sources"]
    assert (dry["rows"], dry["done"]) == ({"order_completed": 2, "tracks": 2}, False)
    done = tideline(*asked, "--reason", "asked", cwd=tmp_path, **KEY)
    assert (done.returncode, "erased in 1 archive hours" in done.stdout) == (0, True)
    assert "u1" not in done.stdout
    write_file(tmp_path / "archive", hour(0), [track("m4", at=hour(0)), other], part=1)
    without_key = tideline("load", cwd=tmp_path)
    assert (without_key.returncode, "TIDELINE_ERASURE_KEY is not set" in without_key.stderr) == (2, True)
    loaded = document(tideline("load", "--json", cwd=tmp_path, **KEY))
    assert loaded["hours"][0]["counts"]["events"] == 2
    status = document(tideline("status", "--json", cwd=tmp_path))["sources"][0]
    assert status["tables"]["tracks"] == 1


def test_a_file_of_ids_is_refused_where_its_columns_are_unclear(tmp_path: Path) -> None:
    write_config(tmp_path)
    for text, words in (
        ("user_id,email\nu1,x\n", "has a column 'email'"),
        ("u1,u2\n", "has several columns"),
        ("", "is empty"),
        ('u1\n"u2\nu3\n', "cannot be read: unexpected end of data"),
    ):
        (tmp_path / "ids.csv").write_text(text)
        done = tideline("forget", "--file", "ids.csv", cwd=tmp_path, **KEY)
        assert (done.returncode, words in done.stderr) == (2, True)
    blank = tideline("forget", "--user-id", " ", cwd=tmp_path, **KEY)
    assert (blank.returncode, "An id is empty" in blank.stderr) == (2, True)
