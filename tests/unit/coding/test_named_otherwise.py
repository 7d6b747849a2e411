"""Parts of a line that name no illness: operations, care after them, contact, regimens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.reading.after_surgery import (
    aftercare_code,
    is_an_operation,
    operation_in,
    removed_in,
    status_named,
)
from services.coding.domain.reading.contact import contact_code, contagion_in
from services.coding.domain.reading.regimen import regimen_code


@pytest.mark.parametrize(
    "text",
    ["appendicitis", "mastectomy for breast cancer", "s/p mastectomy for breast cancer", "", "s/p"],
)
def test_what_is_no_operation_or_is_done_for_a_disease_is_left_to_the_index(text: str) -> None:
    assert operation_in(text) == ""


@pytest.mark.parametrize(
    ("text", "operation", "code"),
    [
        ("s/p CABG x3 in 2018", "CABG x3", "Z95.1"),
        ("status post TAVR", "TAVR", "Z95.2"),
        ("History of left below knee amputation", "left below knee amputation", "Z89.51"),
        ("pacemaker in place", "pacemaker", "Z95.0"),
        ("6 weeks status post cataract surgery", "cataract surgery", "Z98.4"),
        ("s/p drug-eluting stent", "drug-eluting stent", "Z95.5"),
        ("s/p ureteral stent", "ureteral stent", ""),
        ("s/p rotator cuff repair", "rotator cuff repair", ""),
    ],
)
def test_an_operation_is_known_by_its_everyday_name(text: str, operation: str, code: str) -> None:
    assert operation_in(text) == operation
    assert status_named(operation) == code
    assert code or is_an_operation(operation)


def test_what_was_removed_is_told_from_its_removal() -> None:
    assert removed_in("basal cell carcinoma excision") == "basal cell carcinoma"
    assert removed_in("appendectomy") == ""


@pytest.mark.parametrize(
    ("text", "code", "known"),
    [
        ("Surgical aftercare following cholecystectomy", "Z48.815", True),
        ("Post-op visit for hysterectomy", "Z48.816", True),
        ("postoperative follow-up after melanoma excision", "Z48.3", True),
        ("Aftercare following wedge osteotomy", "Z47.89", True),
        ("Post-op visit after zzoplasty", "Z48.89", False),
        ("Post-op visit", "", False),
        ("Aftercare of fracture", "", False),
        ("Aftercare following knee replacement", "", False),
        ("Follow-up of gout", "", False),
    ],
)
def test_care_after_an_operation_goes_by_the_part_of_the_body(
    text: str, code: str, known: bool
) -> None:
    assert aftercare_code(text) == (code, known)


@pytest.mark.parametrize(
    ("text", "contagion"),
    [
        ("Exposure to influenza", "influenza"),
        ("close contact with a coworker with COVID-19", "COVID-19"),
        ("Contact with and (suspected) exposure to rabies", "rabies"),
        ("exposed to tuberculosis at work in 2024", "tuberculosis"),
        ("tuberculosis", ""),
    ],
)
def test_what_a_patient_was_exposed_to(text: str, contagion: str) -> None:
    assert contagion_in(text) == contagion


@pytest.mark.parametrize(
    ("disease", "code"),
    [("J10.1", "Z20.828"), ("A37.90", "Z20.818"), ("A15.0", "Z20.1"), ("A39.0", "Z20.811"),
     ("A04.72", "Z20.09"), ("B58.9", "Z20.89"), ("M10.9", "")],
)  # fmt: skip
def test_contact_is_coded_by_the_disease(disease: str, code: str) -> None:
    assert contact_code(disease) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Noncompliance with medications", "Z91.148"),
        ("Medication nonadherence due to cost", "Z91.141"),
        ("noncompliant with diet", "Z91.119"),
        ("Poor adherence", "Z91.199"),
        ("compliant with medications", ""),
    ],
)
def test_a_regimen_that_is_not_followed(text: str, code: str) -> None:
    assert regimen_code(text) == code


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing_and_what_is_found_stands_in_it(text: str) -> None:
    for found in (operation_in(text), contagion_in(text), removed_in(text)):
        assert found in text
    aftercare_code(text)
    regimen_code(text)
    status_named(text)
