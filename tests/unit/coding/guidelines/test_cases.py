"""Each case of the Official Guidelines through the whole engine."""

import pytest

from tests.unit.coding.guidelines.cases import Case, cases, result


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.file}-{case.number}-{case.name}")
def test_a_documented_encounter_is_coded_by_its_guideline(case: Case) -> None:
    found = result(case)
    codes = [each.code for each in found.diagnoses]
    given = case.given
    if case.codes is not None:
        assert codes == list(case.codes)
    assert set(given.get("has", ())) <= set(codes)
    assert not set(given.get("never", ())) & set(codes)
    if "first" in given:
        assert codes[0] == given["first"]
    if "query" in given:
        assert given["query"] in [each.kind for each in found.queries]
    if "reason" in given:
        assert given["reason"] in found.reasons
    if "rejected" in given:
        assert set(given["rejected"]) <= {each.subject for each in found.rejected}
    if "present" in given:
        assert [each.present_on_admission for each in found.diagnoses] == given["present"]


def test_there_are_at_least_150_cases_and_each_says_what_it_expects() -> None:
    assert len(cases()) >= 150
    expecting = {"codes", "has", "never", "first", "query", "reason", "present", "rejected"}
    assert [case.name for case in cases() if not expecting & set(case.given)] == []


def test_no_case_is_written_twice() -> None:
    told = [
        repr(sorted((k, repr(v)) for k, v in case.given.items() if k not in ("rule", "says")))
        for case in cases()
    ]
    assert len(set(told)) == len(told)
