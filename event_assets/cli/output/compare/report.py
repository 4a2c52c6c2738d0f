"""The report of two schemas for a terminal, and as JSON. Covered by tests/cli/governance/test_compare.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from event_assets.cli.output.printing import cells, counted, new_table, print_json, result_console
from event_assets.health.compare.rules import RULES, SETTINGS_RULES

if TYPE_CHECKING:
    from event_assets.health.compare.result import Comparison, Example

SHOWN: Final = 40
"""Lines of what is to be looked at."""
KINDS: Final = {"only_here": "only here", "only_there": "only there", "differs": "differs"}


def print_comparison(found: Comparison, *, as_json: bool) -> None:
    """Print what differs: table by table, what is to be looked at, and what the contract explains."""
    if as_json:
        tables = [
            {**asdict(table), "unexplained": table.unexplained, "explained": table.explained} for table in found.tables
        ]
        print_json({**asdict(found), "tables": tables, "findings": found.findings, "rules": found.rules})
        return
    _print_tables(found)
    _print_findings(found)
    _print_rules(found)
    if found.ignored:
        result_console().print(*cells(f"Left out, as the other loader's own: {', '.join(found.ignored)}"))
    result_console().print(*cells(summarize(found)))


def summarize(found: Comparison) -> str:
    """Return the result in one line."""
    schemas = f"{found.here} and {found.there}"
    if found.findings:
        explained = counted(found.explained, "row is", "rows are")
        return f"{schemas} differ: {counted(found.findings, 'finding')} to look at, {explained} explained."
    if found.explained or any(table.lonely for table in found.tables):
        return f"{schemas} are equal but for {counted(found.explained, 'row')}, which the contract explains."
    return f"{schemas} are equal."


def list_findings(found: Comparison) -> list[tuple[str, str, str, str, str]]:
    """Return what is to be looked at: table, day, what, and the values here and there."""
    return list(_findings(found))


def _findings(found: Comparison) -> Iterator[tuple[str, str, str, str, str]]:
    for lonely in found.lonely:
        if lonely.rule is None:
            yield lonely.table, "", f"the table is only {lonely.side}, with {counted(lonely.rows, 'row')}", "", ""
    for table in found.tables:
        if table.error:
            yield table.table, "", table.error, "", ""
        for column in table.lonely:
            if column.rule is None:
                text = f"the column {column.column} is only {column.side}, with {counted(column.values, 'value')}"
                yield table.table, "", text, "", ""
        for day in table.days:
            if day.unexamined:
                yield (
                    table.table,
                    day.day,
                    f"{counted(day.unexamined, 'row differs and was', 'rows differ and were')} not looked at",
                    "",
                    "",
                )
        for example in table.examples:
            if example.rule is None:
                yield table.table, example.day, describe_example(example), example.here, example.there


def describe_example(example: Example) -> str:
    """Return what differs in a row."""
    column = f" in {example.column}" if example.column else ""
    return f"{example.id or 'a row without id'} {KINDS[example.kind]}{column}"


def meaning_of(rule: str) -> str:
    """Return the words of contract §12 that a rule is about."""
    return RULES.get(rule) or SETTINGS_RULES[rule]


def list_rules(found: Comparison) -> list[tuple[str, str, str]]:
    """Return the rules that explain something: name, how much, and the contract's words."""
    columns: dict[str, int] = {}
    for table in found.tables:
        for column in table.lonely:
            if column.rule:
                columns[column.rule] = columns.get(column.rule, 0) + 1
    tables = {table.rule for table in found.lonely if table.rule}
    return [
        (rule, ", ".join(_amounts(found.rules.get(rule, 0), columns.get(rule, 0))) or "tables", meaning_of(rule))
        for rule in (*found.rules, *sorted((columns.keys() | tables) - found.rules.keys()))
    ]


def _amounts(rows: int, columns: int) -> Iterator[str]:
    if rows:
        yield counted(rows, "row")
    if columns:
        yield counted(columns, "column")


def _print_tables(found: Comparison) -> None:
    table = new_table(
        "Tables here and there", "table", "here>", "there>", "days that differ>", "explained>", "to look at>"
    )
    for one in found.tables:
        table.add_row(*cells(one.table, one.here, one.there, len(one.days), one.explained, one.findings))
    result_console().print(table)


def _print_findings(found: Comparison) -> None:
    findings = list_findings(found)
    if not findings:
        return
    table = new_table("To look at", "table", "day", "what", "here", "there")
    for one in findings[:SHOWN]:
        table.add_row(*cells(*one))
    result_console().print(table)
    if len(findings) > SHOWN:
        result_console().print(f"{len(findings) - SHOWN:,} more: use --json or --html.")


def _print_rules(found: Comparison) -> None:
    rules = list_rules(found)
    types = [(table.table, one) for table in found.tables for one in table.types]
    if rules:
        table = new_table("Explained by the contract (§12)", "rule", "explains", "what it says")
        for rule in rules:
            table.add_row(*cells(*rule))
        result_console().print(table)
    if types:
        table = new_table("Other types there", "table", "column", "here", "there")
        for name, one in types[:SHOWN]:
            table.add_row(*cells(name, one.column, one.here, one.there))
        result_console().print(table)
