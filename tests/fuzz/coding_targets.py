"""Cases of coding's offline commands: notes, phrases, edits, units, reviews.

Each is worked twice: the same case gives the same bytes. What the command line would answer with
``not_worked`` is a crash here, and content that comes back in an error is one too.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from random import Random
from typing import Any

from schemas.catalogue import MODEL_OF_TOPIC
from schemas.encounter import EncounterDocumented
from schemas.examples import example
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.commands import report
from services.coding.commands.cases import CaseError, Result, read_case
from services.coding.commands.dose_cases import read_dose_case
from services.coding.commands.edit_cases import read_case as read_edit_case
from services.coding.commands.edits import judged
from services.coding.commands.lookup import named_codes
from services.coding.commands.offline import Known, encounter_of
from services.coding.commands.review import reviewed
from services.coding.commands.shared import code_sets
from services.coding.commands.units import counted
from services.coding.domain.coding_result import VisitHistory
from services.coding.domain.diagnosis.phrase_candidates import PhraseCandidates
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.engine import code_encounter
from services.coding.domain.review import review as documentation
from services.coding.domain.review.cloned_text import sketch
from tests.fuzz.mutation import spoiled_json
from tests.fuzz.target import Target
from tests.fuzz.watch import Check

_DAY = date(2026, 3, 2)
_KNOWN = Known("office", 40, "U", "medicare", _DAY)
_MARK = "Okaforzzq"
Work = Callable[[dict[str, Any]], Result]


class EchoError(Exception):
    """An error that tells what the case held."""


class UnlikeError(Exception):
    """The same case, answered in two ways."""


_sets = cache(code_sets)


def _check_of(work: Callable[[CodeSetLibrary], Work]) -> Callable[[], Check]:
    def make() -> Check:
        answer = work(_sets())

        def check(data: bytes) -> str:
            try:
                first = json.dumps(answer(read_case(data)), allow_nan=False)
            except CaseError as error:
                if _MARK in json.dumps(error.result):
                    raise EchoError from None
                return "refused"
            if json.dumps(answer(read_case(data))) != first:
                raise UnlikeError
            return "decided"

        return check

    return make


def _code(sets: CodeSetLibrary) -> Work:
    def work(case: dict[str, Any]) -> Result:
        encounter, patient = encounter_of(case, _KNOWN)
        try:
            at_hand = sets.on(encounter.service_date)
        except NoReleaseError as missing:
            raise CaseError("no_code_set_release", str(missing)) from None
        return report.of_result(code_encounter(encounter, patient, VisitHistory(), at_hand))

    return work


def _review(sets: CodeSetLibrary) -> Work:
    def work(case: dict[str, Any]) -> Result:
        previous = case.pop("previous_note", None)
        earlier = sketch((previous,)) if isinstance(previous, str) else ()
        alone = isinstance(case.get("note"), str)
        encounter, patient = encounter_of(case, _KNOWN)
        known = documentation.Known(patient.sex, earlier, note_alone=alone)
        return reviewed(encounter, patient, sets, known)

    return work


def _lookup(sets: CodeSetLibrary) -> Work:
    codes = sets.on(_DAY).diagnoses
    candidates = PhraseCandidates(codes, PhraseMatcher(codes))

    def work(case: dict[str, Any]) -> Result:
        text = case.get("phrase")
        if not isinstance(text, str):
            raise CaseError("not_a_phrase", "a case is a phrase")
        return {"candidates": named_codes(candidates, text, 5)}

    return work


def _edits(sets: CodeSetLibrary) -> Work:
    return lambda case: judged(read_edit_case(case), sets)


def _units(sets: CodeSetLibrary) -> Work:
    return lambda case: counted(read_dose_case(case), sets, _DAY)


_NOTE = (
    f"CHIEF COMPLAINT: cough, {_MARK}\n\nHPI: 62 y/o with type 2 diabetes on insulin. No fever. "
    "Fell from a ladder at home. Developed a rash after amoxicillin.\n\nASSESSMENT AND PLAN:\n"
    "1. Acute bronchitis.\n2. Laceration of left hand, repaired 3 cm.\n3. Type 2 diabetes with "
    "neuropathy, A1c 8.2%.\n4. Rule out pneumonia; history of stroke, without deficits.\n"
    "Total time 35 minutes."
)


def _documents(*cases: dict[str, Any]) -> Callable[[], Sequence[bytes]]:
    return lambda: [json.dumps(case).encode() for case in cases]


@cache
def _event() -> dict[str, Any]:
    topic = next(topic for topic, model in MODEL_OF_TOPIC.items() if model is EncounterDocumented)
    event: dict[str, Any] = json.loads(example(topic).to_json())
    event["note"][0]["text"] += f" {_MARK}."
    return event


def _encounters() -> Sequence[bytes]:
    note = {"note": _NOTE, "setting": "office", "age": 62, "sex": "F", "on": "2026-03-02"}
    copied = {**note, "previous_note": _NOTE, "programme": "medicare"}
    return [json.dumps(case).encode() for case in (note, copied, _event())]


_PHRASES = tuple(
    {"phrase": f"{text} {_MARK}"}
    for text in (
        "type 2 diabetes mellitus with diabetic neuropathy",
        "fracture of left wrist, initial encounter",
        "acute bronchitis; rule out pneumonia (J18.9)",
        "h/o CVA w/o residual",
    )
)
_LINES = {
    "lines": [
        {"code": "80053", "modifiers": [], "units": 1, "pointers": [1]},
        {
            "code": "99213",
            "modifiers": ["25"],
            "units": 1,
            "pointers": [1, 2],
            "date": "2024-08-01",
        },
        {"code": "11042", "modifiers": ["LT"], "units": 1, "documented": ["separate_structure"]},
        {"code": "J0696", "units": 4, "pointers": ["A"], "provider_id": _MARK},
    ],
    "diagnoses": ["E11.9", "L97.511"],
    "place_of_service": "11",
    "date": "2024-08-01",
    "birth_date": "1960-01-01",
    "sex": "F",
    "programme": "medicare",
    "jurisdiction": "J5",
    "abn": True,
    "history": [
        {"code": "11042", "date": "2024-07-30", "provider_id": "D1", "diagnoses": ["L97.511"]}
    ],
}
_DOSE = {
    "code": "J0696",
    "dose": "600",
    "dose_unit": "mg",
    "container": "single_dose",
    "containers": [{"size": "500", "unit": "mg", "count": 3}, {"size": "250", "unit": "mg"}],
    "wasted": "150 mg",
    "date": "2024-08-01",
}
_MIXED = {
    "drug": f"rocephin {_MARK}",
    "dose": {"value": "2", "unit": "mL"},
    "concentration": "350 mg/mL",
    "container": "multi_dose",
    "descriptor_dose": "250",
    "descriptor_unit": "mg",
    "ndc": "0409-7337-01",
    "date": "2026-03-02",
}


def _spoiled(draw: Random, seeds: Sequence[bytes]) -> bytes:
    return spoiled_json(draw, draw.choice(seeds))


CODING_TARGETS = (
    Target(
        "coding-case",
        "a case of coding code, a note or an event",
        20,
        _encounters,
        _check_of(_code),
        _spoiled,
    ),
    Target(
        "coding-phrase",
        "a phrase of coding lookup",
        20,
        _documents(*_PHRASES),
        _check_of(_lookup),
        _spoiled,
    ),
    Target(
        "coding-edits",
        "a case of coding edits",
        20,
        _documents(_LINES),
        _check_of(_edits),
        _spoiled,
    ),
    Target(
        "coding-units",
        "a case of coding units",
        20,
        _documents(_DOSE, _MIXED),
        _check_of(_units),
        _spoiled,
    ),
    Target(
        "coding-review",
        "a case of coding review",
        20,
        _encounters,
        _check_of(_review),
        _spoiled,
    ),
)
