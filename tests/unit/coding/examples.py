"""Encounters and code sets for tests of the coding rules."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from schemas.encounter import (
    DataReviewed,
    DecisionMaking,
    EncounterDocumented,
    NoteSection,
    Problem,
    ProblemAddressed,
    Signature,
)
from services.coding.app import library
from services.coding.codesets.library import CodeSetLibrary
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import (
    CodingOptions,
    CodingResult,
    PatientFacts,
    VisitHistory,
)
from services.coding.domain.engine import code_encounter
from services.coding.settings import CodingSettings

DAY = date(2026, 3, 2)
SIGNED = Signature(provider_id="DR1", signed_at=datetime(2026, 3, 2, 18, 0, tzinfo=UTC))
MODERATE = DecisionMaking(
    problems=(ProblemAddressed(kind="stable_chronic", count=2),),
    data=DataReviewed(),
    risk=("prescription_drug_management",),
)
LOW = DecisionMaking(
    problems=(ProblemAddressed(kind="acute_uncomplicated"),), risk=("over_the_counter_drug",)
)
ADULT = PatientFacts(date(1980, 5, 17), "F", "commercial")


@cache
def open_library() -> CodeSetLibrary:
    return library(CodingSettings())


def sets_on(day: date = DAY) -> CodeSets:
    return open_library().on(day)


def problems(*descriptions: str, **fields: Any) -> tuple[Problem, ...]:
    return tuple(
        Problem(item_id=f"p{number}", description=text, **fields)
        for number, text in enumerate(descriptions, start=1)
    )


def encounter(**fields: Any) -> EncounterDocumented:
    base: dict[str, Any] = {
        "practice_id": "P1",
        "encounter_id": "E1",
        "revision": 1,
        "patient_id": "PT1",
        "rendering_provider_id": "DR1",
        "setting": "office",
        "place_of_service": "11",
        "service_date": DAY,
        "new_patient": False,
        "decision_making": LOW,
        "problems": problems("Acute bronchitis"),
    }
    base.update(fields)
    signed_at = datetime.combine(base["service_date"], SIGNED.signed_at.timetz())
    base.setdefault("signature", Signature(provider_id="DR1", signed_at=signed_at))
    return EncounterDocumented(**base)


def note(*sections: tuple[str, str]) -> tuple[NoteSection, ...]:
    return tuple(NoteSection(heading=heading, text=text) for heading, text in sections)


def code(
    documented: EncounterDocumented,
    patient: PatientFacts = ADULT,
    history: VisitHistory | None = None,
    options: CodingOptions | None = None,
) -> CodingResult:
    return code_encounter(
        documented, patient, history or VisitHistory(), sets_on(documented.service_date), options
    )


def codes(result: CodingResult) -> list[str]:
    return [diagnosis.code for diagnosis in result.diagnoses]


def lines(result: CodingResult) -> list[tuple[str, tuple[str, ...], int]]:
    return [(line.code, line.modifiers, line.units) for line in result.lines]


def diagnosis_codes(**fields: Any) -> list[str]:
    """The diagnoses of an encounter that is all default but for ``fields``."""
    return codes(code(encounter(**fields)))
