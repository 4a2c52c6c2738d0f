"""Archive -> tables with forty contracts: nearly every track has one, and nearly all satisfy it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from benchmarks.jobs.done import Done, size_of
from benchmarks.jobs.place import settle
from benchmarks.jobs.rows import count_rows
from benchmarks.jobs.whole import load_all
from loaders.transform.contracts.contract import Contracts, EventContract

COMMON: Final = (
    "Product Viewed", "Product List Viewed", "Product Added", "Products Searched", "Cart Viewed", "Application Opened",
    "Product Added to Wishlist", "Product Removed", "video.progress (50%)", "Order Completed", "Checkout Started",
    "Checkout Step Completed", "experiment_viewed", "Newsletter · přihlášení", "Order Shipped", "Order Refunded",
    "Meter Read", "Form Submitted", "Event Corrected", "Product Clicked",
)  # fmt: skip
"""Nearly all tracks of an archive of the demo have one of these names."""
EVENTS: Final = (*COMMON, *(f"Rare Event {number}" for number in range(40 - len(COMMON))))
_MONEY: Final = {"type": "number", "minimum": 0}
_PRODUCT: Final[Mapping[str, Any]] = {
    "product_id": {"type": "string", "pattern": "^P[0-9]+$"},
    "sku": {"type": "string", "minLength": 1},
    "name": {"type": "string", "maxLength": 500},
    "category": {"type": "string"},
    "price": _MONEY,
    "quantity": {"type": "integer", "minimum": 1},
}
SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "properties": {
            "type": "object",
            "properties": {
                **_PRODUCT,
                "order_id": {"type": "string"},
                "currency": {"enum": ["EUR", "GBP", "USD"]},
                "revenue": _MONEY,
                "products": {"type": "array", "items": {"type": "object", "properties": _PRODUCT}},
            },
        }
    },
}


def run(archive: Path, work: Path) -> Done:
    """Lines of what was loaded."""
    settings = settle(archive, work)
    events = tuple(EventContract("track", name, "report", SCHEMA, f"{name}.json") for name in EVENTS)
    contracts = Contracts("report", events)
    checked = {name: replace(source, contracts=contracts) for name, source in settings.sources.items()}
    lines, seconds = load_all(replace(settings, sources=checked))
    file = work / "warehouse.duckdb"
    return Done(lines, count_rows(file), size_of(file), seconds)
