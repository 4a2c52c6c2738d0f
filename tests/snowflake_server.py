"""The emulator fakesnow as a server in a process of its own: ``python -m tests.snowflake_server PORT [FOLDER]``.

Databases are in memory, or files in the folder. What the emulator lacks or gets wrong is added here, each with why.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Final

import fakesnow.arrow
import fakesnow.server
import pyarrow as pa
import snowflake.connector.errors
import uvicorn
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.instance import FakeSnow
from starlette.types import Receive, Send

_TEMPORARY: Final = re.compile(r"^CREATE (OR REPLACE )?TEMPORARY TABLE ")
_COMMENT: Final = re.compile(r"^(COMMENT ON TABLE |ALTER TABLE \S+ MODIFY COLUMN .* COMMENT )", re.DOTALL)
_execute = FakeSnowflakeCursor.execute


def _execute_for_tests(
    self: FakeSnowflakeCursor, command: str, *arguments: object, **named: object
) -> FakeSnowflakeCursor:
    # COPY INTO a temporary table: "Table with name STAGED_1 does not exist"; and none can be named with its schema.
    # The names that a session gives are its own, so that ordinary tables do.
    command = _TEMPORARY.sub(r"CREATE \1TABLE ", command)
    # A comment with a quote: "unterminated string literal". Those of several columns: "syntax error at or near MODIFY".
    if _COMMENT.match(command):
        command = "SELECT 'Statement executed successfully.' AS status"
    try:
        return _execute(self, command, *arguments, **named)
    except snowflake.connector.errors.Error:
        raise
    except Exception as error:
        # The server would answer with HTTP 500, which the connector asks again for ever.
        raise snowflake.connector.errors.ProgrammingError(msg=f"{type(error).__name__}: {error}", errno=1) from error


def _timestamps(instants: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Encode instants as Snowflake's results do; the emulator makes 1970 of NULL."""
    if isinstance(instants, pa.ChunkedArray):
        instants = instants.combine_chunks()
    micros = instants.cast(pa.timestamp("us", instants.type.tz)).cast(pa.int64())
    known = [(value or 0) for value in micros.to_pylist()]
    arrays = [pa.array([value // 1_000_000 for value in known], pa.int64()),
              pa.array([value % 1_000_000 * 1000 for value in known], pa.int32())]  # fmt: skip
    names = ["epoch", "fraction"]
    if instants.type.tz:
        arrays.append(pa.array([1440] * len(known), pa.int32()))
        names.append("timezone")
    fields = [pa.field(name, array.type, nullable=False) for name, array in zip(names, arrays, strict=True)]
    return pa.StructArray.from_arrays(arrays, fields=fields, mask=instants.is_null())


async def _without_500(scope: MutableMapping[str, object], receive: Receive, send: Send) -> None:
    """Answer an error of the emulator as a refusal: HTTP 500 is what the connector asks again for ever."""
    failed = False

    async def answer(message: MutableMapping[str, object]) -> None:
        nonlocal failed
        if message["type"] == "http.response.start" and int(str(message["status"])) >= 500:
            failed = True
            body = json.dumps({"data": {"sqlState": "XX000"}, "code": "000001", "success": False,
                               "message": "the emulator failed"}).encode()  # fmt: skip
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        elif not failed:
            await send(message)

    with suppress(Exception):  # it was logged
        await fakesnow.server.app(scope, receive, answer)


def serve(port: int, folder: str | None) -> None:
    """Serve until the process is killed."""
    FakeSnowflakeCursor.execute = _execute_for_tests
    fakesnow.arrow.timestamp_to_sf_struct = _timestamps
    fakesnow.server.shared_fs = FakeSnow(db_path=folder)
    uvicorn.run(_without_500, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
