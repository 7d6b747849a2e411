"""Agreement of two codings, in whole permille and cents."""

from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.audit.agreement import (
    Agreement,
    compared,
    figures,
    kappa_permille,
    within_one,
)
from services.coding.domain.coding_result import Diagnosis, Line
from services.coding.domain.encounter_state import Proposal

PRICES = {"99213": 9_000, "99214": 13_000, "99203": 11_000, "36415": 300}


def codes(*diagnoses: str, lines: tuple[Line, ...] = (Line("99213"),)) -> Proposal:
    return Proposal(tuple(Diagnosis(code) for code in diagnoses), lines)


def against(first: Proposal, reference: Proposal) -> Agreement:
    return compared(first, reference, lambda line: PRICES.get(line.code))


def test_the_same_codes_agree_in_everything() -> None:
    found = figures([against(codes("J20.9"), codes("J20.9"))])
    assert (found.code_permille, found.claim_permille, found.visit_exact_permille) == (1000,) * 3
    assert (found.over_cents, found.under_cents, found.net_cents, found.gross_cents) == (0,) * 4


def test_matched_missed_and_extra_codes_make_the_code_level() -> None:
    case = against(codes("J20.9", "I10"), codes("J20.9", "E11.9"))
    assert (case.matched, case.missed, case.extra) == (2, 1, 1)
    assert figures([case]).code_permille == 500
    assert not case.claim


def test_a_higher_visit_than_the_reference_is_over_and_within_one() -> None:
    high = codes("J20.9", lines=(Line("99214"),))
    found = figures([against(high, codes("J20.9"))])
    assert (found.visit_exact_permille, found.visit_within_one_permille) == (0, 1000)
    assert (found.over_cents, found.under_cents, found.over_coded) == (4_000, 0, 1)
    back = figures([against(codes("J20.9"), high)])
    assert (back.over_cents, back.under_cents, back.net_cents) == (0, 4_000, -4_000)


def test_over_and_under_do_not_cancel_in_gross() -> None:
    high = codes("J20.9", lines=(Line("99214"),))
    found = figures([against(high, codes("J20.9")), against(codes("J20.9"), high)])
    assert (found.net_cents, found.gross_cents) == (0, 8_000)


def test_money_that_is_not_known_is_counted_and_never_guessed() -> None:
    unpriced = codes("J20.9", lines=(Line("99213"), Line("00000")))
    found = figures([against(unpriced, codes("J20.9")), against(codes("I10"), codes("J20.9"))])
    assert (found.not_priced, found.gross_cents, found.over_coded, found.under_coded) == (
        1,
        0,
        0,
        0,
    )


def test_what_both_report_needs_no_price() -> None:
    both = (Line("00000"), Line("99214"))
    found = figures([against(codes("I10", lines=both), codes("I10", lines=(Line("00000"),)))])
    assert (found.not_priced, found.over_cents) == (0, 13_000)


def test_lines_and_modifiers_in_another_order_are_the_same_coding() -> None:
    one = codes("J20.9", lines=(Line("99213", ("25", "95")), Line("36415")))
    other = codes("J20.9", lines=(Line("36415"), Line("99213", ("95", "25"))))
    assert against(one, other).claim
    assert not against(codes("I10", "J20.9"), codes("J20.9", "I10")).claim


def test_the_number_of_a_drug_is_judged_by_nobody() -> None:
    one = codes("J20.9", lines=(Line("J0696", (), 2, (1,), "00409733201"),))
    other = codes("J20.9", lines=(Line("J0696", (), 2, (1,)),))
    assert against(one, other).claim
    assert not against(one, codes("J20.9", lines=(Line("J0696", (), 3, (1,)),))).claim


def test_another_first_listed_diagnosis_disagrees_even_with_the_same_codes() -> None:
    case = against(codes("I10", "J20.9"), codes("J20.9", "I10"))
    assert (case.missed, case.extra) == (0, 0)
    assert figures([case]).first_listed_permille == 0


def test_modifiers_count_only_on_lines_that_both_report() -> None:
    first = codes("J20.9", lines=(Line("99213", ("25",)), Line("36415")))
    right = codes("J20.9", lines=(Line("99213"), Line("36415"), Line("99406")))
    assert figures([against(first, right)]).modifier_permille == 500


def test_levels_of_other_families_are_never_within_one() -> None:
    assert within_one("99213", "99214")
    assert not within_one("99213", "99215")
    assert not within_one("99203", "99213")
    assert not within_one("99213", "")


def test_nothing_has_no_share() -> None:
    found = figures([])
    assert found.code_permille is None
    assert found.visit_kappa_permille is None
    assert found.gross_cents == 0


def test_kappa_is_that_of_a_worked_example() -> None:
    """Fifty cases: 20 both yes, 15 both no, 5 and 10 apart: po .7, pe .5, kappa .4."""
    pairs = [("y", "y")] * 20 + [("n", "n")] * 15 + [("y", "n")] * 5 + [("n", "y")] * 10
    assert kappa_permille(pairs) == 400


def test_two_raters_who_never_vary_have_no_kappa() -> None:
    assert kappa_permille([("y", "y")] * 9) is None


PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=40)


@given(PAIRS)
def test_kappa_is_one_at_most_and_symmetric(pairs: list[tuple[str, str]]) -> None:
    found = kappa_permille(pairs)
    assert found == kappa_permille([(other, one) for one, other in pairs])
    if found is not None:
        assert -1000 <= found <= 1000
        assert (found == 1000) == all(one == other for one, other in pairs)


LINES = st.lists(
    st.sampled_from([Line("99213"), Line("99214"), Line("36415", units=2)]), max_size=4
)


@given(LINES, LINES)
def test_money_over_one_way_is_money_under_the_other(one: list[Line], other: list[Line]) -> None:
    first, second = Proposal(lines=tuple(one)), Proposal(lines=tuple(other))
    there, back = against(first, second), against(second, first)
    assert (there.over_cents, there.under_cents) == (back.under_cents, back.over_cents)
    assert (there.missed, there.extra) == (back.extra, back.missed)
    assert there.over_cents == 0 or there.under_cents == 0
