"""What is made of each FHIR resource."""

import base64
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulators.ehr.npi import is_valid
from tests.unit.ehr.bundles import (
    ACT_CODE,
    SNOMED,
    bundle,
    concept,
    condition,
    encounter,
    organization,
    part,
    patient,
    practitioner,
    read,
    to,
    visit,
)

LAB = [concept("http://terminology.hl7.org/CodeSystem/v2-0074", "LAB", "Laboratory")]
LOINC = "http://loinc.org"


def note_reference(text: str, **changes: Any) -> dict[str, Any]:
    data = base64.b64encode(text.encode()).decode()
    return part(
        "DocumentReference",
        context={"encounter": [{"reference": "Encounter/enc-1"}]},
        content=[{"attachment": {"contentType": "text/plain; charset=utf-8", "data": data}}],
        **changes,
    )


@pytest.mark.parametrize(
    ("code", "setting", "place"),
    [
        ("AMB", "office", "11"),
        ("EMER", "emergency", "23"),
        ("IMP", "inpatient", "21"),
        ("OBSENC", "outpatient_hospital", "22"),
        ("VR", "telehealth", "10"),
        ("HH", "home", "12"),
    ],
)
def test_the_class_of_an_encounter_gives_setting_and_place_of_service(
    tmp_path: Path, code: str, setting: str, place: str
) -> None:
    found = read(tmp_path, visit(**{"class": {"system": ACT_CODE, "code": code}}))
    assert [(one.setting, one.place_of_service) for one in found.encounters] == [(setting, place)]


def test_an_urgent_care_type_changes_the_place_of_an_ambulatory_encounter_only(
    tmp_path: Path,
) -> None:
    urgent = [concept(SNOMED, "702927004", "Urgent care clinic")]
    assert read(tmp_path, visit(type=urgent)).encounters[0].place_of_service == "20"
    emergency = {"system": ACT_CODE, "code": "EMER"}
    document = visit(type=urgent, **{"class": emergency})
    assert read(tmp_path, document).encounters[0].place_of_service == "23"


def test_a_telemedicine_type_makes_an_ambulatory_encounter_a_telehealth_visit(
    tmp_path: Path,
) -> None:
    remote = [concept(SNOMED, "448337001", "Telemedicine consultation with patient")]
    found = read(tmp_path, visit(type=remote)).encounters[0]
    assert (found.setting, found.place_of_service) == ("telehealth", "10")


@pytest.mark.parametrize(
    ("system", "code", "kind"),
    [
        (SNOMED, "185349003", "preventive"),
        (SNOMED, "371883000", "procedure"),
        (SNOMED, "33879002", "immunization"),
        ("http://www.ama-assn.org/go/cpt", "99396", "preventive"),
        ("http://www.ama-assn.org/go/cpt", "99213", "problem"),
        (SNOMED, "308335008", "problem"),
        (SNOMED, "308646001", "procedure"),
    ],
)
def test_the_type_of_an_encounter_says_what_kind_of_visit_it_was(
    tmp_path: Path, system: str, code: str, kind: str
) -> None:
    found = read(tmp_path, visit(type=[concept(system, code, "words")]))
    assert [one.visit_kind for one in found.encounters] == [kind]


def test_a_cancelled_encounter_becomes_the_second_revision_as_a_cancellation(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, visit(status="entered-in-error"))
    assert [(one.revision, one.revision_reason) for one in found.encounters] == [
        (2, "cancellation")
    ]


def test_the_version_of_an_encounter_is_its_revision(tmp_path: Path) -> None:
    found = read(tmp_path, visit(meta={"versionId": "3"}))
    assert [(one.revision, one.revision_reason) for one in found.encounters] == [(3, "correction")]


def test_a_finished_encounter_is_signed_by_who_rendered_it_at_its_end(tmp_path: Path) -> None:
    signature = read(tmp_path, visit()).encounters[0].signature
    assert signature is not None
    assert signature.provider_id == "prac-1"
    assert signature.signed_at.isoformat() == "2024-03-02T10:30:00-05:00"


