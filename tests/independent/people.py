"""`users` a second time, from the rows of `identifies` (contract §5)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.independent.junk import UNICODE_WHITE, Junk
from tests.independent.tables import Difference, Table

CLOCKS = ("received_at", "sent_at", "timestamp", "original_timestamp")
LEFT_OUT = frozenset(
    ("id", "anonymous_id", "user_id", "channel", "event_date", "uuid_ts", "_archive_hour", "_fingerprint", "_rescued")
) | frozenset(CLOCKS)
FIXED = frozenset((*CLOCKS, "id", "uuid_ts", "context_ip", "context_request_ip", "context_passed_ip"))


def check_users(tables: dict[str, Table], most: int, junk: Junk) -> Iterator[Difference]:
    """Differences between `users` and the latest non-null value of each column over all identifies."""
    identifies = tables["identifies"].rows() if "identifies" in tables else []
    people = {str(row["id"]): row for row in tables["users"].rows()} if "users" in tables else {}
    histories: dict[str, list[dict[str, object]]] = {}
    for row in identifies:
        if str(row["user_id"] or "").strip(UNICODE_WHITE) and not junk.is_no_user(str(row["user_id"])):
            histories.setdefault(str(row["user_id"]), []).append(row)
    for ident in people.keys() - histories.keys():
        yield Difference("users", ident, "", None, "a row that no identify explains")
    for ident, history in histories.items():
        wanted = latest(history)
        if ident not in people:
            yield Difference("users", ident, "", wanted, None)
        else:
            yield from _compare(ident, wanted, people[ident], most)


def latest(history: list[dict[str, object]]) -> dict[str, object]:
    """The row of `users` that the identifies of one user make."""
    history = sorted(history, key=lambda row: (row["timestamp"], row["received_at"], row["id"]))
    person: dict[str, object] = {}
    for row in history:
        person.update((column, value) for column, value in row.items() if value is not None and column not in LEFT_OUT)
    person.update((column, history[-1][column]) for column in CLOCKS)
    return person


def _compare(ident: str, wanted: dict[str, object], got: dict[str, object], most: int) -> Iterator[Difference]:
    crowded = len(wanted.keys() | FIXED) > most
    held = sum(value is not None for value in got.values())
    if held > most:
        yield Difference("users", ident, "", f"at most {most} values", held)
    for column in (wanted.keys() | got.keys()) - {"id", "uuid_ts"}:
        want, have = wanted.get(column), got.get(column)
        if want != have and not (crowded and have is None and column not in FIXED):
            yield Difference("users", ident, column, want, have)
