"""What a simulated clinician writes, and what one thing gone wrong looks like."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from schemas.values import Laterality
from services.coding.app import library
from services.coding.domain.procedures.drug_coding import code_drugs
from services.coding.settings import CodingSettings
from simulators.ehr.clinic.documentation import write
from simulators.ehr.clinic.gap import Gap, possible_gaps
from simulators.ehr.clinic.patient import create
from simulators.ehr.clinic.practice import practices
from simulators.ehr.clinic.revision import addendum, cancellation, correction
from simulators.ehr.clinic.visit import Visit
from simulators.ehr.clinic.visit_kind import VisitKind, visit_kinds
from simulators.ehr.clinic.wording import age_in_words, fill

DAY = date(2026, 3, 2)
START = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=-5)))


def kind_named(name: str) -> VisitKind:
    return next(kind for kind in visit_kinds() if kind.kind == name)


def visit_of(kind: VisitKind, drawn: str = "t") -> Visit:
    practice = next(one for one in practices() if one.specialty in kind.weights)
    patient = create(
        practice_id=practice.practice_id,
        patient_id="P1",
        day=DAY,
        ages_months=kind.age_months,
        sex=kind.sex,
        programmes=kind.programmes,
        rng=random.Random(drawn),
    )
    return Visit(
        token=drawn,
        kind=kind,
        practice=practice,
        patient=patient,
        encounter_id="E1",
        provider_id=practice.providers[0].provider_id,
        referring_provider_id=None,
        started_at=START,
        signed_at=START + timedelta(hours=1),
        new_patient=False,
        side="left",
    )


@pytest.mark.parametrize("kind", visit_kinds(), ids=lambda kind: kind.kind)
def test_every_kind_of_visit_is_documented_whole(kind: VisitKind) -> None:
    for number in range(5):
        documented = write(visit_of(kind, f"t{number}"))
        assert documented.signature is not None
        assert documented.problems
        assert documented.chief_complaint
        text = " ".join(section.text for section in documented.note)
        assert "{" not in text
        assert "  " not in text
        assert all(section.text for section in documented.note)
        for problem in documented.problems:
            assert problem.description in documented.note[-1].text
        if documented.visit_kind == "problem":
            assert documented.decision_making or documented.total_minutes


@pytest.mark.parametrize("kind", visit_kinds(), ids=lambda kind: kind.kind)
def test_no_gap_changes_more_than_the_gap(kind: VisitKind) -> None:
    visit = visit_of(kind)
    complete = write(visit)
    for gap in possible_gaps(complete):
        broken = write(visit, gap)
        assert broken != complete, gap
        assert broken.lab_tests == complete.lab_tests
        assert broken.immunizations == complete.immunizations
        assert broken.service_date == complete.service_date


def test_an_unsigned_note_has_no_signature() -> None:
    assert write(visit_of(kind_named("hypertension_follow_up")), Gap.UNSIGNED).signature is None


def test_without_a_side_neither_list_nor_note_names_one() -> None:
    broken = write(visit_of(kind_named("ankle_sprain")), Gap.NO_SIDE)
    text = " ".join(section.text for section in broken.note).lower()
    assert "left" not in text
    assert "right" not in text
    assert broken.problems[0].laterality is None
    assert all(procedure.laterality is None for procedure in broken.procedures)


def test_a_side_conflict_has_one_side_in_the_list_and_the_other_in_the_note() -> None:
    broken = write(visit_of(kind_named("knee_osteoarthritis")), Gap.SIDE_CONFLICT)
    assert broken.problems[0].laterality == "left"
    assert "right knee" in broken.note[-1].text


def test_a_denied_problem_is_listed_and_denied_in_the_assessment() -> None:
    broken = write(visit_of(kind_named("hypothyroidism_follow_up")), Gap.DENIED_PROBLEM)
    assert broken.problems[0].status == "active"
    assert "No evidence of" in broken.note[-1].text


def test_without_time_or_decision_making_neither_is_recorded() -> None:
    broken = write(visit_of(kind_named("migraine")), Gap.NO_TIME_OR_DECISION)
    assert broken.decision_making is None
    assert broken.total_minutes is None
    assert "minutes" not in broken.note[-1].text


def test_without_a_report_the_study_is_there_and_its_reading_is_not() -> None:
    broken = write(visit_of(kind_named("chest_pain_evaluation")), Gap.NO_REPORT)
    study = next(one for one in broken.procedures if one.item_id.startswith("study-"))
    assert not study.report
    assert "ECG:" not in " ".join(section.text for section in broken.note)


def test_what_is_left_in_a_single_dose_vial_is_thrown_away_or_not_recorded() -> None:
    kind = kind_named("shoulder_joint_injection")
    drugs = [write(visit_of(kind, f"t{number}")).drugs[0] for number in range(12)]
    assert {(str(drug.dose), str(drug.wasted)) for drug in drugs} == {("20", "20"), ("40", "0")}
    visit = next(
        visit_of(kind, f"t{number}")
        for number in range(12)
        if Gap.NO_WASTE in possible_gaps(write(visit_of(kind, f"t{number}")))
    )
    assert write(visit, Gap.NO_WASTE).drugs[0].wasted is None


def test_the_code_of_a_sided_problem_is_that_of_its_side() -> None:
    kind = kind_named("ankle_sprain")
    for number in range(20):
        visit = visit_of(kind, f"t{number}")
        codes: dict[Laterality, str] = {"left": "S93.402A", "right": "S93.401A"}
        for side, code in codes.items():
            coding = write(replace(visit, side=side)).problems[0].code
            if coding is not None and coding.system == "icd10cm":
                assert coding.code == code


def test_an_addendum_keeps_the_note_and_adds_to_it() -> None:
    visit = visit_of(kind_named("hypertension_follow_up"))
    before = write(visit)
    after = addendum(before, visit.practice, "Result received.", START)
    assert (after.revision, after.revision_reason) == (2, "addendum")
    assert after.note[:-1] == before.note
    assert after.note[-1].text == "Result received."


@pytest.mark.parametrize("kind", visit_kinds(), ids=lambda kind: kind.kind)
def test_a_correction_changes_something_that_is_coded(kind: VisitKind) -> None:
    before = write(visit_of(kind))
    after = correction(before, random.Random(1), START)
    changed = {
        name for name in type(before).model_fields if getattr(before, name) != getattr(after, name)
    } - {"revision", "revision_reason", "signature"}
    assert len(changed) == 1


def test_a_cancellation_says_so_and_changes_nothing_else() -> None:
    before = write(visit_of(kind_named("influenza")))
    after = cancellation(before)
    assert after.revision_reason == "cancellation"
    assert after.model_copy(update={"revision": 1, "revision_reason": "initial"}) == before


@pytest.mark.parametrize(
    ("template", "side", "text"),
    [
        ("Pain of the {side} knee.", "left", "Pain of the left knee."),
        ("Pain of the {side} knee.", None, "Pain of the knee."),
        ("{side} ankle swollen.", None, "Ankle swollen."),
        ("{side} ankle swollen.", "right", "Right ankle swollen."),
        ("Impacted cerumen, {side} ear", None, "Impacted cerumen of ear"),
    ],
)
def test_a_wording_without_a_side_reads_well(
    template: str, side: Laterality | None, text: str
) -> None:
    assert fill(template, {}, side) == text


def test_an_age_is_told_in_months_below_two_years() -> None:
    assert age_in_words(9) == "9-month-old"
    assert age_in_words(24) == "2-year-old"


@pytest.mark.parametrize("kind", visit_kinds(), ids=lambda kind: kind.kind)
def test_every_drug_that_the_clinic_gives_has_a_code_in_force(kind: VisitKind) -> None:
    codes = library(CodingSettings()).on(DAY)
    named = {template.hcpcs for template in kind.drugs}
    for number in range(8):
        given = write(visit_of(kind, f"d{number}")).drugs
        coded = code_drugs(given, codes.hcpcs, DAY, "11", frozenset())
        assert not coded.reasons
        assert {line.code for line in coded.lines if line.code[0] == "J"} <= named
