"""Cases of the Official Guidelines, a table each: what is documented, and the codes that follow.

A case of ``cases_*.toml`` names the guideline (``rule``) and what it shows (``says``); documents
``problems`` (words, or a code that the EHR gave, or both as ``CODE | words``; a status before
``: ``), or a ``note``; and says which ``codes`` are reported, in order. ``has`` and ``never`` name
codes that are there, or are not, where the whole list is not the point; ``query`` and ``reason``
what asks the provider or stops the encounter; ``present`` the present-on-admission indicators.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from schemas.encounter import EncounterDocumented, Problem
from schemas.values import Coding
from services.coding.domain.coding_result import CodingResult, PatientFacts
from tests.unit.coding.examples import DAY, code, encounter, note

FOLDER = Path(__file__).parent
_CODE = re.compile(r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?")
_STATUS = re.compile(r"(suspected|ruled_out|resolved|family_history|not addressed): ")
_PLACES = {"office": "11", "inpatient": "21", "emergency": "23", "telehealth": "10"}


@dataclass(frozen=True, slots=True)
class Case:
    """One case; ``given`` is its table as written."""

    file: str
    number: int
    rule: str
    says: str
    given: dict[str, Any]

    @property
    def name(self) -> str:
        """For reports: guideline and what it shows."""
        return f"{self.rule}: {self.says}"

    @property
    def codes(self) -> tuple[str, ...] | None:
        """The whole list of diagnoses expected, in order; None where the case names some."""
        found = self.given.get("codes")
        return None if found is None else tuple(found)


@cache
def cases() -> tuple[Case, ...]:
    """All cases, by file and place."""
    return tuple(_read())


def _read() -> Iterator[Case]:
    for path in sorted(FOLDER.glob("cases_*.toml")):
        for number, given in enumerate(tomllib.loads(path.read_text("utf-8"))["case"], 1):
            yield Case(path.stem, number, given["rule"], given["says"], given)


def documented(case: Case) -> EncounterDocumented:
    """The encounter that a case documents."""
    given = case.given
    setting = given.get("setting", "office")
    fields: dict[str, Any] = {
        "problems": tuple(
            _problem(number, text) for number, text in enumerate(given.get("problems", ()), 1)
        ),
        "setting": setting,
        "place_of_service": _PLACES[setting],
        "chief_complaint": given.get("complaint", ""),
        "visit_kind": given.get("visit_kind", "problem"),
    }
    if fields["visit_kind"] == "preventive":
        fields["decision_making"] = None
    if "note" in given:
        fields["note"] = note(("Note", given["note"]))
    return encounter(**fields)


def patient(case: Case) -> PatientFacts:
    """The patient of a case: a woman of 50 unless it says otherwise; ``born`` for newborns."""
    sex: Literal["F", "M", "U"] = case.given.get("sex", "F")
    born = case.given.get("born") or date(DAY.year - case.given.get("age", 50), 1, 1)
    return PatientFacts(born, sex, "commercial")


def result(case: Case) -> CodingResult:
    """What the engine makes of it."""
    return code(documented(case), patient(case))


def _problem(number: int, text: str) -> Problem:
    status = "active"
    match = _STATUS.match(text)
    if match is not None:
        status, text = match[1], text[match.end() :]
    given, _, words = text.partition(" | ")
    has_code = _CODE.fullmatch(given) is not None
    return Problem.model_validate(
        {
            "item_id": f"p{number}",
            "description": words if has_code else text,
            "code": Coding(system="icd10cm", code=given) if has_code else None,
            "status": "active" if status == "not addressed" else status,
            "addressed": status != "not addressed",
        }
    )
