"""New or established, and the times of a stay: only what a bundle documents is told."""

from pathlib import Path
from typing import Any

import pytest

from schemas.encounter import EncounterDocumented
from tests.unit.ehr.bundles import (
    ACT_CODE,
    SNOMED,
    bundle,
    concept,
    encounter,
    organization,
    patient,
    practitioner,
    read,
    visit,
)

CPT = "http://www.ama-assn.org/go/cpt"
INTERNAL, FAMILY = "207R00000X", "207Q00000X"


def before(start: str = "2023-01-05T09:00:00Z", **changes: Any) -> dict[str, Any]:
    return encounter(id="enc-0", **{"period": {"start": start}, **changes})


def role(person: str, taxonomy: str) -> dict[str, Any]:
    return {
        "resourceType": "PractitionerRole",
        "id": f"role-{person}",
        "practitioner": {"reference": f"Practitioner/{person}"},
        "specialty": [concept("http://nucc.org/provider-taxonomy", taxonomy)],
    }


def last(tmp_path: Path, document: dict[str, Any]) -> EncounterDocumented:
    return read(tmp_path, document).encounters[-1]


def test_an_earlier_visit_to_the_practice_makes_an_established_patient(tmp_path: Path) -> None:
    found = read(tmp_path, visit(before())).encounters
    assert [one.new_patient for one in found] == [None, False]


@pytest.mark.parametrize(
    "other",
    [
        before("2021-03-02T09:00:00Z"),
        before("2024-03-02T09:00:00Z"),
        before(status="cancelled"),
        before(type=[concept(SNOMED, "33879002", "Vaccination")]),
        before(serviceProvider={"reference": "Organization/org-2"}),
        before(participant=[]),
    ],
    ids=["three_years_ago", "same_day", "cancelled", "vaccination", "elsewhere", "by_nobody"],
)
def test_what_is_no_such_visit_shows_nothing_and_nobody_is_called_new(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    document = visit(organization(id="org-2", name="Other Clinic"), other)
    assert {one.new_patient for one in read(tmp_path, document).encounters} == {None}


def test_another_specialty_of_the_practice_does_not_count(tmp_path: Path) -> None:
    other = before(participant=[{"individual": {"reference": "Practitioner/prac-2"}}])
    people = (practitioner(id="prac-2"), role("prac-1", INTERNAL))
    assert last(tmp_path, visit(*people, role("prac-2", FAMILY), other)).new_patient is None
    same = visit(*people, role("prac-2", INTERNAL), other)
    assert last(tmp_path, same).new_patient is False


@pytest.mark.parametrize(
    ("code", "new"),
    [("99203", True), ("99213", False), ("99385", True), ("99395", False), ("99284", None)],
)
def test_the_ehrs_own_code_of_the_visit_says_so_too(
    tmp_path: Path, code: str, new: bool | None
) -> None:
    assert last(tmp_path, visit(type=[concept(CPT, code)])).new_patient is new


def test_codes_that_contradict_each_other_say_nothing(tmp_path: Path) -> None:
    both = [concept(CPT, "99203"), concept(CPT, "99213")]
    assert last(tmp_path, visit(type=both)).new_patient is None


def test_a_broken_earlier_encounter_stops_no_other(tmp_path: Path) -> None:
    unknown: dict[str, Any] = {"class": {"system": ACT_CODE, "code": "FLD"}}
    broken = before(**unknown)
    assert [one.new_patient for one in read(tmp_path, visit(broken)).encounters] == [None]


def test_a_stay_has_its_times_and_a_day_alone_is_no_time(tmp_path: Path) -> None:
    inpatient = {"class": {"system": ACT_CODE, "code": "IMP"}}
    stay = last(tmp_path, visit(**inpatient))
    assert stay.admitted_at is not None
    assert stay.discharged_at is not None
    assert (stay.discharged_at - stay.admitted_at).seconds == 30 * 60
    days = {"period": {"start": "2024-03-02", "end": "2024-03-04"}}
    assert last(tmp_path, visit(**inpatient, **days)).admitted_at is None
    assert last(tmp_path, visit()).admitted_at is None


def test_encounters_of_other_patients_are_not_looked_at(tmp_path: Path) -> None:
    other = before(subject={"reference": "Patient/pat-2"})
    document = bundle(
        organization(), practitioner(), patient(), patient(id="pat-2"), other, encounter()
    )
    assert {one.new_patient for one in read(tmp_path, document).encounters} == {None}
