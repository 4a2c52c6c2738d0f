"""What `tideline contract` prints; names and paths of events may be anything, and reach no terminal as they are.

Covered by tests/cli/governance/test_contract.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from event_assets.cli.output.printing import (
    cells,
    counted,
    format_hour,
    new_table,
    print_json,
    print_message,
    result_console,
)

if TYPE_CHECKING:
    from event_assets.pipeline.contracts.check import ContractReport
    from event_assets.pipeline.contracts.listed import ListedContract
    from event_assets.pipeline.contracts.write import ImportedPlan

SHOWN_NAMES: Final = 5


def print_reports(reports: Sequence[ContractReport], *, limit: int, as_json: bool) -> None:
    """Print the violations of every source, those of the most events first."""
    if as_json:
        print_json({"sources": [_document(report, limit) for report in reports]})
        return
    for report in reports:
        _print_report(report, limit)


def _print_report(report: ContractReport, limit: int) -> None:
    kinds = _ranked(report)
    if kinds:
        table = new_table(f"Violations, {report.source}", "events>", "event", "path", "problem", "library")
        for kind, found in kinds[:limit]:
            sdk = " ".join(part for part in (kind["library"], kind["library_version"]) if part)
            name = kind["event"] if kind["type"] == "track" else kind["type"]
            table.add_row(*cells(found.events, name, kind["path"], kind["problem"], sdk))
        result_console().print(table)
    if len(kinds) > limit:
        result_console().print(f"{len(kinds) - limit} more kinds: use --limit or --json")
    hours = counted(report.hours, "hour")
    contracts = counted(report.contracts, "contract")
    result_console().print(
        f"{report.source}: {report.violating:,} of {report.checked:,} events violate their contract, of {contracts}, "
        f"in {hours}.",
        highlight=False,
    )
    if report.uncovered:
        names = ", ".join(repr(name) for name, _ in report.uncovered.most_common(SHOWN_NAMES))
        more = f" and {len(report.uncovered) - SHOWN_NAMES} more" if len(report.uncovered) > SHOWN_NAMES else ""
        print_message(f"tideline: {report.source}: tracks without a contract: {names}{more}")


def _ranked(report: ContractReport) -> list[tuple[dict[str, Any], Any]]:
    found = report.findings.kinds.items()
    ranked = sorted(found, key=lambda item: (-item[1].events, tuple(part or "" for part in item[0])))
    return [(kind._asdict(), counted) for kind, counted in ranked]


def _document(report: ContractReport, limit: int) -> dict[str, Any]:
    kinds = _ranked(report)
    return {
        "source": report.source,
        "contracts": report.contracts,
        "hours": report.hours,
        "checked": report.checked,
        "violating": report.violating,
        "violations": [
            {**kind, "events": counted.events, "file": counted.file, "line": counted.line}
            for kind, counted in kinds[:limit]
        ],
        "more": max(0, len(kinds) - limit),
        "without_contract": dict(report.uncovered.most_common()),
        "failed": [{"archive_hour": format_hour(hour), "reason": reason} for hour, reason in report.failed],
    }


def print_contracts(contracts: Sequence[ListedContract], *, as_json: bool) -> None:
    """Print the contracts of every source."""
    rows = [asdict(contract) for contract in contracts]
    if as_json:
        print_json({"contracts": rows})
        return
    if not rows:
        result_console().print("No contract. Write one, or import a tracking plan: tideline contract import FILE")
        return
    table = new_table("Contracts", "source", "type", "event", "mode", "checked", "file")
    for row in rows:
        table.add_row(*cells(*("" if value is None else value for value in row.values())))
    result_console().print(table)


def print_imported(plan: ImportedPlan, *, as_json: bool) -> None:
    """Print the files that an import has written, and what it has left out."""
    if as_json:
        print_json(
            {
                "product": plan.product,
                "written": [str(path) for path in plan.written],
                "unchanged": [str(path) for path in plan.unchanged],
                "left_out": list(plan.left_out),
            }
        )
        return
    for path in plan.written:
        result_console().print(f"wrote {path}", markup=False)
    for reason in plan.left_out:
        print_message(f"tideline: left out {reason}")
    result_console().print(
        f"{plan.product}: {len(plan.written)} contracts written, {len(plan.unchanged)} unchanged, "
        f"{len(plan.left_out)} rules left out."
    )
