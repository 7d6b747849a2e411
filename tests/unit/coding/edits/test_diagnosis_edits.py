"""Diagnoses of a claim (ICD-10-CM Official Guidelines I.A.12, I.A.13, I.B.2, I.C.20)."""

from dataclasses import replace

import pytest

from services.coding.domain.edits.editor import edit
from services.coding.domain.edits.service_line import EditContext
from tests.unit.coding.edits.examples import DAY, MemoryTables, judge, line, of, status
from tests.unit.coding.examples import sets_on


def test_codes_that_exclude_each_other_are_held() -> None:
    found = judge(line("99213"), diagnoses=("E11.9", "E10.9"))
    assert status(found, "excludes1") == ["deny"]
    assert of(found, "excludes1")[0].source.endswith("I.A.12.a")
    assert of(judge(line("99213"), diagnoses=("E11.9", "I10")), "excludes1") == []


@pytest.mark.parametrize(
    ("code", "rule"),
    [("E11", "diagnosis-not-billable"), ("S72.001", "diagnosis-not-billable"),
     ("E11.99", "diagnosis-unknown")],
)  # fmt: skip
def test_a_code_is_complete_and_in_the_release(code: str, rule: str) -> None:
    found = judge(line("99213"), diagnoses=(code,))
    assert status(found, rule) == ["deny"]
    assert of(found, rule)[0].lines == (1,)
    assert status(found, "diagnosis-valid") == []


def test_valid_codes_pass_with_their_release() -> None:
    (verdict,) = of(judge(line("99213"), diagnoses=("S72.001A", "I10")), "diagnosis-valid")
    assert (verdict.status, verdict.release) == ("pass", "ICD-10-CM FY2026")


@pytest.mark.parametrize(
    ("code", "rule", "outcome"),
    [
        ("W19.XXXA", "external-cause-first", "deny"),
        ("G63", "manifestation-first", "deny"),
        ("B95.62", "secondary-only-first", "deny"),
        ("Z3A.20", "secondary-only-first", "deny"),
        ("Z79.4", "secondary-only-first", "warn"),
    ],
)
def test_some_codes_are_never_first(code: str, rule: str, outcome: str) -> None:
    first = judge(line("99213"), diagnoses=(code, "E11.42"), age=30)
    assert status(first, rule) == [outcome]
    assert of(judge(line("99213"), diagnoses=("E11.42", code), age=30), rule) == []


def test_a_diagnosis_is_reported_once() -> None:
    assert status(judge(line("99213"), diagnoses=("I10", "I10")), "diagnosis-twice") == ["deny"]


def test_without_the_days_release_nothing_is_valid_yet_conflicts_are_told() -> None:
    sets = replace(sets_on(DAY), edits=MemoryTables())
    found = edit(
        [line("99213")], ("W19.XXXA", "E11.9", "E10.9"), EditContext(DAY), sets, gap="no release"
    )
    assert status(found, "icd10cm") == ["no_data"]
    assert of(found, "diagnosis-valid") == []
    assert status(found, "external-cause-first") == ["deny"]
    assert status(found, "excludes1") == ["deny"]