def test_an_encounter_whose_note_is_preliminary_is_not_signed(tmp_path: Path) -> None:
    found = read(tmp_path, visit(note_reference("History", docStatus="preliminary")))
    assert found.encounters[0].signature is None


def test_the_primary_performer_renders_and_a_referrer_refers(tmp_path: Path) -> None:
    roles = [
        ("ATND", practitioner(id="attending")),
        ("REF", practitioner(id="referrer")),
        ("PPRF", practitioner(id="performer")),
    ]
    participants = [
        {"type": [concept("participation", code)], "individual": to(person)}
        for code, person in roles
    ]
    document = visit(*(person for _, person in roles), participant=participants)
    event = read(tmp_path, document).encounters[0]
    assert event.rendering_provider_id == "performer"
    assert event.referring_provider_id == "referrer"


def test_the_period_of_the_encounter_is_no_time_of_the_provider_unless_asked(
    tmp_path: Path,
) -> None:
    assert read(tmp_path, visit()).encounters[0].total_minutes is None
    asked = read(tmp_path, visit(), period_as_time=True)
    assert asked.encounters[0].total_minutes == 30


def test_the_participants_own_period_and_the_length_are_the_providers_time(tmp_path: Path) -> None:
    own = {"start": "2024-03-02T10:00:00Z", "end": "2024-03-02T10:22:00Z"}
    participant = [{"individual": {"reference": "Practitioner/prac-1"}, "period": own}]
    assert read(tmp_path, visit(participant=participant)).encounters[0].total_minutes == 22
    length = {"value": 18, "code": "min"}
    assert read(tmp_path, visit(length=length)).encounters[0].total_minutes == 18


def test_a_length_of_absurd_size_is_no_time(tmp_path: Path) -> None:
    document = visit(length={"value": 1e300, "code": "min"})
    assert read(tmp_path, document).encounters[0].total_minutes is None


@pytest.mark.parametrize(
    ("changes", "status", "addressed"),
    [
        ({}, "active", True),
        ({"verificationStatus": concept("v", "refuted")}, "ruled_out", True),
        ({"verificationStatus": concept("v", "provisional")}, "suspected", True),
        ({"clinicalStatus": concept("c", "resolved")}, "resolved", False),
        (
            {
                "clinicalStatus": concept("c", "resolved"),
                "abatementDateTime": "2024-03-20T00:00:00Z",
            },
            "active",
            True,
        ),
        ({"abatementDateTime": "2023-01-01"}, "resolved", False),
    ],
)
def test_a_condition_counts_as_it_stood_on_the_date_of_service(
    tmp_path: Path, changes: dict[str, Any], status: str, addressed: bool
) -> None:
    problem = read(tmp_path, visit(condition(**changes))).encounters[0].problems[0]
    assert (problem.status, problem.addressed) == (status, addressed)


def test_a_condition_entered_in_error_is_no_problem(tmp_path: Path) -> None:
    mistaken = condition(verificationStatus=concept("v", "entered-in-error"))
    assert read(tmp_path, visit(mistaken)).encounters[0].problems == ()


def test_a_condition_prefers_its_icd_10_cm_code_and_keeps_the_side(tmp_path: Path) -> None:
    both = {
        "coding": [
            {"system": SNOMED, "code": "44465007", "display": "Sprain of ankle"},
            {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "S93.402A"},
        ],
        "text": "Sprain of left ankle",
    }
    side = [concept(SNOMED, "7771000", "Left")]
    problem = read(tmp_path, visit(condition(code=both, bodySite=side))).encounters[0].problems[0]
    assert problem.code is not None
    assert (problem.code.system, problem.code.code) == ("icd10cm", "S93.402A")
    assert problem.description == "Sprain of left ankle"
    assert problem.laterality == "left"


def test_the_problem_list_is_left_aside_and_what_the_encounter_names_is_taken(
    tmp_path: Path,
) -> None:
    listed = condition(id="listed")
    named = condition(id="named")
    del listed["encounter"], named["encounter"]
    document = visit(listed, named, diagnosis=[{"condition": {"reference": "Condition/named"}}])
    problems = read(tmp_path, document).encounters[0].problems
    assert [problem.item_id for problem in problems] == ["named"]


