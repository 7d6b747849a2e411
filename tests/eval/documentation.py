"""Real notes and bundles: what becomes of them, and whether each piece of evidence is exact."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from schemas.encounter import EncounterDocumented, NoteSection, Signature
from schemas.reference import PatientRegistered
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.domain.coding_result import CodingResult, Diagnosis, PatientFacts, VisitHistory
from services.coding.domain.diagnosis.specificity import is_billable
from services.coding.domain.engine import code_encounter
from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import assertion
from simulators.ehr.fhir.import_files import FhirOptions, read_fhir
from simulators.ehr.fhir.payer_names import payer_names
from simulators.ehr.finding import Finding
from tests.shared_data import SHARED, shared

DAY = date(2026, 3, 2)
NEWEST = date(2026, 6, 30)
# The notes are of men and of women, and the phrases name what either may have.
OF_ANY_SEX = PatientFacts(date(1980, 5, 17), "U", "commercial")
_NOT_CODED = ("negated", "family", "hypothetical", "planned")


def notes() -> list[str]:
    """The public visit notes."""
    lines = shared("notes", "aci_bench_train.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["note"] for line in lines]


def of_note(text: str, day: date = DAY) -> EncounterDocumented:
    """An established patient's signed office visit that is documented by a note alone."""
    return EncounterDocumented(
        practice_id="P1",
        encounter_id="E1",
        revision=1,
        patient_id="PT1",
        rendering_provider_id="DR1",
        setting="office",
        place_of_service="11",
        service_date=day,
        new_patient=False,
        signature=Signature(
            provider_id="DR1", signed_at=datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
        ),
        note=(NoteSection(heading="Note", text=text),),
    )


def measure_notes(library: CodeSetLibrary) -> dict[str, Any]:
    """Of the public notes: by who acts next, diagnoses, and evidence that is not what it says."""
    if SHARED is None:
        return {}
    coded = [
        (encounter, code_encounter(encounter, OF_ANY_SEX, VisitHistory(), library.on(DAY)))
        for encounter in map(of_note, notes())
    ]
    return _figures(coded, library)


def measure_bundles(library: CodeSetLibrary) -> dict[str, Any]:
    """Of the public bundles, each patient's newest date moved into the release."""
    if SHARED is None:
        return {}
    findings: list[Finding] = []
    options = FhirOptions(payers=payer_names(), newest=NEWEST)
    patients: dict[str, PatientFacts] = {}
    coded: list[tuple[EncounterDocumented, CodingResult]] = []
    refused = 0
    for item in read_fhir([str(shared("fhir", "synthea_r4"))], options, findings.append):
        event = item.event
        if isinstance(event, PatientRegistered):
            patients[event.patient_id] = PatientFacts(event.birth_date, event.sex)
        if not isinstance(event, EncounterDocumented):
            continue
        try:
            sets = library.on(event.service_date)
        except NoReleaseError:
            refused += 1
            continue
        facts = patients.get(event.patient_id, OF_ANY_SEX)
        coded.append((event, code_encounter(event, facts, VisitHistory(), sets)))
    return {**_figures(coded, library), "refused_without_release": refused}


def _figures(
    coded: Sequence[tuple[EncounterDocumented, CodingResult]], library: CodeSetLibrary
) -> dict[str, Any]:
    routes = Counter(result.route for _, result in coded)
    reasons = Counter(reason.partition(":")[0] for _, result in coded for reason in result.reasons)
    rejected = Counter(each.reason for _, result in coded for each in result.rejected)
    queries = Counter(each.kind for _, result in coded for each in result.queries)
    wrong = Counter(
        fault for encounter, result in coded for fault in faults(encounter, result, library)
    )
    return {
        "encounters": len(coded),
        "automatic": routes["automatic"],
        "queried": routes["query"],
        "queued": routes["coder"],
        "without_code_query_or_reason": sum(
            not (result.diagnoses or result.queries or result.reasons) for _, result in coded
        ),
        "diagnoses": sum(len(result.diagnoses) for _, result in coded),
        "sure_diagnoses": sum(
            each.confidence >= 800 for _, result in coded for each in result.diagnoses
        ),
        "evidence": sum(len(each.evidence) for _, result in coded for each in result.diagnoses),
        "faults": dict(sorted(wrong.items())),
        "reasons": dict(reasons.most_common()),
        "rejected": dict(rejected.most_common()),
        "queries": dict(queries.most_common()),
    }


def faults(
    encounter: EncounterDocumented, result: CodingResult, library: CodeSetLibrary
) -> Iterable[str]:
    """What is wrong with a result whatever the right codes are."""
    codes = library.on(encounter.service_date).diagnoses
    for diagnosis in result.diagnoses:
        if not is_billable(codes, diagnosis.code):
            yield "not_billable"
        yield from _evidence_faults(encounter, diagnosis)


def _evidence_faults(encounter: EncounterDocumented, diagnosis: Diagnosis) -> Iterable[str]:
    for place in diagnosis.evidence:
        if place.source != "note":
            continue
        if place.section is None or not 0 <= place.section < len(encounter.note):
            yield "no_such_section"
            continue
        text = encounter.note[place.section].text
        if (
            place.start is None
            or place.end is None
            or not 0 <= place.start < place.end <= len(text)
        ):
            yield "offset_out_of_bounds"
            continue
        read = text[place.start : place.end]
        if read != read.strip() or not wording.read(read).tokens:
            yield "offset_not_on_words"
        start = text.rfind("\n", 0, place.start) + 1
        end = text.find("\n", place.end)
        line = text[start : end if end >= 0 else len(text)]
        meant = assertion(line, place.start - start, place.end - start)
        if meant in _NOT_CODED:
            yield f"coded_though_{meant}"
