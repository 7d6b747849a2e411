"""Proposed lines and what to report instead; each case cites its rule and was decided by hand."""

from datetime import timedelta
from typing import Any

import pytest

from services.coding.domain.edits.service_line import PastLine
from tests.unit.coding.edits.examples import DAY, MemoryTables, instead, judge, line

TABLES = MemoryTables(
    pairs={
        ("11042", "97597"): "1",
        ("20610", "20600"): "1",
        ("80053", "80048"): "0",
        ("45385", "45380"): "1",
    },
    limits={"J1885": (8, 3), "69210": (1, 2), "20610": (2, 3)},
    add_ons={"11103": (1, ("11102", "11104", "11106"))},
    fees={
        "20610": {"global_days": "000", "bilateral": "1"},
        "20600": {"global_days": "000", "bilateral": "1"},
        "11042": {"global_days": "000"},
        "97597": {"global_days": "000"},
        "27130": {"global_days": "090", "bilateral": "1"},
        "71046": {"pc_tc": "1"},
        "93000": {"pc_tc": "4"},
        "10060": {"global_days": "010"},
        "45385": {"global_days": "000"},
        "45380": {"global_days": "000"},
    },
)
DRAINED = PastLine("10060", DAY - timedelta(days=5), "", ("L02.211",))
OVER = PastLine("10060", DAY - timedelta(days=11), "", ("L02.211",))
WELL = PastLine("G0439", DAY - timedelta(days=200))


@pytest.mark.parametrize(
    ("rule", "lines", "wanted"),
    [
        ("NCCI I.E column 2 goes", ["11042", "97597"], ["11042"]),
        ("NCCI I.E 59 opens indicator 1", ["11042", "97597-59"], ["11042", "97597-59"]),
        ("NCCI I.E XS opens indicator 1", ["45385", "45380-XS"], ["45385", "45380-XS"]),
        ("NCCI I.E nothing opens indicator 0", ["80053", "80048-59"], ["80053"]),
        ("NCCI I.E other sides open", ["20610-RT", "20600-LT"], ["20610-RT", "20600-LT"]),
        ("NCCI I.E the same side opens nothing", ["20610-RT", "20600-RT"], ["20610-RT"]),
        ("NCCI I.V a day's units", ["J1885 x9"], ["J1885 x8"]),
        ("NCCI I.V absolute", ["69210 x2"], ["69210"]),
        ("NCCI I.W an add-on alone", ["11103"], []),
        ("NCCI I.W an add-on beside its primary", ["11102", "11103"], ["11102", "11103"]),
        ("NCCI I.D 25 beside a minor", ["99213", "20610-RT"], ["99213-25", "20610-RT"]),
        ("NCCI I.D 57 is for major ones", ["99213-57", "20610-RT"], ["99213-25", "20610-RT"]),
        ("NCCI I.D 25 is for minor ones", ["99214-25", "27130-RT"], ["99214-57", "27130-RT"]),
        ("MCPM 12 40.7 both sides", ["20610-LT-RT"], ["20610-50"]),
        ("MCPM 12 40.7 one unit", ["20610-50 x2"], ["20610-50"]),
        ("MCPM 12 20.2 a reading", ["71046@22"], ["71046-26"]),
        ("MCPM 12 20.2 codes of their own", ["93000@23"], ["93010"]),
        ("NCCI XI.B 99211", ["99211", "96372"], ["96372"]),
        ("NCCI I.N panel", ["82465", "83718", "84478"], ["80061"]),
        ("NCCI I.N part of a panel", ["80053", "80048"], ["80053"]),
        ("NCCI I.E 25 beside nothing", ["99213-25"], ["99213"]),
        ("NCCI I.E 59 on a visit", ["99213-59", "20610-RT"], ["99213-25", "20610-RT"]),
        ("NCCI I.E 25 on a procedure", ["20610-25-RT"], ["20610-RT"]),
        ("NCCI X.C 91 on an image", ["71046", "71046-91"], ["71046", "71046-76"]),
        ("MCPM 1 120 twice", ["71046", "71046"], ["71046"]),
        ("MCPM 1 120 again", ["71046", "71046-76"], ["71046", "71046-76"]),
        ("NCCI XI.U.7 one day", ["99222", "99238"], ["99235"]),
        ("NCCI XI.U.7 discharge", ["99232", "99238"], ["99238"]),
        ("NCCI XI.U.1 new once", ["99203", "99386"], ["99213-25", "99386"]),
        ("NCCI XI.U.1 new once", ["99386", "99203"], ["99386", "99213-25"]),
        ("MCPM 12 30.6.1.1", ["99396", "99213"], ["99396", "99213-25"]),
        ("MCPM 12 30.6.7 two visits", ["99213", "99214"], ["99214"]),
        ("NCCI XI.B in a hospital", ["96372@22"], []),
        ("NCCI XI.U critical care", ["99291@21", "94002@21"], ["99291"]),
        ("MCPM 17 40 waste", ["J2919-JW x9", "J2919 x16"], ["J2919-JW x9", "J2919 x16"]),
    ],
)
def test_what_to_report_instead(rule: str, lines: list[str], wanted: list[str]) -> None:
    assert reported(*lines) == wanted, rule


@pytest.mark.parametrize(
    ("rule", "lines", "context", "wanted"),
    [
        (
            "MCPM 12 40 the same condition",
            ["99213"],
            {"diagnoses": ("L02.211",), "history": (DRAINED,)},
            ["99024"],
        ),
        (
            "MCPM 12 40 unrelated",
            ["99213"],
            {"diagnoses": ("J20.9",), "history": (DRAINED,)},
            ["99213-24"],
        ),
        (
            "MCPM 12 40 the period is over",
            ["99213"],
            {"diagnoses": ("L02.211",), "history": (OVER,)},
            ["99213"],
        ),
        (
            "42 CFR 414.22 beside 25 for a procedure",
            ["99213-25", "20610-RT", "G2211"],
            {"programme": "medicare"},
            ["99213-25", "20610-RT"],
        ),
        (
            "42 CFR 414.22 beside 25 for a vaccine",
            ["99213-25", "90662", "G0008", "G2211"],
            {"programme": "medicare", "diagnoses": ("I10", "Z23")},
            ["99213-25", "90662", "G0008", "G2211"],
        ),
    ],
)
def test_what_to_report_instead_beside_what_is_known(
    rule: str, lines: list[str], context: dict[str, Any], wanted: list[str]
) -> None:
    assert reported(*lines, **context) == wanted, rule


def test_a_wellness_visit_too_early_is_denied_and_nothing_is_put_in_its_place() -> None:
    found = judge(line("G0439"), history=(WELL,), programme="medicare")
    assert [each.status for each in found.found if each.rule == "frequency"] == ["deny"]


def reported(*lines: str, **context: Any) -> list[str]:
    """What to report instead, in short; a line is ``code-modifiers@place xunits``."""
    known: dict[str, Any] = {"programme": "commercial", "diagnoses": ("I10",), **context}
    proposed = []
    for each in lines:
        text, _, units = each.partition(" x")
        text, _, place = text.partition("@")
        code, *modifiers = text.split("-")
        proposed.append(
            line(code, *modifiers, units=int(units or 1), place_of_service=place or "11")
        )
    found = judge(*proposed, tables=TABLES, **known)
    return [
        "-".join((code, *modifiers)) + (f" x{units}" if units != 1 else "")
        for code, modifiers, units in instead(found)
    ]