def test_the_reason_stands_in_when_there_is_no_condition(tmp_path: Path) -> None:
    reason = [concept(SNOMED, "444814009", "Viral sinusitis (disorder)")]
    event = read(tmp_path, visit(reasonCode=reason)).encounters[0]
    assert [problem.description for problem in event.problems] == ["Viral sinusitis (disorder)"]
    assert event.chief_complaint == "Viral sinusitis (disorder)"


@pytest.mark.parametrize("status", ["not-done", "preparation", "in-progress", "entered-in-error"])
def test_only_completed_procedures_were_done(tmp_path: Path, status: str) -> None:
    document = visit(part("Procedure", status=status, code=concept(SNOMED, "1", "Suture")))
    assert read(tmp_path, document).encounters[0].procedures == ()


def test_a_vaccine_has_its_cvx_code_its_components_and_its_route(tmp_path: Path) -> None:
    cvx = "http://hl7.org/fhir/sid/cvx"
    shots = [
        part(
            "Immunization",
            id=f"shot-{code}",
            status="completed",
            vaccineCode=concept(cvx, code, "words"),
            lotNumber="A1",
        )
        for code in ("115", "119", "140")
    ]
    given = read(tmp_path, visit(*shots)).encounters[0].immunizations
    assert [(one.code.code if one.code else "", one.components, one.route) for one in given] == [
        ("115", 3, "injection"),
        ("119", 1, "oral"),
        ("140", 1, "injection"),
    ]
    assert given[0].lot == "A1"


def test_a_vaccine_that_the_record_only_repeats_was_not_given_here(tmp_path: Path) -> None:
    told = part(
        "Immunization", status="completed", primarySource=False, vaccineCode=concept("x", "1", "y")
    )
    assert read(tmp_path, visit(told)).encounters[0].immunizations == ()


def test_a_drug_has_its_dose_exactly_and_its_ndc_in_eleven_digits(tmp_path: Path) -> None:
    drug = {
        "resourceType": "Medication",
        "id": "drug-1",
        "code": {
            "coding": [
                {"system": "http://hl7.org/fhir/sid/ndc", "code": "0409-3795-1"},
                {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "860092"},
            ],
            "text": "Ketorolac injection",
        },
    }
    given = part(
        "MedicationAdministration",
        status="completed",
        context={"reference": "Encounter/enc-1"},
        medicationReference={"reference": "Medication/drug-1"},
        dosage={
            "dose": {"value": 0.3, "unit": "mg", "code": "mg"},
            "route": concept(SNOMED, "78421000", "Intramuscular route"),
        },
    )
    event = read(tmp_path, visit(drug, given)).encounters[0].drugs[0]
    assert event.dose == Decimal("0.3")
    assert (event.dose_unit, event.route, event.ndc) == ("mg", "intramuscular", "00409379501")
    assert event.code is not None
    assert event.code.system == "rxnorm"


@pytest.mark.parametrize(
    ("code", "local"), [("78421000", False), ("12130007", True), ("IARTINJ", True)]
)
def test_a_drug_into_a_joint_is_no_injection_of_its_own(
    tmp_path: Path, code: str, local: bool
) -> None:
    given = part(
        "MedicationAdministration",
        status="completed",
        context={"reference": "Encounter/enc-1"},
        medicationCodeableConcept=concept("", "", "Triamcinolone acetonide"),
        dosage={
            "dose": {"value": 40, "unit": "mg", "code": "mg"},
            "route": concept(SNOMED, code, "as given"),
        },
    )
    event = read(tmp_path, visit(given)).encounters[0].drugs[0]
    assert (event.route, event.local) == ("intramuscular", local)


