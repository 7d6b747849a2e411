"""The project's own note-level cases, each citing its guideline, through the whole engine."""

from collections import Counter
from typing import Any

from services.coding.domain.coding_result import CodingResult
from tests.unit.coding.guidelines.cases import Case, cases, result


def measure_cases() -> dict[str, Any]:
    """Cases that come out as they say, by chapter of the guidelines; those that do not, by name."""
    found = [(case, result(case)) for case in cases()]
    wrong = [case.name for case, coded in found if not is_right(case, coded)]
    whole = [(case, coded) for case, coded in found if case.codes is not None]
    return {
        "cases": len(found),
        "from_a_note": sum("note" in case.given for case, _ in found),
        "right": len(found) - len(wrong),
        "wrong": wrong,
        "first_listed_right": sum(_first(case) == _given_first(coded) for case, coded in whole),
        "with_first_listed": len(whole),
        "by_section": dict(sorted(Counter(_section(case) for case, _ in found).items())),
    }


def is_right(case: Case, coded: CodingResult) -> bool:
    """Whether the diagnoses, and what asks or stops, are what the case says."""
    codes = tuple(each.code for each in coded.diagnoses)
    given = case.given
    return (
        case.codes in (None, codes)
        and set(given.get("has", ())) <= set(codes)
        and not set(given.get("never", ())) & set(codes)
        and given.get("first", codes[0] if codes else "") == (codes[0] if codes else "")
        and given.get("query") in (None, *(each.kind for each in coded.queries))
        and given.get("reason") in (None, *coded.reasons)
    )


def _first(case: Case) -> str:
    return case.codes[0] if case.codes else ""


def _given_first(coded: CodingResult) -> str:
    return coded.diagnoses[0].code if coded.diagnoses else ""


def _section(case: Case) -> str:
    return ".".join(case.rule.split(".")[:3])
