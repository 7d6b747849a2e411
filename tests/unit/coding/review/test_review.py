"""What a review of documentation finds, and what it leaves alone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.encounter import (
    DataReviewed,
    DecisionMaking,
    DrugAdministration,
    EncounterDocumented,
    Immunization,
    ProblemAddressed,
    Signature,
)
from services.coding.domain.reading.note_reading import NoteReading
from services.coding.domain.review.documentation_review import Flag
from services.coding.domain.review.review import Known, review
from tests.unit.coding.examples import SIGNED, encounter, note

COMPLETE = (
    "Chief complaint: cough.\nHPI: 45-year-old woman here for cough for 3 days.\n"
    "Assessment: Acute bronchitis.\nPlan: rest and fluids, dextromethorphan 10 mg.\n"
    "Date of service: 03/02/2026\nElectronically signed by Jane Rivera, MD on 03/02/2026"
)


def reviewed(documented: EncounterDocumented, **known: Any) -> list[Flag]:
    return review(documented, NoteReading(documented.note), Known(**known))


def of_note(text: str, **fields: Any) -> dict[str, Flag]:
    """Flags on a note with nothing structured beside it, by kind."""
    documented = encounter(note=note(("Note", text)), problems=(), **fields)
    return {flag.kind: flag for flag in reviewed(documented, note_alone=True)}


def queried(found: dict[str, Flag]) -> set[str]:
    return {kind for kind, flag in found.items() if flag.severity == "query"}


def test_a_complete_record_and_a_complete_note_raise_nothing() -> None:
    assert reviewed(encounter(chief_complaint="cough")) == []
    assert of_note(COMPLETE) == {}


@pytest.mark.parametrize(
    ("signature", "kind", "severity"),
    [
        (None, "missing_signature", "query"),
        (Signature(provider_id="DR9", signed_at=SIGNED.signed_at), "missing_signature", "query"),
        (
            Signature(provider_id="DR1", signed_at=SIGNED.signed_at - timedelta(days=9)),
            "signed_before_service",
            "query",
        ),
        (
            Signature(provider_id="DR1", signed_at=SIGNED.signed_at + timedelta(days=45)),
            "late_signature",
            "warn",
        ),
    ],
)
def test_a_record_is_signed_by_who_rendered_it_and_in_time(
    signature: Signature | None, kind: str, severity: str
) -> None:
    (flag,) = reviewed(encounter(signature=signature))
    assert (flag.kind, flag.severity) == (kind, severity)


def test_a_note_alone_needs_a_signature_with_credential_and_date() -> None:
    unsigned = COMPLETE.partition("Electronically")[0]
    assert "missing_signature" in queried(of_note(unsigned))
    assert set(of_note(f"{unsigned}Signed by Jane Rivera")) == {
        "missing_credential",
        "missing_signature_date",
    }


@pytest.mark.parametrize("written", ["02/28/2026", "2026-02-28", "2/28/26"])
def test_another_date_of_service_in_the_note_is_asked_about(written: str) -> None:
    documented = encounter(note=note(("Note", f"HPI: cough. Date of service: {written}")))
    (flag,) = reviewed(documented)
    assert (flag.kind, flag.severity, flag.blocks) == ("service_date_differs", "query", "claim")
    assert flag.start is not None
    assert flag.end is not None
    assert documented.note[0].text[flag.start : flag.end].endswith(written)


def test_an_impossible_date_is_no_date() -> None:
    assert reviewed(encounter(note=note(("Note", "HPI: cough. DOS: 13/45/2026")))) == []


def test_a_note_that_does_not_say_why_the_patient_came_is_told() -> None:
    found = of_note("Assessment: Gout.\nPlan: colchicine.")
    assert found["missing_chief_complaint"].severity == "warn"


class TestTime:
    def test_a_visit_by_time_needs_the_total_in_its_note(self) -> None:
        documented = encounter(
            decision_making=None,
            total_minutes=32,
            chief_complaint="cough",
            note=note(("HPI", "Cough for days.")),
        )
        assert [flag.kind for flag in reviewed(documented)] == ["missing_total_time"]
        stated = documented.model_copy(
            update={
                "note": note(("HPI", "Cough. Total time on the date of the visit: 32 minutes."))
            }
        )
        assert reviewed(stated) == []

    def test_two_totals_that_differ_are_a_conflict(self) -> None:
        documented = encounter(
            total_minutes=45, note=note(("HPI", "Total time spent today was 25 minutes."))
        )
        (flag,) = reviewed(documented)
        assert (flag.kind, flag.blocks) == ("total_time_differs", "visit_level")

    def test_a_range_is_no_total(self) -> None:
        documented = encounter(
            decision_making=None,
            total_minutes=32,
            note=note(("HPI", "I spent 30-39 minutes with the patient.")),
        )
        assert [(f.kind, f.severity) for f in reviewed(documented)] == [
            ("total_time_unclear", "query")
        ]

    def test_counselling_time_alone_is_no_total(self) -> None:
        found = of_note(f"{COMPLETE}\n15 minutes were face-to-face.", decision_making=None)
        assert "counselling_time_only" in found or "missing_total_time" not in queried(found)

    def test_half_a_visit_of_counselling_is_told_of_without_any_minutes(self) -> None:
        found = of_note(f"{COMPLETE}\nOver half of the visit was counseling.")
        assert found["counselling_time_only"].severity == "warn"


def test_a_vaccine_without_its_lot_is_told_and_holds_nothing() -> None:
    documented = encounter(immunizations=(Immunization(item_id="v1", description="influenza"),))
    (flag,) = reviewed(documented)
    assert (flag.kind, flag.severity, flag.blocks, flag.item_id) == (
        "missing_lot",
        "warn",
        "nothing",
        "v1",
    )


def test_an_infusion_needs_its_start_and_stop() -> None:
    drug = DrugAdministration(
        item_id="d1",
        description="iron sucrose",
        dose=Decimal(200),
        dose_unit="mg",
        route="infusion",
        container="multi_dose",
        lot="L1",
    )
    assert [flag.kind for flag in reviewed(encounter(drugs=(drug,)))] == ["missing_infusion_times"]
    timed = drug.model_copy(
        update={
            "started_at": datetime(2026, 3, 2, 9, tzinfo=UTC),
            "stopped_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
        }
    )
    assert reviewed(encounter(drugs=(timed,))) == []


class TestDecisionMaking:
    HIGH = DecisionMaking(
        problems=(ProblemAddressed(kind="chronic_severe_exacerbation"),),
        data=DataReviewed(),
        risk=("hospitalisation_decision",),
    )

    def test_an_element_that_the_note_never_mentions_is_asked_about_where_the_level_rests_on_it(
        self,
    ) -> None:
        documented = encounter(
            decision_making=self.HIGH, note=note(("HPI", "COPD, worse for a week."))
        )
        (flag,) = reviewed(documented)
        assert (flag.kind, flag.severity) == ("decision_making_without_evidence", "query")
        assert flag.missing == ("hospitalisation_decision",)

    def test_an_element_that_the_note_describes_is_left_alone(self) -> None:
        documented = encounter(
            decision_making=self.HIGH,
            note=note(("HPI", "COPD, worse for a week."), ("Plan", "Admit to the hospital.")),
        )
        assert reviewed(documented) == []

    def test_a_drug_of_any_name_may_stand_for_drug_management(self) -> None:
        managed = DecisionMaking(
            problems=(ProblemAddressed(kind="stable_chronic", count=2),),
            risk=("prescription_drug_management",),
        )
        documented = encounter(decision_making=managed, note=note(("HPI", "Doing well.")))
        assert [flag.severity for flag in reviewed(documented)] == ["warn"]


class TestTelehealth:
    def test_consent_place_and_means_are_looked_for(self) -> None:
        documented = encounter(
            setting="telehealth", place_of_service="02", note=note(("HPI", "Cough for days."))
        )
        found = {flag.kind: flag.severity for flag in reviewed(documented)}
        assert found == {
            "missing_telehealth_consent": "warn",
            "missing_telehealth_location": "query",
            "missing_telehealth_modality": "query",
        }

    def test_a_note_that_states_them_is_complete(self) -> None:
        text = (
            "Video visit. The patient consented to telehealth and was located at home in Ohio. "
            "Provider location: clinic. Cough for days."
        )
        documented = encounter(
            setting="telehealth", place_of_service="10", note=note(("HPI", text))
        )
        assert reviewed(documented) == []


class TestOthersWhoTookPart:
    def test_a_trainee_needs_the_teaching_physicians_statement(self) -> None:
        found = of_note(f"{COMPLETE}\nPatient seen by the resident, PGY-2.")
        assert queried(found) == {"missing_teaching_attestation"}
        attested = f"{COMPLETE}\nSeen by the resident. I saw and examined the patient and agree."
        assert of_note(attested) == {}

    @pytest.mark.parametrize("text", ["She is a resident of Ohio.", "Nursing home resident."])
    def test_a_patient_who_resides_somewhere_is_no_trainee(self, text: str) -> None:
        assert of_note(f"{COMPLETE}\n{text}") == {}

    def test_a_shared_visit_needs_who_performed_which_part(self) -> None:
        text = f"{COMPLETE}\nThis was a split/shared visit with the physician assistant."
        found = of_note(text, setting="inpatient", place_of_service="21")
        assert queried(found) == {"missing_substantive_portion"}
        told = f"{text} I performed the substantive portion."
        assert of_note(told, setting="inpatient", place_of_service="21") == {}


class TestServicesInANote:
    def test_a_drug_given_needs_dose_route_and_lot(self) -> None:
        found = of_note(f"{COMPLETE}\nPlan: Ketorolac was given in the office today.")
        assert queried(found) == {"missing_drug_dose", "missing_route"}
        assert found["missing_lot"].severity == "warn"
        full = "Plan: Ketorolac 60 mg was given IM in the left deltoid, lot 4471A."
        assert of_note(f"{COMPLETE}\n{full}") == {}

    def test_a_single_dose_vial_needs_what_was_discarded(self) -> None:
        text = (
            "Plan: Triamcinolone 30 mg administered IM, right gluteal, lot 22B, from a "
            "single-dose vial of 40 mg."
        )
        assert queried(of_note(f"{COMPLETE}\n{text}")) == {"missing_waste"}
        assert queried(of_note(f"{COMPLETE}\n{text} 10 mg discarded.")) == set()

    def test_a_procedure_needs_site_side_and_what_was_done(self) -> None:
        found = of_note(f"{COMPLETE}\nPROCEDURE\nKnee injection performed.")
        assert {"missing_laterality", "incomplete_procedure_note"} <= queried(found)
        assert "technique" in found["incomplete_procedure_note"].missing
        assert "missing_consent" in found
        full = (
            "PROCEDURE\nRight knee injection. Risks and benefits discussed, consent obtained. "
            "Skin prepped, 1% lidocaine for anesthesia. 25-gauge needle by lateral approach. "
            "Tolerated well, no complications."
        )
        assert of_note(f"{COMPLETE}\n{full}") == {}

    def test_a_laceration_repair_needs_its_length(self) -> None:
        text = (
            "PROCEDURE\nLaceration of left forearm repaired. Verbal consent. Lidocaine. Irrigated, "
            "closed with 4-0 nylon sutures. Tolerated well."
        )
        assert queried(of_note(f"{COMPLETE}\n{text}")) == {"missing_measure"}
        assert of_note(f"{COMPLETE}\n{text.replace('Laceration', '3 cm laceration')}") == {}

    @pytest.mark.parametrize("named", ["Wound repair", "Wound closure"])
    def test_a_wound_that_was_closed_needs_its_length_however_it_is_named(self, named: str) -> None:
        text = f"PROCEDURE\n{named} done today, left forearm. Verbal consent. No complications."
        assert "missing_measure" in queried(of_note(f"{COMPLETE}\n{text}"))

    def test_a_test_done_here_needs_its_reading(self) -> None:
        found = of_note(f"{COMPLETE}\nPlan: ECG was performed in the office today.")
        assert queried(found) == {"missing_interpretation"}
        assert queried(of_note(f"{COMPLETE}\nHPI: cough. EKG done.")) == {"missing_interpretation"}
        read = "Plan: ECG was performed in the office today and shows sinus rhythm."
        assert of_note(f"{COMPLETE}\n{read}") == {}

    @pytest.mark.parametrize(
        "text",
        [
            "Plan: We will schedule a knee injection.",
            "Plan: Discussed joint injection, patient declined.",
            "PMH: knee injection performed 2 years ago.",
            "Plan: Ketorolac was not given.",
            "HPI: He had an x-ray performed at an outside clinic.",
            "Plan: Order x-ray of the knee.",
        ],
    )
    def test_what_was_planned_denied_or_past_is_no_service(self, text: str) -> None:
        assert of_note(f"{COMPLETE}\n{text}") == {}


def test_opposite_sides_in_history_and_assessment_are_a_conflict() -> None:
    text = (
        "Chief complaint: knee pain.\nHPI: right knee pain for a week.\n"
        "Assessment: Sprain of left knee.\nPlan: ice."
    )
    assert "side_differs" in queried(of_note(text))
    assert "side_differs" not in of_note(text.replace("right", "left"))


def test_a_patient_described_as_of_the_other_sex_is_asked_about() -> None:
    documented = encounter(note=note(("HPI", "A 45-year-old man with cough.")))
    assert [flag.kind for flag in reviewed(documented, sex="F")] == ["sex_differs"]
    assert reviewed(documented, sex="M") == []
    wrapped = encounter(note=note(("HPI", "A 45-year-old\nman with cough.")))
    assert [flag.kind for flag in reviewed(wrapped, sex="F")] == ["sex_differs"]
    assert reviewed(documented, sex="U") == []


@pytest.mark.parametrize("text", ["Pain: ***", "Allergies: {allergy:1234}", "@NAME@ is here"])
def test_open_fields_of_a_template_are_asked_about(text: str) -> None:
    assert "unfilled_template" in queried(of_note(f"{COMPLETE}\n{text}"))


@pytest.mark.parametrize("text", ["**Plan**", "*****", "__________"])
def test_rules_and_emphasis_are_no_open_fields(text: str) -> None:
    assert "unfilled_template" not in of_note(f"{COMPLETE}\n{text}")


@pytest.mark.parametrize(
    "text", ["", "\x00\xff" * 5_000, "(" * 50_000, "min " * 50_000, "left knee right knee " * 9_000]
)
def test_no_note_is_too_odd_to_review(text: str) -> None:
    assert all(isinstance(flag, Flag) for flag in of_note(text).values())


def test_the_same_documentation_gives_the_same_flags() -> None:
    documented = encounter(
        note=note(("Note", f"{COMPLETE}\nSeen by the resident. ECG done today."))
    )
    assert reviewed(documented) == reviewed(documented)
