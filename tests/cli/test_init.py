"""`tideline init` as a user runs it: what it writes, what it refuses to write, and the messages then."""

from __future__ import annotations

import json
import logging
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import s3fs
from moto.server import ThreadedMotoServer

from event_assets.config.settings import load_settings
from tests.archive.trees import FIRST, STRANGERS, event, write, write_foreign, write_tree
from tests.cli.conftest import Tideline

OPERATOR_MISTAKE = 2
UNRECOGNIZED = 3


def test_what_is_written_is_what_loads(tideline: Tideline, tmp_path: Path) -> None:
    write_tree(tmp_path / "bucket/raw", "rudderstack", hours=(0, 1, 4))
    done = tideline("init", "bucket")
    assert (done.code, done.err) == (0, "")
    assert tomllib.loads((tmp_path / "tideline.toml").read_text()) == {
        "lake": "lake",
        "warehouse": "warehouse.duckdb",
        "source": {"archive": "bucket/raw", "layout": "rudderstack"},
    }
    keys, span = "rudder-logs/*/{date}/{epoch}.*.json.gz", "2026-01-30T05 to 2026-01-30T09, 3 with files"
    for words in (keys, span, "2 hours without a file", "20.00% of 300 that were read"):
        assert words in done.out
    assert re.search(r"bytes by hour +│ [▁-█]{2}  [▁-█]", done.out)
    assert "tideline load" in done.out
    assert "\x1b" not in done.out
    loaded = tideline("load", "--json").document
    assert (loaded["loaded"], loaded["totals"]["events"], loaded["totals"]["late"]) == (3, 300, 60)


def test_the_examples_of_the_file_are_settings_without_their_mark(tideline: Tideline, tmp_path: Path) -> None:
    write_tree(tmp_path / "archive", "rudderstack", hours=(0,))
    document = tideline("init", "archive", "--print").out
    (tmp_path / "tideline.toml").write_text(re.sub(r"^# (\w+ = )", r"\1", document, flags=re.MULTILINE))
    source = load_settings({}, folder=tmp_path).sources["default"]
    assert [(rule.path, rule.how) for rule in source.masking.rules] == [
        ("context.ip", "truncate"),
        ("request_ip", "truncate"),
    ]
    assert source.contracts.mode == "report"
    (tmp_path / "tideline.toml").write_text(document)
    plain = load_settings({}, folder=tmp_path).sources["default"]
    assert (plain.masking.rules, plain.contracts.mode) == ((), "evolve")


def test_a_file_that_is_there_stays_without_force(tideline: Tideline, tmp_path: Path) -> None:
    write_tree(tmp_path / "archive", "kafka-connect", hours=(0, 1))
    (tmp_path / "tideline.toml").write_text("# mine\n")
    done = tideline("init", "archive")
    assert done.code == OPERATOR_MISTAKE
    assert "tideline.toml exists and is not changed" in done.err
    assert "--force" in done.err
    assert 'layout = "kafka-connect"' in done.out
    assert "[source]" in done.out
    assert (tmp_path / "tideline.toml").read_text() == "# mine\n"
    assert tideline("init", "archive", "--force").code == 0
    assert 'layout = "kafka-connect"' in (tmp_path / "tideline.toml").read_text()


def test_print_gives_the_document_alone_and_writes_nothing(tideline: Tideline, tmp_path: Path) -> None:
    write_tree(tmp_path / "archive", "firehose", hours=(0, 1), join=b"")
    (tmp_path / "tideline.toml").write_text("# mine\n")
    done = tideline("init", "archive", "--print", "--lake", "s3://lake/x", "--warehouse", "w.duckdb")
    assert (done.code, done.err) == (0, "")
    assert tomllib.loads(done.out) == {
        "lake": "s3://lake/x",
        "warehouse": "w.duckdb",
        "source": {"archive": "archive", "layout": "firehose"},
    }
    assert (tmp_path / "tideline.toml").read_text() == "# mine\n"
    assert not (tmp_path / "tideline.schema.json").exists()


