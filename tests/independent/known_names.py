"""Keys and event names whose table or column name is known."""

from __future__ import annotations

from tests.conftest import SHARED

NAMES = {
    "isISO9001Sure": "is_iso9001_sure",
    "ab12cd": "ab12_cd",
    "12ab": "_12ab",
    "__x.Y": "__x_y",
    "Group": "_group",
    "7": "_7",
    "naïve": "na_ve",
    "€": "",
    "__": "",
    "x" * 70: "x" * 27 + "_" + "x" * 26 + "_abmiobjj",
    "1CComega": "_1cc_omega",
    "2FAEnabled": "_2fae_nabled",
    "2x4": "_2x_4",
    "1HTMLPage": "_1htmlp_age",
    "21stCentury": "_21st_century",
}


def naming_cases() -> dict[str, str]:
    """Own known names, and the shared ones where they are."""
    cases = dict(NAMES)
    if SHARED:
        rows = (SHARED / "cases" / "naming.tsv").read_text(encoding="utf-8").splitlines()[1:]
        cases |= dict(row.split("\t") for row in rows if row)
    return cases
