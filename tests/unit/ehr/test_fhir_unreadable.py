"""FHIR that is broken: reported at its path, and never in the way of the rest."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.ehr.bundles import (
    bundle,
    concept,
    condition,
    encounter,
    organization,
    part,
    patient,
    practitioner,
    read,
    visit,
)

ENCOUNTER = "Bundle.entry[3].resource"


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"subject": None}, f"{ENCOUNTER}.subject", "missing"),
        (
            {"subject": {"reference": "Patient/nobody"}},
            f"{ENCOUNTER}.subject.reference",
            "reference_unknown",
        ),
        (
            {"subject": {"reference": "Practitioner/prac-1"}},
            f"{ENCOUNTER}.subject.reference",
            "reference_wrong_type",
        ),
        ({"subject": "Patient/pat-1"}, f"{ENCOUNTER}.subject", "wrong_type"),
        ({"participant": []}, f"{ENCOUNTER}.participant", "missing"),
        ({"participant": {"individual": 3}}, f"{ENCOUNTER}.participant", "wrong_type"),
        ({"serviceProvider": None}, f"{ENCOUNTER}.serviceProvider", "missing"),
        ({"period": {}}, f"{ENCOUNTER}.period.start", "missing"),
        ({"period": {"start": "2024-03"}}, f"{ENCOUNTER}.period.start", "date_partial"),
        ({"period": {"start": "2024-02-30"}}, f"{ENCOUNTER}.period.start", "date_invalid"),
        ({"period": {"start": "yesterday"}}, f"{ENCOUNTER}.period.start", "date_invalid"),
        ({"period": {"start": 20240302}}, f"{ENCOUNTER}.period.start", "wrong_type"),
        (
            {"period": {"start": "2024-03-02T99:00:00Z"}},
            f"{ENCOUNTER}.period.start",
            "date_invalid",
        ),
        ({"class": {"code": "FLD"}}, f"{ENCOUNTER}.class.code", "class_unknown"),
        ({"class": None}, f"{ENCOUNTER}.class.code", "class_unknown"),
        ({"class": "AMB"}, f"{ENCOUNTER}.class", "wrong_type"),
        ({"status": ["finished"]}, f"{ENCOUNTER}.status", "wrong_type"),
    ],
)
def test_an_encounter_that_cannot_be_read_is_reported_at_its_path(
    tmp_path: Path, changes: dict[str, Any], path: str, reason: str
) -> None:
    found = read(tmp_path, visit(**changes))
    assert found.unreadable == [(path, reason)]
    assert found.items == []


def test_a_broken_encounter_stops_no_other_of_the_same_patient(tmp_path: Path) -> None:
    other = encounter(id="enc-2", participant=[])
    found = read(tmp_path, visit(other))
    assert found.unreadable == [("Bundle.entry[4].resource.participant", "missing")]
    assert [one.encounter_id for one in found.encounters] == ["enc-1"]


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"birthDate": None}, "birthDate", "missing"),
        ({"birthDate": "1980"}, "birthDate", "date_partial"),
        ({"birthDate": "2030-01-01"}, "birthDate", "date_invalid"),
        ({"name": []}, "name[0].family", "missing"),
        ({"address": []}, "address", "missing"),
        (
            {"address": [{"line": ["1 Rue"], "city": "Lyon", "country": "FR"}]},
            "address[0].country",
            "address_foreign",
        ),
        (
            {"address": [{"line": ["1 A"], "city": "B", "state": "Atlantis", "postalCode": "1"}]},
            "address[0].state",
            "state_unknown",
        ),
        (
            {"address": [{"line": ["1 A"], "city": "B", "state": "OH"}]},
            "address[0].postalCode",
            "missing",
        ),
        (
            {"address": [{"line": ["1 A"], "city": "B", "state": "OH", "postalCode": "123"}]},
            "address[0].postalCode",
            "postal_code_invalid",
        ),
        ({"deceasedBoolean": "yes"}, "deceasedBoolean", "wrong_type"),
    ],
)
def test_a_patient_who_cannot_be_read_keeps_the_encounters_back(
    tmp_path: Path, changes: dict[str, Any], path: str, reason: str
) -> None:
    document = bundle(organization(), practitioner(), patient(**changes), encounter())
    found = read(tmp_path, document)
    assert found.unreadable == [
        (f"Bundle.entry[2].resource.{path}", reason),
        (ENCOUNTER, "reference_unreadable"),
    ]
    assert found.items == []


@pytest.mark.parametrize(
    ("broken", "path", "reason"),
    [
        (condition(code={}), "code", "missing"),
        (condition(code={"coding": "J20.9"}), "code.coding", "wrong_type"),
        (condition(abatementDateTime="soon"), "abatementDateTime", "date_invalid"),
        (
            condition(code={"coding": [{"system": "x", "code": "9" * 60}]}),
            "code.coding[0].code",
            "code_invalid",
        ),
        (part("Procedure", status="completed"), "code", "missing"),
        (
            part(
                "MedicationAdministration",
                status="completed",
                context={"reference": "Encounter/enc-1"},
                medicationCodeableConcept=concept("x", "1", "Ceftriaxone"),
            ),
            "dosage.dose.value",
            "missing",
        ),
        (
            part(
                "MedicationAdministration",
                status="completed",
                context={"reference": "Encounter/enc-1"},
                medicationReference={"reference": "Medication/none"},
                dosage={"dose": {"value": 5, "unit": "mg"}, "route": concept("x", "IM")},
            ),
            "medicationReference.reference",
            "reference_unknown",
        ),
        (
            part(
                "DocumentReference",
                context={"encounter": [{"reference": "Encounter/enc-1"}]},
                content=[{"attachment": {"contentType": "text/plain", "data": "%%%"}}],
            ),
            "content[0].attachment.data",
            "not_base64",
        ),
        (
            part(
                "DocumentReference",
                context={"encounter": [{"reference": "Encounter/enc-1"}]},
                content=[{"attachment": {"contentType": "text/plain", "data": "/////w=="}}],
            ),
            "content[0].attachment.data",
            "not_text",
        ),
    ],
)
def test_a_part_that_cannot_be_read_keeps_the_whole_encounter_back(
    tmp_path: Path, broken: dict[str, Any], path: str, reason: str
) -> None:
    found = read(tmp_path, visit(broken))
    assert found.unreadable == [(f"Bundle.entry[4].resource.{path}", reason)]
    assert found.encounters == []


def test_a_part_that_names_an_unknown_encounter_is_reported_alone(tmp_path: Path) -> None:
    astray = condition(encounter={"reference": "Encounter/enc-9"})
    found = read(tmp_path, visit(astray))
    assert found.unreadable == [
        ("Bundle.entry[4].resource.encounter.reference", "reference_unknown")
    ]
    assert len(found.encounters) == 1


@pytest.mark.parametrize("entry", [None, {}, {"resource": "text"}, {"resource": {"id": "x"}}, 7])
def test_an_entry_without_a_resource_is_reported_alone(tmp_path: Path, entry: Any) -> None:
    document = visit()
    document["entry"].insert(0, entry)
    found = read(tmp_path, document)
    assert len(found.unreadable) == 1
    assert found.unreadable[0][0].startswith("Bundle.entry[0]")
    assert len(found.encounters) == 1


def test_entries_that_are_no_list_are_reported(tmp_path: Path) -> None:
    found = read(tmp_path, {"resourceType": "Bundle", "type": "collection", "entry": {}})
    assert found.unreadable == [("Bundle.entry", "wrong_type")]


def test_an_encounter_that_is_not_finished_is_left_out_and_is_no_error(tmp_path: Path) -> None:
    found = read(tmp_path, visit(status="in-progress"))
    assert found.unreadable == []
    assert found.left_out == [(f"{ENCOUNTER}.status", "encounter_not_finished")]


def test_findings_hold_no_content_of_the_record(tmp_path: Path) -> None:
    document = bundle(
        organization(), practitioner(), patient(address=[{"city": "Secretville"}]), encounter()
    )
    told = " ".join(str(finding) for finding in read(tmp_path, document).findings)
    for word in ("Sample", "Jordan", "1980-04-12", "Secretville"):
        assert word not in told
