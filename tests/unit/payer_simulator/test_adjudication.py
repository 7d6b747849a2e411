"""The payer decides claims by its contract; every line balances."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.payer.accumulators import Accumulators, Standing
from simulators.payer.adjudicate import adjudicate, corrected_plan, reverse
from simulators.payer.claim import Adjustment, Claim, Decision, PriorLine, line_keys
from simulators.payer.contract import (
    Bundling,
    CostShare,
    Plan,
    default_contract,
    interest_cents,
    percent_of,
)
from simulators.payer.decide import crossover_claim
from simulators.payer.secondary import medicare_secondary_payment, split_by_weight
from tests.unit.payer_simulator.builders import SERVED, claim, line, medicare, medigap, prior

EXAMPLE = claim(line(1, "99213", 25000), line(2, "93000", 6000))


def reasons(decision: Decision) -> list[list[tuple[str, str, int]]]:
    return [
        [(a.group, a.reason, a.amount_cents) for a in each.adjustments] for each in decision.lines
    ]


def only_reason(decision: Decision) -> set[tuple[str, str]]:
    return {(a.group, a.reason) for each in decision.lines for a in each.adjustments}


def test_an_unknown_member_gets_status_4_and_reason_31() -> None:
    decision = adjudicate(EXAMPLE, medicare(), Standing(known=False))
    assert (decision.status, decision.paid_cents) == ("4", 0)
    assert only_reason(decision) == {("CO", "31")}


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(covered_from=SERVED + timedelta(days=1)), "26"),
        (Standing(covered_to=SERVED - timedelta(days=1)), "27"),
    ],
)
def test_a_service_outside_coverage_is_denied_with_status_1(
    standing: Standing, reason: str
) -> None:
    decision = adjudicate(EXAMPLE, medicare(), standing)
    assert (decision.status, only_reason(decision)) == ("1", {("CO", reason)})


def test_medicare_takes_a_claim_on_the_last_day_of_twelve_months_and_none_later() -> None:
    last = replace(EXAMPLE, received_on=date(2027, 3, 2))
    late = replace(EXAMPLE, received_on=date(2027, 3, 3))
    assert adjudicate(last, medicare(), Standing()).paid_cents > 0
    assert only_reason(adjudicate(late, medicare(), Standing())) == {("CO", "29")}


def test_twelve_months_from_a_leap_day_end_on_the_last_day_of_february() -> None:
    assert medicare().last_filing_day(date(2024, 2, 29)) == date(2025, 2, 28)


def test_the_same_service_again_is_an_exact_duplicate_under_oa() -> None:
    again = adjudicate(
        replace(EXAMPLE, claim_id="OTHER"), medicare(), Standing(seen=line_keys(EXAMPLE))
    )
    assert only_reason(again) == {("OA", "18")}


def test_a_code_that_needs_authorisation_is_denied_without_and_paid_with_one() -> None:
    plan = medicare(authorization_codes=frozenset({"93000"}))
    without = adjudicate(EXAMPLE, plan, Standing())
    assert reasons(without)[1] == [("CO", "197", 6000)]
    assert without.lines[0].paid_cents > 0
    having = adjudicate(replace(EXAMPLE, prior_authorization="A1"), plan, Standing())
    assert having.lines[1].paid_cents > 0


def test_a_component_is_bundled_unless_a_modifier_says_it_was_separate() -> None:
    plan = medicare(bundling=Bundling(frozenset({("99213", "93000")}), frozenset({"59"})))
    assert reasons(adjudicate(EXAMPLE, plan, Standing()))[1] == [("CO", "97", 6000)]
    separate = claim(line(1), line(2, "93000", 6000, modifiers=("59",)))
    assert adjudicate(separate, plan, Standing()).lines[1].paid_cents > 0


def test_a_service_that_is_not_covered_is_the_patients() -> None:
    plan = medicare(not_covered={"93000": ("PR", "204")})
    assert reasons(adjudicate(EXAMPLE, plan, Standing()))[1] == [("PR", "204", 6000)]


def test_a_secondary_claim_without_the_primarys_answer_is_denied_for_information() -> None:
    decision = adjudicate(replace(EXAMPLE, responsibility="S"), medigap(), Standing())
    assert decision.status == "2"
    assert only_reason(decision) == {("CO", "16")}
    assert decision.lines[0].remarks == ("MA04",)


def test_a_supplement_billed_first_says_that_another_payer_is_primary() -> None:
    assert only_reason(adjudicate(EXAMPLE, medigap(), Standing())) == {("CO", "22")}


def test_medicare_pays_the_worked_example_to_the_cent() -> None:
    decision = adjudicate(EXAMPLE, medicare(), Standing())
    assert reasons(decision) == [
        [("CO", "45", 10000), ("PR", "1", 5000), ("PR", "2", 2000), ("CO", "253", 160)],
        [("CO", "45", 2000), ("PR", "2", 800), ("CO", "253", 64)],
    ]
    assert [each.paid_cents for each in decision.lines] == [7840, 3136]
    assert decision.patient_responsibility_cents == 7800


def test_medigap_pays_the_coinsurance_of_the_worked_example_and_leaves_the_deductible() -> None:
    supplemented = replace(EXAMPLE, other_payers=("MEDIGAP_PLUS",))
    primary = adjudicate(supplemented, medicare(), Standing())
    assert (primary.status, primary.forwarded_to) == ("19", "MEDIGAP_PLUS")
    following = crossover_claim(supplemented, primary, "MEDICARE_B", date(2026, 3, 20))
    second = adjudicate(following, medigap(), Standing())
    assert second.status == "2"
    assert [each.paid_cents for each in second.lines] == [2000, 800]
    assert reasons(second) == [
        [("OA", "23", 18000), ("PR", "1", 5000)],
        [("OA", "23", 5200)],
    ]


def test_medicaid_second_pays_no_more_than_its_own_fee_and_leaves_nothing_to_the_patient() -> None:
    medicaid = Plan(payer_id="M", name="M", kind="medicaid", percent_of_charge=38)
    primary = adjudicate(EXAMPLE, medicare(), Standing())
    following = crossover_claim(EXAMPLE, primary, "MEDICARE_B", date(2026, 3, 20))
    second = adjudicate(following, medicaid, Standing())
    assert second.patient_responsibility_cents == 0
    assert second.lines[0].paid_cents == 9500 - 7840
    assert ("CO", "45") in only_reason(second)


def test_medicare_second_pays_the_least_of_three_of_42_cfr_411_33() -> None:
    assert medicare_secondary_payment(17500, 15000, 12000, 12500, 10000) == 3000
    plan = medicare(fees={"99213": 12500}, deductible_cents=0, sequestration_percent=0)
    second = claim(
        line(1, "99213", 17500),
        responsibility="S",
        prior_payers=(
            prior(
                "SUMMIT",
                PriorLine(1, 12000, (Adjustment("CO", "45", 2500), Adjustment("PR", "2", 3000))),
            ),
        ),
    )
    decision = adjudicate(second, plan, Standing())
    assert decision.paid_cents == 3000
    assert reasons(decision) == [[("OA", "23", 14500)]]


def test_sequestration_is_taken_after_the_cost_share_as_in_the_published_example() -> None:
    plan = medicare(fees={"99213": 10000})
    decision = adjudicate(claim(line(1, "99213", 10000)), plan, Standing())
    assert reasons(decision) == [[("PR", "1", 5000), ("PR", "2", 1000), ("CO", "253", 80)]]
    assert (decision.paid_cents, decision.patient_responsibility_cents) == (3920, 6000)


def test_a_copay_is_asked_once_a_visit() -> None:
    plan = Plan(
        payer_id="C",
        name="C",
        kind="commercial",
        percent_of_charge=50,
        cost_share={"other": CostShare(copay_cents=3000)},
    )
    decision = adjudicate(claim(line(1), line(2, "99214")), plan, Standing())
    assert [("PR", "3", 3000) in each for each in reasons(decision)] == [True, False]


def test_a_reversal_negates_every_amount_in_its_original_group() -> None:
    decision = adjudicate(EXAMPLE, medicare(), Standing())
    taken_back = reverse(decision)
    assert taken_back.status == "22"
    assert taken_back.charge_cents == -31000
    assert taken_back.paid_cents == -decision.paid_cents
    assert reasons(taken_back)[0][1] == ("PR", "1", -5000)


def test_interest_follows_the_rate_by_the_day() -> None:
    assert interest_cents(100_000, 500, 10) == 137
    assert interest_cents(100_000, 500, 0) == 0
    assert interest_cents(-5, 500, 10) == 0


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_split_parts_sum_to_the_total(total: int, weights: list[int]) -> None:
    assert sum(split_by_weight(total, weights)) == total


CODES = ["99213", "99214", "99284", "93000", "93005", "80053", "J1745", "90715", "99396", "70551"]
amounts = st.integers(0, 500_000)
lines = st.lists(
    st.tuples(st.sampled_from(CODES), amounts, st.integers(1, 5)), min_size=1, max_size=8
)
plans = st.sampled_from(sorted(default_contract().plans))
used = st.integers(0, 700_000)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    billed = tuple(
        line(number, code, charge, units=units)
        for number, (code, charge, units) in enumerate(draw(lines), 1)
    )
    made = claim(*billed, prior_authorization=draw(st.sampled_from(["", "A1"])))
    if draw(st.booleans()):
        return made
    before = []
    for each in billed:
        paid = draw(st.integers(0, each.charge_cents))
        share = draw(st.integers(0, each.charge_cents - paid))
        rest = each.charge_cents - paid - share
        before.append(
            PriorLine(
                each.number,
                paid,
                (Adjustment("CO", "45", rest), Adjustment("PR", "2", share)),
            )
        )
    if draw(st.booleans()):
        whole = replace(
            prior("OTHER", paid_cents=sum(b.paid_cents for b in before)),
            adjustments=tuple(a for b in before for a in b.adjustments),
        )
    else:
        whole = prior("OTHER", *before)
    return replace(made, responsibility=draw(st.sampled_from(["S", "T"])), prior_payers=(whole,))


@given(claims(), plans, used, used)
def test_every_line_balances_and_nothing_paid_is_negative(
    made: Claim, payer: str, deductible: int, spent: int
) -> None:
    plan = default_contract().plans[payer]
    decision = adjudicate(made, plan, Standing(Accumulators(deductible, spent)))
    assert decision.charge_cents == made.total_charge_cents
    for each in decision.lines:
        assert each.charge_cents == each.line.charge_cents
        assert 0 <= each.paid_cents <= each.line.charge_cents
        assert all(a.amount_cents != 0 for a in each.adjustments)
        assert all(a.amount_cents > 0 for a in each.adjustments if a.group == "PR")


@given(st.lists(claims(), min_size=1, max_size=6), plans)
def test_accumulators_never_pass_their_limits(several: list[Claim], payer: str) -> None:
    plan = default_contract().plans[payer]
    standing = Standing()
    for made in several:
        primary = replace(made, responsibility="P", prior_payers=())
        decision = adjudicate(primary, plan, standing)
        standing = replace(standing, accumulators=standing.accumulators.after(decision))
        assert standing.accumulators.deductible_cents <= plan.deductible_of(2026)
        if plan.out_of_pocket_limit_cents is not None:
            assert standing.accumulators.out_of_pocket_cents <= plan.out_of_pocket_limit_cents


@given(claims())
def test_sequestration_is_two_percent_of_each_payment_and_never_the_patients(made: Claim) -> None:
    plan = default_contract().plans["MEDICARE_B"]
    primary = replace(made, responsibility="P", prior_payers=())
    with_it = adjudicate(primary, plan, Standing())
    without = adjudicate(primary, replace(plan, sequestration_percent=0), Standing())
    assert with_it.patient_responsibility_cents == without.patient_responsibility_cents
    for reduced, whole in zip(with_it.lines, without.lines, strict=True):
        assert whole.paid_cents - reduced.paid_cents == percent_of(whole.paid_cents, 2)


@given(claims(), plans)
def test_a_reversal_and_its_original_sum_to_zero(made: Claim, payer: str) -> None:
    plan = default_contract().plans[payer]
    decision = adjudicate(made, plan, Standing())
    back = reverse(decision)
    assert back.charge_cents + decision.charge_cents == 0
    assert Accumulators().after(decision).after(back) == Accumulators()


@given(claims(), plans)
def test_a_correction_never_pays_more_than_the_first_decision(made: Claim, payer: str) -> None:
    plan = default_contract().plans[payer]
    first = adjudicate(made, replace(plan, deductible_cents=0), Standing())
    again = adjudicate(made, corrected_plan(replace(plan, deductible_cents=0)), Standing())
    assert again.paid_cents <= first.paid_cents
