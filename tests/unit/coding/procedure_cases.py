"""What encounters are made of in the tests of procedures: items, patients, lines in short."""

from datetime import date, datetime, timedelta
from typing import Any

from schemas.encounter import (
    DataReviewed,
    DecisionMaking,
    DrugAdministration,
    EarlierProcedure,
    LabTest,
    ProblemAddressed,
    Procedure,
)
from services.coding.domain.coding_result import CodingResult, PatientFacts
from tests.unit.coding.examples import DAY, code, encounter, lines, note

SENIOR = PatientFacts(date(1950, 1, 15), "F", "medicare")
COMMERCIAL = PatientFacts(date(1980, 5, 17), "F", "commercial")
HIGH = DecisionMaking(
    problems=(ProblemAddressed(kind="threat_to_life_or_function"),),
    data=DataReviewed(tests_ordered=3, independent_interpretation=True),
    risk=("hospitalisation_decision",),
)
MINUTE = timedelta(minutes=1)
TEN = datetime.fromisoformat("2026-03-02T10:00:00+00:00")


def procedure(description: str, number: int = 1, **fields: Any) -> Procedure:
    return Procedure.model_validate({"item_id": f"x{number}", "description": description, **fields})


def by_code(code_: str, number: int = 1, **fields: Any) -> Procedure:
    system = "cpt" if code_.isdigit() else "hcpcs"
    return procedure("as coded", number, code={"system": system, "code": code_}, **fields)


def lab_of(code_: str, number: int = 1, **fields: Any) -> LabTest:
    return LabTest.model_validate(
        {
            "item_id": f"l{number}",
            "description": "as coded",
            "code": {"system": "cpt", "code": code_},
            "performed_in_house": True,
            **fields,
        }
    )


def infusion(
    description: str, begins: int, minutes: int | None, number: int = 1, **fields: Any
) -> DrugAdministration:
    times: dict[str, Any] = {}
    if minutes is not None:
        times = {
            "started_at": TEN + begins * MINUTE,
            "stopped_at": TEN + (begins + minutes) * MINUTE,
        }
    return DrugAdministration.model_validate(
        {
            "item_id": f"d{number}",
            "description": description,
            "dose": "500",
            "dose_unit": "mg",
            "route": "infusion",
            "container": "multi_dose",
            **times,
            **fields,
        }
    )


def earlier(code_: str, days: int, *diagnoses: str, **fields: Any) -> EarlierProcedure:
    return EarlierProcedure(
        code=code_, service_date=DAY - timedelta(days=days), diagnoses=diagnoses, **fields
    )


def reported(patient: PatientFacts = COMMERCIAL, **fields: Any) -> list[str]:
    """Lines in short: code, modifiers and units as ``99213-25`` or ``J1885-JZ x2``."""
    return short(code(encounter(**fields), patient))


def short(result: CodingResult) -> list[str]:
    return [
        "-".join((each, *modifiers)) + (f" x{units}" if units != 1 else "")
        for each, modifiers, units in lines(result)
    ]


def told(text: str, **fields: Any) -> CodingResult:
    """The result for a note alone."""
    base = {"problems": (), "decision_making": None, "new_patient": None}
    return code(encounter(note=note(("Note", text)), **{**base, **fields}), COMMERCIAL)
