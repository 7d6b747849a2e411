"""What holds of the guideline rules for any diagnoses: order, reasons, validity, repeatability."""

import re
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.coding.domain.coding_result import Diagnosis, PatientFacts
from services.coding.domain.diagnosis.guidelines import MAX_DIAGNOSES, Guidelines
from services.coding.domain.diagnosis.rules.book import RULES
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule
from services.coding.domain.diagnosis.rules.sequence import EXTERNAL_CAUSES
from services.coding.domain.diagnosis.specificity import is_billable
from services.coding.domain.reading.note_reading import NoteReading
from tests.unit.coding.examples import encounter, problems, sets_on

# Codes that the rules are about, so that chance brings them together.
_CODES = (
    "I10", "I11.0", "I12.9", "I13.0", "I15.0", "I50.9", "I50.22", "I50.32", "N18.31", "N18.6",
    "N18.9", "E11.9", "E11.22", "E10.9", "E08.9", "G62.9", "I73.9", "L97.512", "E16.2", "R73.9",
    "J44.9", "J44.1", "J18.9", "J20.9", "J10.1", "J45.909", "J45.40", "J96.01", "J96.11", "A41.9",
    "R65.20", "R65.21", "N39.0", "B96.20", "U07.1", "J12.82", "B20", "Z21", "C50.911", "C79.51",
    "D63.0", "D64.9", "Z51.11", "Z85.3", "G89.3", "F10.10", "F10.20", "F03.90", "G30.9", "G81.91",
    "I69.351", "I21.4", "I20.0", "I25.10", "I25.2", "M81.0", "M80.08XA", "M17.11", "M17.12",
    "R05.9", "R07.9", "R50.9", "O99.019", "O24.419", "Z3A.20", "Z34.80", "O80", "Z37.0", "P59.9",
    "S52.501A", "S80.211A", "S82.001A", "T23.201A", "T23.101A", "T45.515A", "T39.1X1A", "R04.0",
    "T46.4X6A", "Z91.120", "W11.XXXA", "Y92.009", "Y92.010", "Y93.01", "Z12.31", "Z23", "Z68.41",
    "E66.01", "Z79.4", "Z95.0", "Z47.1", "Z96.651", "F02.80", "H36.811", "Z09", "Z87.440",
)  # fmt: skip
_LISTS = st.lists(st.sampled_from(_CODES), min_size=1, max_size=9)
_PATIENTS = st.sampled_from(
    [
        PatientFacts(date(1980, 5, 17), "F"),
        PatientFacts(date(1950, 1, 1), "M"),
        PatientFacts(date(2026, 2, 25), "U"),
    ]
)


def arranged(
    codes: list[str], patient: PatientFacts, setting: str = "office"
) -> tuple[Listing, Guidelines]:
    tables = sets_on().diagnoses
    guidelines = Guidelines(tables)
    documented = encounter(problems=problems("as listed"), setting=setting)
    context = Context(documented, patient, NoteReading(()), tables, guidelines.exclusions)
    return guidelines.arrange([Diagnosis(code) for code in codes], context), guidelines


@settings(max_examples=150, deadline=None)
@given(_LISTS, _PATIENTS, st.sampled_from(["office", "inpatient", "emergency"]))
def test_any_diagnoses_give_valid_codes_once_each_and_at_most_twelve(
    codes: list[str], patient: PatientFacts, setting: str
) -> None:
    listing, _ = arranged(codes, patient, setting)
    found = [each.code for each in listing.diagnoses]
    assert found
    assert len(found) == len(set(found)) <= MAX_DIAGNOSES
    assert all(is_billable(sets_on().diagnoses, code) for code in found)


@settings(max_examples=150, deadline=None)
@given(_LISTS, _PATIENTS)
def test_no_code_disappears_without_a_reason(codes: list[str], patient: PatientFacts) -> None:
    listing, _ = arranged(codes, patient)
    left = {each.code for each in listing.diagnoses}
    told = {each.subject for each in listing.rejected}
    marks = " ".join(rule for each in listing.diagnoses for rule in each.rules)
    for code in set(codes) - left - told:
        assert "OG " in marks, f"{code} was neither kept nor rejected nor made into another"


@settings(max_examples=150, deadline=None)
@given(_LISTS, _PATIENTS)
def test_external_causes_follow_whatever_is_no_external_cause(
    codes: list[str], patient: PatientFacts
) -> None:
    listing, _ = arranged(codes, patient)
    causes = [each.code.startswith(EXTERNAL_CAUSES) for each in listing.diagnoses]
    assert causes == sorted(causes)


@settings(max_examples=100, deadline=None)
@given(_LISTS, _PATIENTS)
def test_the_same_diagnoses_give_the_same_listing(codes: list[str], patient: PatientFacts) -> None:
    assert arranged(codes, patient)[0] == arranged(codes, patient)[0]


@settings(max_examples=100, deadline=None)
@given(_LISTS, _PATIENTS)
def test_what_is_arranged_stays_so(codes: list[str], patient: PatientFacts) -> None:
    once, _ = arranged(codes, patient)
    assume(len(once.diagnoses) < MAX_DIAGNOSES)
    twice, _ = arranged([each.code for each in once.diagnoses], patient)
    assert [each.code for each in twice.diagnoses] == [each.code for each in once.diagnoses]


@settings(max_examples=100, deadline=None)
@given(_LISTS)
def test_a_combination_is_never_surer_than_the_least_sure_part(codes: list[str]) -> None:
    tables = sets_on().diagnoses
    guidelines = Guidelines(tables)
    patient = PatientFacts(date(1980, 5, 17), "F")
    context = Context(encounter(), patient, NoteReading(()), tables, guidelines.exclusions)
    listing = guidelines.arrange([Diagnosis(code, confidence=600) for code in codes], context)
    assert all(each.confidence <= 600 for each in listing.diagnoses)


def test_each_rule_has_its_own_name_and_a_section_of_the_guidelines() -> None:
    names = [(rule.ID, rule.CITATION) for rule in RULES]
    assert len(set(names)) == len(names)
    section = re.compile(r"(?:I\.[ABC]|II|III|IV)\.[A-Z0-9][A-Za-z0-9.]*")
    assert [rule.ID for rule in RULES if not section.fullmatch(rule.CITATION)] == []


AWAKE_FOR_ALL = ("more-specific-code", "social-determinant")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.CITATION}-{rule.ID}")
def test_a_rule_says_what_it_does_and_is_left_asleep_by_an_unrelated_code(rule: Rule) -> None:
    assert rule.apply.__doc__
    assert rule.wakes
    assert not "A00.0".startswith(rule.wakes) or rule.ID in AWAKE_FOR_ALL
