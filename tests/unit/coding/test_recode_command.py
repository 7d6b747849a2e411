"""What coding again changes, in codes and in the dollars of a fee schedule."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.codesets.artefact import Manifest
from services.coding.codesets.library import CodeSetLibrary
from services.coding.domain.coding_result import Diagnosis, Line
from services.coding.domain.edits.no_tables import NO_TABLES
from services.coding.domain.edits.tables import FeeIndicators
from services.coding.domain.encounter_state import EncounterState, Proposal
from services.coding.domain.fee_estimate import FeeEstimate, conversion_factor, estimate
from services.coding.domain.recode_difference import difference, totals
from services.coding.recoding import dates_of, is_used
from tests.unit.coding.examples import DAY, open_library, sets_on

IN_2024 = date(2024, 8, 1)
KEY = ("P1", "E1")


class Schedule:
    """One unit elsewhere and half of it in a facility for each code that begins with 9."""

    def fee_indicators(self, code: str, on: date, modifier: str = "") -> FeeIndicators | None:
        if not code.startswith("9"):
            return None
        share = 40 if modifier else 100
        return FeeIndicators(code, "A", "0", "XXX", "0", "1", "0", share // 2, share, "2024Q3")


def state(*codes: str, lines: tuple[Line, ...] = (), coded: bool = True) -> EncounterState:
    proposal = Proposal(tuple(map(Diagnosis, codes)), lines)
    return EncounterState(
        "coded" if coded else "coder_queue",
        1,
        "PT1",
        "DR1",
        DAY,
        (),
        version=int(coded),
        proposal=proposal,
        final=proposal if coded else None,
    )


@pytest.mark.parametrize(
    ("line", "place", "cents"),
    [
        (Line("99213"), "11", 3_329),
        (Line("99213"), "22", 1_664),
        (Line("99213"), "10", 3_329),
        (Line("99213", units=3), "11", 9_987),
        (Line("93000", ("26",)), "11", 1_332),
        (Line("99213", ("50",)), "11", 4_993),
    ],
)
def test_a_line_is_worth_its_units_times_the_factor_of_the_date(
    line: Line, place: str, cents: int
) -> None:
    assert estimate([line], place, IN_2024, Schedule()) == FeeEstimate(cents)


def test_what_the_schedule_does_not_price_is_named_and_adds_nothing() -> None:
    lines = [Line("99213"), Line("J0696", units=3)]
    assert estimate(lines, "11", IN_2024, Schedule()) == FeeEstimate(3_329, ("J0696",))
    assert estimate(lines, "11", IN_2024, NO_TABLES) == FeeEstimate(0, ("99213", "J0696"))


@pytest.mark.parametrize("day", [date(2020, 12, 31), date(2027, 1, 1), date(2031, 5, 5)])
def test_a_date_without_a_known_factor_prices_nothing(day: date) -> None:
    assert estimate([Line("99213")], "11", day, Schedule()) == FeeEstimate(0, ("99213",))


def test_the_factor_changes_within_a_year() -> None:
    assert conversion_factor(date(2024, 3, 8)) == 327_442
    assert conversion_factor(date(2024, 3, 9)) == 332_875


@given(st.lists(st.tuples(st.sampled_from(["99213", "93000", "J0696"]), st.integers(1, 9))))
def test_the_lines_of_a_claim_are_worth_what_they_are_worth_alone(
    given_lines: list[tuple[str, int]],
) -> None:
    lines = [Line(code, units=units) for code, units in given_lines]
    alone = [estimate([line], "11", IN_2024, Schedule()) for line in lines]
    together = estimate(lines, "11", IN_2024, Schedule())
    assert together.cents == sum(each.cents for each in alone)
    assert len(together.unknown) == sum(line.code == "J0696" for line in lines)


def test_codes_that_go_and_come_are_counted_with_repeats() -> None:
    before = state("J20.9", "I10", lines=(Line("99213"), Line("99213")))
    after = state("J20.90", "I10", lines=(Line("99213"), Line("99214", ("25",))))
    found = difference(KEY, before, after, "11", sets_on())
    assert found.removed == ("99213 x1", "J20.9")
    assert found.added == ("99214-25 x1", "J20.90")


def test_other_evidence_or_order_of_the_same_codes_is_no_change() -> None:
    found = difference(KEY, state("J20.9", "I10"), state("I10", "J20.9"), "11", sets_on())
    assert not found.changed


def test_a_case_that_moves_with_the_same_codes_is_affected() -> None:
    found = difference(KEY, state("I10"), state("I10", coded=False), "11", sets_on())
    summed = totals([found, difference(KEY, state("I10"), state("I10"), "11", sets_on())])
    assert (summed.encounters, summed.affected, summed.codes_changed) == (2, 1, 0)
    assert summed.moved == (("coded -> coder_queue", 1),)


def test_nothing_looked_at_adds_up_to_nothing() -> None:
    assert totals([]).encounters == 0


def test_a_release_is_used_on_its_dates_and_where_it_stands_in() -> None:
    library = open_library()
    shipped = library.named("icd10cm-FY2026")
    assert is_used(library, shipped, DAY)
    assert not is_used(library, shipped, date(2027, 1, 1))
    assert dates_of(shipped, "") == (date(2025, 10, 1), date(2026, 9, 30))
    assert dates_of(shipped, "FY2026") == (date.min, date.max)
    standing = CodeSetLibrary(stand_ins={"icd10cm": "FY2026", "hcpcs": "2024-07"})
    assert is_used(standing, shipped, date(2027, 1, 1))


def test_a_table_that_is_not_loaded_is_used_on_no_date() -> None:
    manifest = Manifest("ncci-ptp", "2026Q1", "2026-01-01", "2026-03-31", 1, (), "", 0)
    assert not is_used(open_library(), manifest, DAY)
