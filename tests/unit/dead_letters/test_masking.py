"""What of a letter may be shown: no PHI, and nothing of a text that nobody knows."""

import json
from typing import Any

import pytest

from claimstream.dead_letters.masking import difference_lines, header_lines, known_places
from schemas.catalogue import EVENTS
from schemas.encounter import EncounterDocumented
from schemas.event import Event
from schemas.phi import MASK, phi_paths
from schemas.reference import PatientRegistered
from services.chassis.repair import Contents
from tests.builders import example_json

SECRET = "Zyxwvut"


def contents(document: Any) -> Contents:
    return Contents(b"k", (), json.dumps(document).encode())


def lines(model: type[Event], before: Any, after: Any, *, reveal: bool = False) -> list[str]:
    return list(difference_lines(model.TOPIC, contents(before), contents(after), reveal=reveal))


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.TOPIC)
def test_every_marked_field_is_a_known_place_or_above_one(model: type[Event]) -> None:
    known = known_places(model)
    for path in phi_paths(model):
        assert any(place == path or place.startswith((f"{path}.", f"{path}[")) for place in known)


def test_a_marked_field_is_masked_and_others_are_shown() -> None:
    document = example_json(PatientRegistered)
    other = "F" if document["sex"] != "F" else "M"
    said = lines(PatientRegistered, document, document | {"family_name": SECRET, "sex": other})
    assert f"family_name: {MASK} -> {MASK}" in said
    assert f'sex: "{document["sex"]}" -> "{other}"' in said


def test_a_text_in_a_place_that_the_contract_does_not_know_is_masked() -> None:
    document = example_json(EncounterDocumented)
    said = lines(EncounterDocumented, document, document | {"remark": SECRET, "count": 7})
    assert said == [f"remark: (nothing) -> {MASK}", "count: (nothing) -> 7"]


def test_of_what_breaks_its_contract_only_numbers_are_shown() -> None:
    document = example_json(PatientRegistered)
    broken = document | {"patient_id": SECRET, "sex": 7}
    said = lines(PatientRegistered, broken, document)
    assert any(line.startswith("sex: 7 -> ") for line in said)
    assert any(line.startswith(f"patient_id: {MASK} -> ") for line in said)


def test_what_is_no_json_is_masked_whole() -> None:
    document = example_json(PatientRegistered)
    broken = Contents(b"k", (), f'{{"family_name":"{SECRET}"'.encode())
    said = list(difference_lines(PatientRegistered.TOPIC, broken, contents(document), reveal=False))
    assert not [line for line in said if SECRET in line or str(document["family_name"]) in line]


def test_everything_is_shown_where_it_is_asked_for() -> None:
    document = example_json(PatientRegistered)
    said = lines(PatientRegistered, document, document | {"family_name": SECRET}, reveal=True)
    assert said == [f'family_name: "{document["family_name"]}" -> "{SECRET}"']


def test_headers_that_no_contract_knows_are_masked() -> None:
    headers = [("ce_id", b"1"), ("patient", SECRET.encode()), ("ce_x", None), ("y", b"\x1b[31m")]
    said = list(header_lines(headers, reveal=False))
    assert said == ["ce_id = 1", f"patient = {MASK}", "ce_x (no value)", f"y = {MASK}"]
    assert "\x1b" not in "".join(header_lines(headers, reveal=True))