def test_a_report_is_one_test_and_its_results_are_part_of_it(tmp_path: Path) -> None:
    result = part(
        "Observation", id="obs-1", status="final", category=LAB, code=concept(LOINC, "718-7", "Hb")
    )
    single = part(
        "Observation", id="obs-2", status="final", category=LAB, code=concept(LOINC, "4548-4", "A1")
    )
    report = part(
        "DiagnosticReport",
        status="final",
        category=LAB,
        code=concept(LOINC, "58410-2", "Blood count"),
        result=[{"reference": "urn:uuid:obs-1"}],
    )
    tests = read(tmp_path, visit(result, single, report)).encounters[0].lab_tests
    assert [(test.code.code if test.code else "", test.resulted) for test in tests] == [
        ("58410-2", True),
        ("4548-4", True),
    ]


def test_vital_signs_are_no_laboratory_tests(tmp_path: Path) -> None:
    vital = part(
        "Observation",
        status="final",
        category=[concept("c", "vital-signs")],
        code=concept(LOINC, "8302-2", "Height"),
    )
    assert read(tmp_path, visit(vital)).encounters[0].lab_tests == ()


def test_a_test_is_done_in_house_only_when_the_practice_is_its_performer(tmp_path: Path) -> None:
    def report(**changes: Any) -> dict[str, Any]:
        return part(
            "DiagnosticReport",
            status="final",
            category=LAB,
            code=concept(LOINC, "58410-2", "Blood count"),
            **changes,
        )

    elsewhere = read(tmp_path, visit(report())).encounters[0].lab_tests
    own = report(performer=[{"reference": "Organization/org-1"}])
    in_house = read(tmp_path, visit(own)).encounters[0].lab_tests
    assert [test.performed_in_house for test in (*elsewhere, *in_house)] == [False, True]


def test_an_ordered_test_without_a_result_is_a_test_of_its_own(tmp_path: Path) -> None:
    order = part(
        "ServiceRequest", status="active", category=LAB, code=concept(LOINC, "630-4", "Culture")
    )
    tests = read(tmp_path, visit(order)).encounters[0].lab_tests
    assert [(test.description, test.resulted) for test in tests] == [("Culture", False)]


def test_a_note_is_split_at_its_headings_and_kept_once(tmp_path: Path) -> None:
    text = "# History\nCough for two days.\n\nASSESSMENT AND PLAN\n\nAcute bronchitis.\nRest.\n"
    again = note_reference(text, id="note-2")
    event = read(tmp_path, visit(note_reference(text), again)).encounters[0]
    assert [(part.heading, part.text) for part in event.note] == [
        ("History", "Cough for two days."),
        ("ASSESSMENT AND PLAN", "Acute bronchitis.\nRest."),
    ]


def test_a_note_in_a_binary_is_followed(tmp_path: Path) -> None:
    binary = {
        "resourceType": "Binary",
        "id": "bin-1",
        "data": base64.b64encode(b"Doing well.").decode(),
    }
    reference = part(
        "DocumentReference",
        context={"encounter": [{"reference": "Encounter/enc-1"}]},
        content=[{"attachment": {"contentType": "text/plain", "url": "Binary/bin-1"}}],
    )
    event = read(tmp_path, visit(binary, reference)).encounters[0]
    assert [section.text for section in event.note] == ["Doing well."]


def test_a_note_that_is_no_plain_text_is_left_out_and_said_so(tmp_path: Path) -> None:
    scan = part(
        "DocumentReference",
        context={"encounter": [{"reference": "Encounter/enc-1"}]},
        content=[{"attachment": {"contentType": "application/pdf", "data": "JVBERi0="}}],
    )
    found = read(tmp_path, visit(scan))
    assert [reason for _, reason in found.left_out] == ["note_not_plain_text"]
    assert len(found.encounters) == 1


def test_what_was_prescribed_stands_in_the_note(tmp_path: Path) -> None:
    request = part(
        "MedicationRequest",
        status="active",
        intent="order",
        medicationCodeableConcept=concept("rx", "1", "Amoxicillin 250 MG"),
    )
    event = read(tmp_path, visit(request)).encounters[0]
    assert [(one.heading, one.text) for one in event.note] == [
        ("Medications prescribed", "Amoxicillin 250 MG")
    ]


