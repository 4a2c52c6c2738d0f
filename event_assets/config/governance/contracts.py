"""The folder of contracts: a JSON Schema per file, read and compiled before anything is loaded.

Covered by tests/config/governance/test_contracts.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from event_assets.config.governance.json_lines import line_of
from event_assets.config.kinds import choice
from event_assets.config.parse import SettingsError
from loaders.transform.contracts.contract import MODES, Contracts, EventContract, Mode
from loaders.transform.contracts.exact import SchemaError, require_valid
from loaders.transform.selection import TYPES

FOLDER: Final = "contracts"
"""The folder beside the configuration file that is read if no other is configured."""
OURS: Final = "x-tideline"
"""The member of a schema that tells which events it is about, and its mode."""
MODE: Final = choice(*MODES)
_MEMBERS: Final = ("type", "event", "mode")
_MOST_BYTES: Final = 4 << 20


def find_folder(configured: Path | None, config_file: str | None) -> Path | None:
    """Return the folder of contracts, or None if there is none. Raises SettingsError for a missing one."""
    if configured is not None:
        if not configured.is_dir():
            raise SettingsError(f"contracts = {str(configured)!r} is no folder: create it, or remove the setting.")
        return configured
    beside = Path(config_file).parent / FOLDER if config_file else None
    return beside if beside is not None and beside.is_dir() else None


def read_contracts(folder: Path | None, source: str, mode: str) -> Contracts:
    """Return the contracts of a source: those in the folder, and over them those in its folder of the source's name.

    Raises SettingsError, with file and line, for a file that is no schema.
    """
    if folder is None:
        return Contracts(cast("Mode", mode))
    found: dict[tuple[str, str | None], EventContract] = {}
    for level in (folder, folder / source):
        here: dict[tuple[str, str | None], EventContract] = {}
        for contract in _read_folder(level, mode):
            if contract.key in here:
                raise SettingsError(
                    f"{contract.file} is about the same events as {here[contract.key].file}: keep one of them."
                )
            here[contract.key] = contract
        found |= here
    return Contracts(cast("Mode", mode), tuple(sorted(found.values(), key=lambda one: (one.type, one.event or ""))))


def _read_folder(folder: Path, mode: str) -> Iterator[EventContract]:
    if folder.is_dir():
        for file in sorted(folder.glob("*.json")):
            yield read_contract(file, mode)


def read_contract(file: Path, mode: str) -> EventContract:
    """Return the contract in a file; `mode` is that of a file that has none. Raises SettingsError."""
    text = _read_text(file)
    schema = _parse(file, text)
    ours = schema.get(OURS, {})
    if not isinstance(ours, dict) or ours.keys() - set(_MEMBERS):
        raise _fault(file, text, f"{OURS} is an object with {', '.join(_MEMBERS)}", (OURS,))
    kind, event = _subject(file, text, ours)
    own_mode = ours.get("mode", mode)
    if own_mode not in MODES:
        raise _fault(file, text, f"mode is one of {', '.join(MODES)}", (OURS, "mode"))
    if schema.get("additionalProperties") is False:
        problem = "additionalProperties closes the event itself: write it into properties, traits or context"
        raise _fault(file, text, problem, ("additionalProperties",))
    rest = {name: value for name, value in schema.items() if name != OURS}
    contract = EventContract(kind, event, own_mode, rest, str(file))
    try:
        require_valid(contract)
    except SchemaError as error:
        raise _fault(file, text, error.problem, error.pointer) from None
    return contract


def _read_text(file: Path) -> str:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise SettingsError(f"{file} has more than 4 MiB: that is no schema of one event.")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is not UTF-8 ({error.reason}): save it as UTF-8.") from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.") from None


def _parse(file: Path, text: str) -> Mapping[str, Any]:
    try:
        schema = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise SettingsError(f"{file}, line {error.lineno}: not valid JSON ({error.msg}); mend the file.") from None
    except (RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise SettingsError(f"{file} is not valid JSON ({reason}); mend the file.") from None
    if not isinstance(schema, dict):
        raise SettingsError(f"{file}, line 1: a contract is a JSON object, the schema of one event; mend the file.")
    return schema


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no value")


def _subject(file: Path, text: str, ours: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the type and the name of the events: by the file's name if it does not say otherwise."""
    named = file.stem in TYPES and "event" not in ours
    kind = ours.get("type", file.stem if named else "track")
    if kind not in TYPES:
        raise _fault(file, text, f"type is one of {', '.join(TYPES)}", (OURS, "type"))
    if kind != "track":
        if "event" in ours:
            raise _fault(file, text, f"only a track has a name: remove event, or type {kind!r}", (OURS, "event"))
        return kind, None
    event = ours.get("event", file.stem)
    if not isinstance(event, str) or not event:
        raise _fault(file, text, "event is the name of a track as it is sent", (OURS, "event"))
    return kind, event


def _fault(file: Path, text: str, problem: str, pointer: tuple[str | int, ...]) -> SettingsError:
    where = "/".join(map(str, pointer))
    at = f" ({where})" if where else ""
    return SettingsError(f"{file}, line {line_of(text, pointer)}: {problem}{at}; mend the file.")
