"""What the payer says depends on the claim and the seed, not on when or in which order it came."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.payer.accumulators import Accumulators, Standing
from simulators.payer.contract import ContractError, Delays, default_contract, parse_contract
from simulators.payer.decide import claim_control_number, crossover_claim, decide
from simulators.payer.scenario import DESCRIPTIONS, Request, scenario_of
from tests.unit.payer_simulator.builders import claim, line, medicare, medigap

DELAYS = Delays()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no \\[\\[plans\\]\\]"),
        ("plans = [", "not TOML"),
        ('[[plans]]\npayer_id = "A"\nname = "A"\nkind = "medigap"\ndeductable_cents = 1', "plan A"),
        ('[[plans]]\npayer_id = "A"\nname = "A"\nkind = "medigap"\ndeductible_cents = -1', "cents"),
        (
            '[[plans]]\npayer_id = "A"\nname = "A"\nkind = "medigap"\ndeductible_cents = 1.5',
            "cents",
        ),
    ],
)
def test_a_contract_that_cannot_be_used_is_refused_by_plan(text: str, said: str) -> None:
    with pytest.raises(ContractError, match=said):
        parse_contract(text)


@pytest.mark.parametrize(
    ("member_id", "request_made", "details"),
    [
        ("M100", None, ("", "", "", "")),
        ("DENYING-1", None, ("", "", "", "")),
        ("DENY-CO197-0001", Request.DENY, ("CO", "197", "", "")),
        ("deny-pr204", Request.DENY, ("PR", "204", "", "")),
        ("DENY-XX1-1", None, ("", "", "", "")),
        ("REJECT-277-A3-1", Request.REJECT_277, ("", "", "A3", "21")),
        ("REJECT-277-A7164-1", Request.REJECT_277, ("", "", "A7", "164")),
        ("REJECT-277-A2-1", None, ("", "", "", "")),
        ("REJECT-999-1", Request.REJECT_999, ("", "", "", "")),
        ("UNBALANCED-1", Request.UNBALANCED, ("", "", "", "")),
        ("UNBALANCED-TOTAL-1", Request.UNBALANCED_TOTAL, ("", "", "", "")),
        ("UNBALANCED-CHARGE-1", Request.UNBALANCED_CHARGE, ("", "", "", "")),
        ("REVERSE", Request.REVERSE, ("", "", "", "")),
    ],
)
def test_a_member_id_asks_by_its_first_words_only(
    member_id: str, request_made: Request | None, details: tuple[str, str, str, str]
) -> None:
    found = scenario_of(member_id)
    assert found.request is request_made
    assert (found.group, found.reason, found.category, found.status) == details


def test_every_answer_that_can_be_asked_for_is_described() -> None:
    assert set(DESCRIPTIONS) == set(Request)


@given(st.lists(st.integers(1, 99), min_size=2, max_size=8, unique=True), st.integers(0, 5))
def test_the_order_of_arrival_changes_no_payment_day_and_no_control_number(
    numbers: list[int], seed: int
) -> None:
    claims = [claim(claim_id=f"C{n}", member_id=f"M{n}") for n in numbers]

    def answers(order: list[int]) -> dict[str, tuple[str, date, int]]:
        found = {}
        for at in order:
            each = claims[at]
            (payment,) = decide(each, medicare(), Standing(), DELAYS, seed).payments
            number = claim_control_number("MEDICARE_B", each, seed)
            found[each.claim_id] = (number, payment.pay_on, payment.decision.paid_cents)
        return found

    there = answers(list(range(len(claims))))
    assert there == answers(list(range(len(claims)))[::-1])
    received = claims[0].received_on
    days = {(pay_on - received).days for _, pay_on, _ in there.values()}
    assert min(days) >= DELAYS.payment_first
    assert max(days) <= DELAYS.payment_last
    assert len({number for number, _, _ in there.values()}) == len(claims)


def test_a_reversal_gives_the_deductible_back_before_the_correction_takes_it() -> None:
    asked = claim(line(1, "99213", 25000), member_id="REVERSE-1")
    outcome = decide(asked, medicare(), Standing(), DELAYS)
    first, taken_back, again = outcome.payments
    assert taken_back.takes_back
    assert taken_back.pay_on == again.pay_on == first.pay_on + timedelta(days=DELAYS.reversal)
    assert taken_back.decision.paid_cents == -first.decision.paid_cents
    assert outcome.standing.accumulators == Accumulators(again.decision.deductible_cents)


def test_a_denied_member_uses_nothing_of_the_years_limits() -> None:
    outcome = decide(claim(member_id="DENY-CO50-1"), medicare(), Standing(), DELAYS)
    assert outcome.standing.accumulators == Accumulators()


def test_a_supplement_asked_for_gets_the_claim_without_being_named_on_it() -> None:
    asked = claim(member_id="CROSS-1")
    (payment,) = decide(asked, medicare(), Standing(), DELAYS).payments
    assert (payment.decision.status, payment.decision.forwarded_to) == ("19", "MEDIGAP_PLUS")
    onward = crossover_claim(asked, payment.decision, "MEDICARE_B", payment.pay_on)
    (second,) = decide(onward, medigap(), Standing(), DELAYS).payments
    assert second.decision.status == "2"


def test_every_plan_that_comes_with_the_simulator_pays_an_ordinary_visit() -> None:
    for payer_id, plan in default_contract().plans.items():
        visit = claim(line(1, "99214", 40000), line(2, "80053", 6000))
        if plan.kind == "medigap":
            continue
        paid = decide(visit, replace(plan, deductible_cents=0), Standing(), DELAYS).payments
        assert paid[0].decision.paid_cents > 0, payer_id
