"""Mistakes in rules of masking and in contracts, by the name of their row in docs/mistakes.md."""

from __future__ import annotations

from tests.cli.mistakes import Project, mistake


def write_contract(project: Project, text: str) -> None:
    """Write a contract for an event, in the folder where contracts are looked for."""
    (project.folder / "contracts").mkdir()
    (project.folder / "contracts/Bought.json").write_text(text)


@mistake("a rule of masking hashes, and there is no key")
def _(it: Project) -> None:
    it.source["mask"] = [{"path": "traits.email", "how": "hash"}]


@mistake("a rule of masking is about what cannot be masked")
def _(it: Project) -> None:
    it.source["mask"] = [{"path": ["context.ip", "messageId"], "how": "null"}]


@mistake("a rule of masking has an unknown way")
def _(it: Project) -> None:
    it.source["mask"] = [{"path": "context.ip", "how": "trunc"}]


@mistake("a contract is not valid JSON")
def _(it: Project) -> None:
    write_contract(it, '{\n "type": "object",\n}')


@mistake("a contract is not a valid JSON Schema")
def _(it: Project) -> None:
    write_contract(it, '{\n "type": "objekt"\n}')


@mistake("a mode of contracts does not exist")
def _(it: Project) -> None:
    it.source["contract_mode"] = "strict"
