"""The first-listed diagnosis of a preventive visit: Z00 by age and findings (I.C.21.c.13).

A finding is abnormal when it is new or a known condition has worsened; a stable chronic condition
is none.
"""

import re

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import Diagnosis, PatientFacts
from services.coding.domain.reading.assertion import assertion
from services.coding.domain.reading.note_reading import NoteReading, Passage
from services.coding.domain.reading.note_text import Sentence

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
_CHANGED = re.compile(
    r"\b(?:uncontrolled|(?:not|poorly|inadequately) (?:well[- ])?controlled|(?:not at|above) goal|"
    r"worsen\w+|exacerbat\w+|newly (?:diagnosed|found|noted)|new[- ](?:onset|diagnosis|finding)|"
    r"decompensat\w+|abnormal (?:exam|finding|result|mammogram|pap|ekg|ecg|lab)\w*)\b",
    re.IGNORECASE,
)


def _changed(passage: Passage) -> bool:
    return "assessment" in passage.kinds and any(map(_tells_of_a_change, passage.sentences))


def _tells_of_a_change(sentence: Sentence) -> bool:
    if sentence.kind != "assessment":
        return False
    match = _CHANGED.search(sentence.text)
    return match is not None and assertion(sentence.text, match.start(), match.end()) == "affirmed"


def preventive_diagnosis(
    encounter: EncounterDocumented, patient: PatientFacts, note: NoteReading
) -> Diagnosis:
    """Z00.110, Z00.111, Z00.12x or Z00.0x; by the kinds of problems that the EHR recorded, or by
    what the assessment calls new or worse.
    """
    recorded = encounter.decision_making
    if recorded is not None:
        abnormal = any(p.kind in _ABNORMAL for p in recorded.problems)
    else:
        abnormal = any(passage.once(_changed) for passage in note.passages)
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