def test_json_has_every_fact_and_the_file_is_written_to_the_given_path(tideline: Tideline, tmp_path: Path) -> None:
    write_tree(tmp_path / "archive", "*_{year}{month}{day}{hour}{minute}{second}*", hours=(0, 1, 4), join=b"")
    (tmp_path / "etc").mkdir()
    result = tideline("init", "archive", "--json", "--config", "etc/my file.toml").document
    assert result["written"] == "etc/my file.toml"
    assert (tmp_path / "etc/my file.toml").read_text() == result["document"]
    assert sorted(path.name for path in (tmp_path / "etc").iterdir()) == ["my file.toml", "tideline.schema.json"]
    assert (tmp_path / "etc/my file.toml").read_text().startswith("#:schema ./tideline.schema.json\n")
    assert json.loads((tmp_path / "etc/tideline.schema.json").read_text())["title"] == "tideline.toml"
    assert {name: result[name] for name in ("verdict", "layout", "framing", "mapping", "message")} == {
        "verdict": "found",
        "layout": "*_{year}{month}{day}{hour}{minute}{second}*",
        "framing": "concatenated",
        "mapping": "own",
        "message": None,
    }
    assert result["volume"]["gaps"] == [
        {"first": "2026-01-30T07:00:00+00:00", "last": "2026-01-30T08:00:00+00:00", "hours": 2}
    ]
    assert (result["volume"]["missing_hours"], result["volume"]["events_per_hour"]) == (2, 100)
    assert result["lateness"]["late"] == pytest.approx(0.2)
    assert tomllib.loads(result["document"])["source"]["framing"] == "concatenated"
    again = tideline("init", "archive", "--config", "etc/my file.toml", "--force")
    assert "tideline load --config 'etc/my file.toml'" in again.out
    loaded = tideline("load", "--config", "etc/my file.toml", "--json").document
    assert (loaded["loaded"], loaded["totals"]["events"]) == (3, 300)


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_no_archive_of_events_leaves_nothing_but_a_clear_message(
    name: str, tideline: Tideline, tmp_path: Path
) -> None:
    STRANGERS[name](tmp_path / "folder")
    done = tideline("init", "folder")
    assert done.code == (OPERATOR_MISTAKE if name == "empty" else UNRECOGNIZED)
    assert not (tmp_path / "tideline.toml").exists()
    assert done.err.count("\n") == 1
    patterns = {
        "empty": "No data files were found in folder",
        "spark": "do not contain the hour.*--layout",
        "dagster": "do not contain the hour.*SQLite databases.*--layout",
    }
    assert re.search(
        patterns.get(name, "contain the hour, but the files have no events that.*--(framing|mib)"), done.err
    )
    assert "layout │" not in done.out
    result = tideline("init", "folder", "--json")
    assert result.code == done.code
    assert {result.document[member] for member in ("layout", "template", "mapping", "document", "written")} == {None}
    if name != "empty":
        assert result.document["seen"]["keys"]
        assert result.document["seen"]["keys"][0] in done.out
    assert tideline("init", "folder", "--print").out == ""


def test_an_unknown_envelope_gives_a_mapping_to_complete(tideline: Tideline, tmp_path: Path) -> None:
    write_foreign(tmp_path / "archive")
    done = tideline("init", "archive")
    assert done.code == UNRECOGNIZED
    assert not (tmp_path / "tideline.toml").exists()
    assert "--mapping" in done.err
    assert '# event = "action"' in done.out
    document = tideline("init", "archive", "--print").out
    (tmp_path / "tideline.toml").write_text(document)
    assert load_settings({}, folder=tmp_path).sources["default"].mapping is None
    (tmp_path / "tideline.toml").write_text(re.sub(r"^# (\w+ = )", r"\1", document, flags=re.MULTILINE))
    loaded = tideline("load", "--json").document
    assert (loaded["loaded"], loaded["totals"]["events"], loaded["totals"]["quarantined"]) == (3, 120, 0)


def test_sources_side_by_side_can_be_made_sources_of_their_own(tideline: Tideline, tmp_path: Path) -> None:
    for name in ("web-shop", "2nd"):
        key = f"rudder-logs/{name}/2026-01-30/{int(FIRST.timestamp())}.{name}.x.json"
        write(tmp_path / f"archive/{key}.gz", event(name, FIRST, 0))
    assert tideline("init", "archive").code == 0
    document = (tmp_path / "tideline.toml").read_text()
    assert list(load_settings({}, folder=tmp_path).sources) == ["default"]
    top, one, several = re.split(r"\n\[source\]|\n# To give each a schema.*", document)
    assert "layout" in one
    (tmp_path / "tideline.toml").write_text(top + several.replace("\n# ", "\n"))
    sources = load_settings({}, folder=tmp_path).sources
    assert {name: source.schema for name, source in sources.items()} == {
        "source_2nd": "source_2nd",
        "web_shop": "web_shop",
    }
    loaded = tideline("load", "--json").document
    assert (loaded["loaded"], loaded["totals"]["events"]) == (2, 2)


