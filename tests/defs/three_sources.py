"""A project of three sources, each with its own layout and envelope, that load into one warehouse."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.defs.build import hour, track, write_hours

SOURCES: Final = ("web", "github", "app")
FIRSTS: Final = {
    "web": hour(0),
    "github": datetime(2021, 7, 21, 6, tzinfo=UTC),
    "app": datetime(2026, 1, 30, 23, tzinfo=UTC),
}
"""Source -> its first archive hour; each has two."""
PUSH: Final = {
    "id": "17244207336",
    "type": "PushEvent",
    "actor": {"id": 71354125, "login": "a-bot[bot]"},
    "payload": {"size": 2, "ref": "refs/heads/é"},
    "created_at": "2021-07-21T06:00:00Z",
}
GITHUB: Final = {
    "id": ["id", "type", "created_at"],
    "type": {"const": "track"},
    "event": "type",
    "user_id": "actor.id",
    "received_at": "created_at",
    "properties": "payload",
}
"""The shipped mapping, as the independent reader takes it."""


def write_archives(folder: Path) -> None:
    """Write two hours of each source: RudderStack files, GH Archive files, and files of a custom template."""
    write_hours(folder / "web", [0, 1])
    (folder / "github").mkdir(parents=True)
    for number in (6, 7):
        line = json.dumps(PUSH | {"id": f"push-{number}", "payload": {"size": number}}, ensure_ascii=False)
        (folder / "github" / f"2021-07-21-{number}.json.gz").write_bytes(gzip.compress(line.encode(), mtime=0))
    for number, name in ((-8, "2026/01/30/23"), (-6, "2026/01/31/01")):
        path = folder / "app" / name / "part.jsonl.gz"
        path.parent.mkdir(parents=True)
        lines = [track(f"m0-{n}", at=hour(number), event="App Opened", n=n) for n in range(3)]
        path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode(), mtime=0))


def write_three(folder: Path, warehouse: str, *, extra: str = "", **archives: Path) -> Path:
    """Its configuration; an archive may be elsewhere. Ids of `web` and `app` are the same, which is no matter."""
    where = {name: archives.get(name, folder / name) for name in SOURCES}
    path = folder / "tideline.toml"
    path.write_text(
        f'lake = "{folder}/lake"\nwarehouse = "{warehouse}"\nsettle = "0s"\n{extra}\n'
        f'[sources.web]\narchive = "{where["web"]}"\nschema = "web"\nretain_days = 36000\n'
        f'[sources.github]\narchive = "{where["github"]}"\nlayout = "gharchive"\nmapping = "gharchive"\n'
        'schema = "github"\nnot_users = ["null"]\n'
        f'[sources.app]\narchive = "{where["app"]}"\nlayout = "{{year}}/{{month}}/{{day}}/{{hour}}/*.jsonl.gz"\n'
        'schema = "app"\nrollups_schema = "app_daily"\n'
    )
    return path
