"""All public Synthea bundles: every encounter is published or reported with its path."""

import gzip
import json
from datetime import date
from functools import cache
from typing import Any

from simulators.ehr.fhir.import_files import FhirOptions
from simulators.ehr.fhir.payer_names import payer_names
from simulators.ehr.finding import Severity
from tests.contract.ehr.test_published_schema import validator
from tests.shared_data import needs_shared_data, shared
from tests.unit.ehr.bundles import Read

pytestmark = needs_shared_data
NEWEST = date(2026, 6, 30)


@cache
def read() -> Read:
    options = FhirOptions(payers=payer_names(), newest=NEWEST)
    return Read(str(shared("fhir", "synthea_r4")), options=options)


@cache
def bundles() -> tuple[dict[str, Any], ...]:
    files = sorted(shared("fhir", "synthea_r4").glob("*.json.gz"))
    return tuple(json.loads(gzip.decompress(file.read_bytes())) for file in files)


def resources(kind: str) -> list[dict[str, Any]]:
    found = (entry["resource"] for bundle in bundles() for entry in bundle["entry"])
    return [resource for resource in found if resource["resourceType"] == kind]


def test_all_forty_files_are_read() -> None:
    assert len(bundles()) == 40
    broken = {one.file for one in read().findings if one.path == "$"}
    assert broken == set()


def test_every_encounter_is_published_or_reported() -> None:
    told = {
        (one.file, one.path.split(".resource")[0])
        for one in read().findings
        if one.severity is Severity.UNREADABLE
    }
    patients = sum(1 for _, path in told if path == "Bundle.entry[0]")
    assert len(read().encounters) + len(told) - patients == len(resources("Encounter"))


def test_only_encounters_without_a_practitioner_or_a_patients_zip_code_are_missing() -> None:
    named = sum(1 for one in resources("Encounter") if "participant" in one)
    without_zip = {
        one["id"] for one in resources("Patient") if "postalCode" not in one["address"][0]
    }
    theirs = [
        one
        for one in resources("Encounter")
        if one["subject"]["reference"].removeprefix("urn:uuid:") in without_zip
        and "participant" in one
    ]
    assert len(read().encounters) == named - len(theirs)
    assert len(read().encounters) > 300


def test_the_newest_visit_of_every_patient_is_on_the_day_asked_for() -> None:
    newest: dict[str, date] = {}
    for event in read().encounters:
        newest[event.patient_id] = max(newest.get(event.patient_id, date.min), event.service_date)
    on_the_day = [day for day in newest.values() if day == NEWEST]
    assert max(newest.values()) == NEWEST
    assert len(on_the_day) >= len(newest) - 2


def test_every_vaccine_and_every_completed_procedure_of_a_published_encounter_arrives() -> None:
    published = {event.encounter_id: event for event in read().encounters}
    for kind, count in (("Immunization", "immunizations"), ("Procedure", "procedures")):
        expected = [
            one
            for one in resources(kind)
            if one["encounter"]["reference"].removeprefix("urn:uuid:") in published
        ]
        arrived = sum(len(getattr(event, count)) for event in published.values())
        assert arrived == len(expected)


def test_a_report_hides_its_results_and_no_test_is_counted_twice() -> None:
    for event in read().encounters:
        names = [test.item_id for test in event.lab_tests]
        assert len(names) == len(set(names))
        codes = [test.code.code for test in event.lab_tests if test.code]
        assert not {"718-7", "2093-3"} & set(codes)


def test_coverage_is_what_the_claims_call_it() -> None:
    programmes = {policy.programme for coverage in read().coverages for policy in coverage.policies}
    assert programmes == {"commercial", "medicaid"}


def test_the_ages_at_all_visits_are_those_of_the_bundles() -> None:
    born = {one["id"]: date.fromisoformat(one["birthDate"]) for one in resources("Patient")}
    given = {one["id"]: one for one in resources("Encounter")}
    moved = {patient.patient_id: patient.birth_date for patient in read().patients}
    for event in read().encounters:
        then = date.fromisoformat(given[event.encounter_id]["period"]["start"][:10])
        assert event.service_date - moved[event.patient_id] == then - born[event.patient_id]


def test_every_event_holds_to_the_published_json_schema() -> None:
    for item in read().items:
        validator(item.event.TOPIC).validate(json.loads(item.event.to_json()))
