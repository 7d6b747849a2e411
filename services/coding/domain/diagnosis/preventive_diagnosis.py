"""The first-listed diagnosis of a preventive visit: Z00 by age and findings (I.C.21.c.13).

A finding is abnormal when it is new or a known condition has worsened; a stable chronic condition
is none.
"""

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import Diagnosis, PatientFacts

_ABNORMAL = frozenset(
    (
        "chronic_exacerbation",
        "undiagnosed_uncertain_prognosis",
        "acute_uncomplicated",
        "acute_systemic_symptoms",
        "acute_complicated_injury",
        "chronic_severe_exacerbation",
        "threat_to_life_or_function",
    )
)


def preventive_diagnosis(encounter: EncounterDocumented, patient: PatientFacts) -> Diagnosis:
    """Z00.110, Z00.111, Z00.12x or Z00.0x."""
    recorded = encounter.decision_making
    abnormal = recorded is not None and any(p.kind in _ABNORMAL for p in recorded.problems)
    days = patient.days_on(encounter.service_date)
    if days < 8:
        code = "Z00.110"
    elif days <= 28:
        code = "Z00.111"
    elif patient.age_on(encounter.service_date) < 18:
        code = "Z00.121" if abnormal else "Z00.129"
    else:
        code = "Z00.01" if abnormal else "Z00.00"
    return Diagnosis(code, (), ("OG I.C.21.c.13",), 960)
