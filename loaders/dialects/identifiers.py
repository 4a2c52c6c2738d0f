"""Identifiers quoted by a dialect's own preparer.

Covered by tests/loaders/dialects/postgresql/test_postgresql.py.
"""

from __future__ import annotations

from sqlalchemy.engine import Dialect


def quote_identifier(dialect: Dialect, name: str) -> str:
    """Return the name as a quoted identifier, as the database reads it.

    ClickHouse's preparer leaves a name alone that begins and ends with a quote, as if it were quoted: no name does
    while it is quoted.
    """
    quote = dialect.identifier_preparer.quote_identifier
    if name[:1] in ("`", '"'):
        quoted = quote(f"_{name}")
        return single_percents(dialect, quoted[0] + quoted[2:])
    return single_percents(dialect, quote(name))


def single_percents(dialect: Dialect, text: str) -> str:
    """Undo the doubling of percent signs in text that the dialect has compiled or quoted.

    A dialect whose driver binds values with percent signs doubles all others. `sa.text` doubles them itself, and a
    statement that the driver runs without values takes them as they are.
    """
    doubled = "%%" in dialect.identifier_preparer.quote_identifier("%")
    return text.replace("%%", "%") if doubled else text
