"""What is tried in a warehouse works in every one, leaves nothing, and finds a value that comes out as another one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Terminal, WarehouseError
from loaders.load.load import load_hour
from loaders.queries.rights import try_rights, try_values
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files
from tests.postgres import Server

TRIGGERS: Final = (
    """
    CREATE FUNCTION public.shout() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.string := upper(NEW.string); RETURN NEW; END $$
    """,
    """
    CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
    DECLARE made RECORD;
    BEGIN
        FOR made IN SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
            EXECUTE 'CREATE TRIGGER shout BEFORE INSERT ON ' || made.object_identity
                || ' FOR EACH ROW EXECUTE FUNCTION public.shout()';
        END LOOP;
    END $$
    """,
    "CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.watch()",
)
"""An administrator's triggers: every new table gets one that changes a text."""


def test_every_value_is_as_before_and_nothing_is_left(files: Files) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, [event("a")]))
    before = files.table_names()
    try_rights(files.warehouse, "events")
    try_values(files.warehouse, "events")
    try_values(files.warehouse, "not there yet")
    assert files.table_names() == before
    assert files.query("SELECT 1 FROM information_schema.schemata WHERE schema_name = 'not there yet'") == []


def test_a_value_that_comes_out_as_another_one_is_named(postgres: Server, tmp_path: Path) -> None:
    database = postgres.new_database()
    for statement in ("CREATE SCHEMA events", *TRIGGERS):
        database.execute(statement)
    with pytest.raises(Terminal, match=r"a string is written as .*'a.* and read as .*'A"):
        try_values(Warehouse.open(database.warehouse_url), "events")


def test_a_role_that_may_not_create_is_named(postgres: Server) -> None:
    database = postgres.new_database()
    for statement in (f"CREATE ROLE reader_{database.name} LOGIN", "CREATE SCHEMA events"):
        database.execute(statement)
    url = database.warehouse_url.replace("postgres:@", f"reader_{database.name}:@", 1)
    with pytest.raises(WarehouseError, match="permission denied for schema events"):
        try_values(Warehouse.open(url), "events")