def test_parts_of_keys_can_be_made_members(tideline: Tideline, tmp_path: Path) -> None:
    for name, hour in (("ios", FIRST), ("web%20shop", FIRST), ("ios", FIRST + timedelta(hours=1))):
        key = f"app={name}/dt={hour:%Y-%m-%d}/hr={hour:%H}/x.json.gz"
        write(tmp_path / f"archive/{key}", event(f"{name}-{hour:%H}", hour, 0))
    assert tideline("init", "archive").code == 0
    document = (tmp_path / "tideline.toml").read_text()
    assert 'layout = "*/dt={date}/hr={hour}/*"' in document
    line = '# layout = "app={member:context.app}/dt={date}/hr={hour}/*"'
    assert line in document
    changed = document.replace(line, "").replace("layout =", f"{line[2:]}\n#", 1)
    assert changed.count("member:") == 1
    (tmp_path / "tideline.toml").write_text(changed)
    loaded = tideline("load", "--json").document
    assert (loaded["loaded"], loaded["totals"]["events"]) == (2, 3)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as warehouse:
        apps = warehouse.execute("SELECT context_app FROM events.tracks ORDER BY 1").fetchall()
    assert apps == [("ios",), ("ios",), ("web shop",)]
    checked = tideline("init", "archive", "--layout", line[12:-1], "--json").document
    assert checked["layout"] == line[12:-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere is no folder or prefix with files"),
        (["archive", "--layout", "rudderstak"], "The layout 'rudderstak' is not known"),
        (["archive", "--framing", "liens"], "unknown framing 'liens'"),
        (["archive", "--mapping", "nothing"], "there is no preset 'nothing'"),
        (["archive", "--option", "profile"], "--option profile has no value"),
        (["archive", "--option", "a=1", "--option", "a.b=2"], "--option a is given as a value and as a table"),
        (["archive", "--config", "no/such/folder.toml"], "no/such/folder.toml cannot be written"),
        (["wrong://bucket"], "cannot be opened"),
    ],
)
def test_an_operators_mistake_is_one_line(arguments: list[str], words: str, tideline: Tideline, tmp_path: Path) -> None:
    write_tree(tmp_path / "archive", "rudderstack", hours=(0, 1))
    done = tideline("init", *arguments)
    assert done.code == OPERATOR_MISTAKE
    assert words in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "tideline.toml").exists()


def test_names_and_contents_are_only_text(tideline: Tideline, tmp_path: Path) -> None:
    sent = rb'{"x[bold]\u001b\u007f\n=": {"\"": 1}}'
    for hour in range(3):
        folder = tmp_path / f"archive/dt=2026-01-30/hr=0{hour}"
        write(folder / f'[red]a"b{chr(27)}[31m{chr(127)}.json', sent + b"\x1b[31m")
        write(folder / "ok.json", sent)
    done = tideline("init", "archive")
    assert done.code == UNRECOGNIZED
    assert "\x1b" not in done.out + done.err
    assert "[red]a" in done.out
    assert tomllib.loads(tideline("init", "archive", "--print").out)["source"]["mapping"] == {}


def test_nothing_configured_points_to_init(tideline: Tideline) -> None:
    done = tideline("load")
    assert done.code == OPERATOR_MISTAKE
    assert "No archive is set" in done.err
    assert "`tideline init URL`" in done.err


@dataclass(frozen=True)
class Bucket:
    """A bucket of a server that speaks S3."""

    name: str
    endpoint: str


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket without anything in it; credentials are in the environment."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-tests")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    s3fs.S3FileSystem(endpoint_url=endpoint).mkdir("logs")
    yield Bucket("logs", endpoint)
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_a_bucket_is_inspected_like_a_folder(tideline: Tideline, bucket: Bucket, tmp_path: Path) -> None:
    options = ["--option", f"endpoint_url={bucket.endpoint}", "--option", "secret=of-the-tests"]
    options += ["--option", "client_kwargs.region_name=eu-west-1", "--option", "key=tests"]
    empty = tideline("init", "s3://logs", *options)
    assert empty.code == OPERATOR_MISTAKE
    assert "No data files were found in s3://logs" in empty.err
    nowhere = tideline("init", "s3://no-such-bucket", *options)
    assert nowhere.code == OPERATOR_MISTAKE
    write_tree(tmp_path / "folder", "rudderstack", hours=(0, 1, 4))
    files = s3fs.S3FileSystem(endpoint_url=bucket.endpoint)
    files.put(f"{tmp_path}/folder/", "logs/prod/", recursive=True)
    result = tideline("init", "s3://logs", *options, "--json").document
    assert (result["archive"], result["layout"], result["volume"]["missing_hours"]) == (
        "s3://logs/prod",
        "rudderstack",
        2,
    )
    assert result["lateness"]["late"] == pytest.approx(0.2)
    document = (tmp_path / "tideline.toml").read_text()
    assert "of-the-tests" not in document
    assert tomllib.loads(document)["source"]["storage_options"] == {
        "endpoint_url": bucket.endpoint,
        "client_kwargs": {"region_name": "eu-west-1"},
    }
    assert tideline("load", "--json").document["loaded"] == 3


def test_dirt_beside_events_does_not_stop_the_inspection(tideline: Tideline, tmp_path: Path) -> None:
    folder = tmp_path / "archive/dt=2026-01-31/hr=07"
    folder.mkdir(parents=True)
    line = '{"type": "track", "messageId": "m%d", "timestamp": "2026-01-31T07:0%d:00Z", "properties": {"price": NaN}}\n'
    (folder / "a.json").write_text("".join(line % (n, n) for n in range(9)))
    (folder / "b.json.br").write_bytes(b"\x1b\x0f\x00\rcells,and\rmore, \x00 bytes" * 40)
    (folder / "empty.json").touch()
    os.mkfifo(folder / "pipe.json")
    done = tideline("init", "archive")
    assert (done.code, "read as it is" in done.out) == (0, True), done.err
    assert tideline("load", "--json").document["totals"]["events"] == 9
