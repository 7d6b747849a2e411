"""What the practice itself reported before decides on global periods, repeats, new patients."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.encounter import LabTest, Procedure
from services.coding.domain.coding_result import (
    CodingResult,
    PastService,
    PastVisit,
    PatientFacts,
    VisitHistory,
)
from services.coding.domain.engine import code_encounter
from tests.unit.coding.edits.examples import MemoryTables
from tests.unit.coding.examples import ADULT, DAY, LOW, code, encounter, problems, sets_on
from tests.unit.coding.procedure_cases import SENIOR, by_code, earlier, lab_of, short

FAMILY, SURGEON = "207Q00000X", "208600000X"
ABSCESS = PastService("10060", (), 1, ("L02.211",))
KNEE = PastService("27447", (), 1, ("M17.11",))


def past(
    *services: PastService,
    days: int = 3,
    taxonomy: str = FAMILY,
    provider: str = "DR1",
    visit: str = "",
) -> PastVisit:
    return PastVisit("E0", DAY - timedelta(days=days), taxonomy, visit, provider, services)


def coded(*visits: PastVisit, patient: PatientFacts = ADULT, **fields: object) -> CodingResult:
    return code(encounter(**fields), patient, VisitHistory(FAMILY, visits))


@pytest.mark.parametrize(
    ("days", "description", "expected"),
    [
        (3, "Cutaneous abscess of abdominal wall", []),
        (10, "Cutaneous abscess of abdominal wall", []),
        (11, "Cutaneous abscess of abdominal wall", ["99213"]),
        (3, "Acute bronchitis", ["99213-24"]),
    ],
)
def test_a_visit_in_the_global_period_of_ones_own_procedure(
    days: int, description: str, expected: list[str]
) -> None:
    result = coded(past(ABSCESS, days=days), problems=problems(description))
    assert short(result) == expected


def test_what_another_of_the_specialty_did_counts_as_ones_own() -> None:
    result = coded(past(ABSCESS, provider="DR2"))
    assert short(result) == ["99213-24"]


def test_another_specialtys_procedure_has_no_period_for_this_one() -> None:
    result = coded(past(ABSCESS, provider="DR2", taxonomy=SURGEON))
    assert short(result) == ["99213"]


@pytest.mark.parametrize("modifier", ["78", "80", "AS", "53"])
def test_a_return_an_assistance_and_what_was_broken_off_begin_no_period(modifier: str) -> None:
    service = PastService("10060", (modifier,), 1, ("L02.211",))
    assert short(coded(past(service))) == ["99213"]


def test_the_procedure_that_the_ehr_names_counts_once() -> None:
    named = (earlier("10060", 3, "J20.9"),)
    result = coded(past(ABSCESS), earlier_procedures=named)
    assert short(result) == []
    assert [each.reason for each in result.rejected][-1] == "within_global_period"


def test_a_further_procedure_in_the_period_is_left_to_a_coder() -> None:
    result = coded(
        past(ABSCESS),
        visit_kind="procedure",
        procedures=(by_code("10061"),),
        problems=problems("Cutaneous abscess of abdominal wall"),
    )
    assert "global_period_procedure:10060:x1" in result.reasons
    verdicts = [each for each in result.edits if each.rule == "global-period"]
    assert [each.modifiers for each in verdicts] == [("58", "78", "79")]


def test_the_same_study_at_another_encounter_of_the_day_needs_76_or_77() -> None:
    ecg = PastService("93000", (), 1, ("I10",))
    fields: dict[str, Any] = {
        "visit_kind": "procedure",
        "procedures": (Procedure(item_id="x1", description="ECG"),),
    }
    own = coded(past(ecg, days=0), **fields)
    assert [each.modifiers for each in own.edits if each.rule == "duplicate"] == [("76", "77")]
    knee = PastService("73562", ("RT",), 1, ("M25.561",))
    films = (by_code("73562", laterality="right"),)
    another = coded(
        past(knee, days=0, provider="DR2", taxonomy=SURGEON),
        visit_kind="procedure",
        procedures=films,
    )
    assert [each.modifiers for each in another.edits if each.rule == "duplicate"] == [("77",)]


def test_the_same_laboratory_test_once_more_that_day_needs_91() -> None:
    glucose = PastService("82962", (), 1, ("E11.9",))
    test = LabTest(
        item_id="l1", description="fingerstick glucose", performed_in_house=True, resulted=True
    )
    result = coded(past(glucose, days=0), visit_kind="laboratory", lab_tests=(test,))
    assert [each.modifiers for each in result.edits if each.rule == "duplicate"] == [("91",)]
    assert result.route == "coder"


def test_a_wellness_visit_too_soon_after_the_last_is_stopped() -> None:
    wellness = PastService("G0439", (), 1, ("Z00.00",))
    result = coded(past(wellness, days=200), patient=SENIOR, visit_kind="preventive")
    assert "edit:frequency:G0439" in result.reasons
    later = coded(past(wellness, days=400), patient=SENIOR, visit_kind="preventive")
    assert [each for each in later.reasons if each.startswith("edit:")] == []


def test_the_first_wellness_visit_follows_the_welcome_visit() -> None:
    welcome = PastService("G0402", (), 1, ("Z00.00",))
    result = coded(past(welcome, days=400), patient=SENIOR, visit_kind="preventive")
    assert short(result)[0] == "G0438"


@pytest.mark.parametrize(
    ("service", "expected"),
    [("10060", "99213"), ("85025", "99203"), ("90471", "99203"), ("36415", "99203")],
)
def test_only_a_face_to_face_service_makes_a_patient_established(
    service: str, expected: str
) -> None:
    result = coded(past(PastService(service), days=400), new_patient=True, decision_making=LOW)
    assert short(result) == [expected]


def test_a_visit_the_day_before_a_major_procedure_needs_57() -> None:
    result = coded(past(PastService("27130"), days=-1), service_date=date(2026, 3, 2))
    assert any(each.modifiers == ("57",) for each in result.edits)


@pytest.mark.parametrize(
    ("code_", "modifiers", "days", "wanted"),
    [
        ("10060", (), 0, ["25"]),
        ("10060", ("25",), 0, []),
        ("10060", (), 1, []),
        ("27130", (), 0, ["57"]),
        ("27130", (), 1, ["57"]),
        ("27130", ("57",), 1, []),
        ("27130", (), 2, []),
    ],
)
def test_a_visit_of_another_encounter_is_part_of_a_procedure_unless_it_says_otherwise(
    code_: str, modifiers: tuple[str, ...], days: int, wanted: list[str]
) -> None:
    visit = past(PastService("99213", modifiers), days=days, visit="99213")
    result = coded(visit, visit_kind="procedure", procedures=(by_code(code_, laterality="right"),))
    rules = ("modifier-25", "modifier-57")
    assert [m for each in result.edits if each.rule in rules for m in each.modifiers] == wanted


class TestOtherEncountersOfTheDay:
    """NCCI applies to all services of a day, patient and provider, whichever encounter."""

    def judged(self, tables: MemoryTables, *services: PastService, code_: str) -> CodingResult:
        sets = replace(sets_on(), edits=tables)
        documented = encounter(
            visit_kind="laboratory",
            lab_tests=(lab_of(code_),),
            problems=problems("Essential hypertension"),
        )
        history = VisitHistory(FAMILY, (past(*services, days=0),))
        return code_encounter(documented, ADULT, history, sets)

    def test_a_pair_is_found_across_them(self) -> None:
        tables = MemoryTables(pairs={("80053", "82040"): "0"})
        result = self.judged(tables, PastService("80053"), code_="82040")
        assert "edit:ncci-ptp:82040" in result.reasons

    def test_xe_says_first_that_the_other_encounter_was_apart(self) -> None:
        tables = MemoryTables(pairs={("94010", "94760"): "1"})
        sets = replace(sets_on(), edits=tables)
        documented = encounter(visit_kind="procedure", procedures=(by_code("94760"),))
        history = VisitHistory(FAMILY, (past(PastService("94010"), days=0),))
        result = code_encounter(documented, ADULT, history, sets)
        (verdict,) = [each for each in result.edits if each.rule == "ncci-ptp"]
        assert verdict.modifiers[0] == "XE"

    def test_units_of_all_of_them_count(self) -> None:
        tables = MemoryTables(limits={"83036": (1, 3)})
        result = self.judged(tables, PastService("83036", ("91",)), code_="83036")
        assert "edit:ncci-mue:83036" in result.reasons

    def test_a_limit_a_line_looks_at_the_line_alone(self) -> None:
        tables = MemoryTables(limits={"83036": (1, 1)})
        result = self.judged(tables, PastService("83036", ("91",)), code_="83036")
        assert "edit:ncci-mue:83036" not in result.reasons


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [("0", "69210"), ("1", "69210-50"), ("2", "69210"), ("3", "69210-50")],
)
def test_both_sides_go_by_the_fee_schedules_indicator(indicator: str, expected: str) -> None:
    row = {"bilateral": indicator, "global_days": "000"}
    sets = replace(sets_on(), edits=MemoryTables(fees={"69210": row}))
    documented = encounter(
        visit_kind="procedure", procedures=(by_code("69210", laterality="bilateral"),)
    )
    assert short(code_encounter(documented, ADULT, VisitHistory(), sets)) == [expected]


SERVICES = st.builds(
    PastService,
    st.sampled_from(
        ["99213", "10060", "27130", "G0439", "80053", "93000", "99291", "96365", "", "?", "J1885"]
    ),
    st.lists(st.sampled_from(["25", "57", "78", "26", "91", "LT", "??"]), max_size=3).map(tuple),
    st.integers(0, 50),
    st.lists(st.sampled_from(["L02.211", "J20.9", "", "Z"]), max_size=2).map(tuple),
)
VISITS = st.builds(
    PastVisit,
    st.sampled_from(["E0", "E1", "E2", ""]),
    st.integers(-400, 4_000).map(lambda days: DAY - timedelta(days=days)),
    st.sampled_from([FAMILY, SURGEON, ""]),
    st.sampled_from(["", "99213", "G0438"]),
    st.sampled_from(["DR1", "DR2", ""]),
    st.lists(SERVICES, max_size=4).map(tuple),
)


@settings(max_examples=150)
@given(st.lists(VISITS, max_size=6).map(tuple), st.booleans())
def test_whatever_was_reported_before_the_visit_is_judged_and_nothing_is_added(
    visits: tuple[PastVisit, ...], senior: bool
) -> None:
    history = VisitHistory(FAMILY, visits)
    patient = SENIOR if senior else ADULT
    documented = encounter(procedures=(by_code("10060"), by_code("93000", 2)))
    result = code(documented, patient, history)
    assert result == code(documented, patient, history)
    without = code(documented, patient)
    before = {(line.code, line.units) for line in without.lines}
    assert {(line.code, line.units) for line in result.lines} <= before
    assert {each.status for each in result.edits} <= {"deny", "needs_modifier", "warn", "no_data"}