def test_a_valid_npi_is_kept_and_an_invalid_one_is_derived_and_said_so(tmp_path: Path) -> None:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}
    wrong = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "300"}
    document = bundle(
        organization(identifier=[wrong]), practitioner(identifier=[npi]), patient(), encounter()
    )
    found = read(tmp_path, document)
    by_topic = {item.event.TOPIC: item.event for item in found.items}
    assert getattr(by_topic["ehr.provider-registered.v1"], "npi", "") == "1234567893"
    derived = getattr(by_topic["ehr.practice-registered.v1"], "npi", "")
    assert derived != "300"
    assert is_valid(derived)
    assert ("Bundle.entry[0].resource.identifier", "npi_derived") in found.derived


def test_the_specialty_of_a_role_is_the_providers_taxonomy(tmp_path: Path) -> None:
    role = {
        "resourceType": "PractitionerRole",
        "id": "role-1",
        "practitioner": {"reference": "Practitioner/prac-1"},
        "specialty": [concept("http://nucc.org/provider-taxonomy", "207RC0000X")],
    }
    document = visit(role, participant=[{"individual": to(role)}])
    found = read(tmp_path, document)
    provider = next(item.event for item in found.items if "provider" in item.event.TOPIC)
    assert getattr(provider, "taxonomy", "") == "207RC0000X"


@pytest.mark.parametrize(
    ("given", "kept"), [("02720-1234", "027201234"), ("2301", "02301"), ("44870", "44870")]
)
def test_a_zip_code_is_digits_and_gets_its_leading_zero_back(
    tmp_path: Path, given: str, kept: str
) -> None:
    address = {"line": ["1 A St"], "city": "B", "state": "MA", "postalCode": given}
    document = bundle(organization(), practitioner(), patient(address=[address]), encounter())
    assert read(tmp_path, document).patients[0].address.postal_code == kept


def test_a_minor_has_the_first_contact_as_guarantor_and_an_adult_has_none(tmp_path: Path) -> None:
    contact = [{"name": {"family": "Parent", "given": ["Robin"]}}]
    child = patient(birthDate="2015-06-01", contact=contact)
    document = bundle(organization(), practitioner(), child, encounter())
    guarantor = read(tmp_path, document).patients[0].guarantor
    assert guarantor is not None
    assert guarantor.family_name == "Parent"
    adult = bundle(organization(), practitioner(), patient(contact=contact), encounter())
    assert read(tmp_path, adult).patients[0].guarantor is None


@pytest.mark.parametrize(
    "reference", ["Patient/pat-1", "urn:uuid:pat-1", "http://ehr.example.org/fhir/Patient/pat-1"]
)
def test_references_may_be_relative_absolute_or_by_full_url(tmp_path: Path, reference: str) -> None:
    assert len(read(tmp_path, visit(subject={"reference": reference})).encounters) == 1


def test_a_conditional_reference_is_followed(tmp_path: Path) -> None:
    person = practitioner(identifier=[{"system": "urn:staff", "value": "77"}])
    reference = {"reference": "Practitioner?identifier=urn:staff|77"}
    document = bundle(
        organization(), person, patient(), encounter(participant=[{"individual": reference}])
    )
    assert read(tmp_path, document).encounters[0].rendering_provider_id == "prac-1"


def test_an_id_that_the_contract_does_not_take_is_hashed(tmp_path: Path) -> None:
    strange = encounter(id=".starts-with-a-dot")
    found = read(tmp_path, bundle(organization(), practitioner(), patient(), strange))
    assert found.unreadable == []
    assert found.encounters[0].encounter_id.startswith("h")


def test_references_come_before_the_encounter_that_needs_them_and_only_once(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, visit(encounter(id="enc-2")))
    assert [item.event.TOPIC.split(".")[1] for item in found.items] == [
        "practice-registered",
        "provider-registered",
        "patient-registered",
        "coverage-registered",
        "encounter-documented",
        "encounter-documented",
    ]


def test_reading_a_bundle_twice_gives_the_same_records(tmp_path: Path) -> None:
    document = visit(condition())
    first, second = read(tmp_path, document), read(tmp_path, document)
    assert [item.record() for item in first.items] == [item.record() for item in second.items]
