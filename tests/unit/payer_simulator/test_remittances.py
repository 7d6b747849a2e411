"""What the payer pays adds up: claims, interest, take-backs and what is carried forward."""

from dataclasses import replace
from datetime import date, time

import oxedi
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12 import balance
from services.payer_gateway.x12.checks.file_check import findings_of
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.envelope import TradingPartner as Party
from services.payer_gateway.x12.remittance import Remittance
from services.payer_gateway.x12.remittance_writer import write_835
from simulators.payer.accumulators import Standing
from simulators.payer.adjudicate import adjudicate, reverse
from simulators.payer.claim import Adjustment, Claim, Decision, LineDecision
from simulators.payer.contract import Plan, default_contract
from simulators.payer.faults import (
    charge_off_by_a_cent,
    claim_off_by_a_cent,
    total_off_by_a_cent,
)
from simulators.payer.remit import Owed, Payable, PaymentAdvice, Person, Practice, advise
from tests.unit.payer_simulator.builders import claim, line

PAID_ON = date(2026, 3, 20)
PRACTICE = Practice("ELM FAMILY MEDICINE", "1234567893", "123456789")
PERSON = Person("QUILLFEATHER", "NOOR", "M100")
COMMERCIAL = Plan(payer_id="BLUERIVER", name="BLUERIVER", kind="commercial")
CHARGE = claim(line(1, "99213", 40000))


def decided(paid: int, *adjustments: tuple[str, str, int], of: Claim = CHARGE) -> Decision:
    return Decision(
        "1",
        (LineDecision(of.lines[0], paid, paid, tuple(Adjustment(*a) for a in adjustments)),),
    )


def payable(decision: Decision, of: Claim = CHARGE, **changes: object) -> Payable:
    values: dict[str, object] = {"claim": of, "decision": decision, "icn": "ICN1", "person": PERSON}
    return Payable(**{**values, **changes})  # type: ignore[arg-type]


def pay(plan: Plan, payables: list[Payable], owed: tuple[Owed, ...] = ()) -> PaymentAdvice:
    return advise(plan, PRACTICE, payables, owed, paid_on=PAID_ON, trace_number="T1")


def plb(remittance: Remittance) -> list[tuple[str, int]]:
    return [(a.reason, a.amount_cents) for a in remittance.provider_adjustments]


FIRST = decided(24000, ("CO", "45", 10000), ("PR", "2", 6000))
CORRECTED = decided(22500, ("CO", "45", 15000), ("PR", "3", 2500))


def test_a_net_negative_payment_is_brought_to_zero_by_a_forward_balance() -> None:
    advice = pay(COMMERCIAL, [payable(reverse(FIRST), takes_back=True), payable(CORRECTED)])
    assert advice.remittance.payment_cents == 0
    assert (advice.remittance.handling, advice.remittance.method) == ("H", "NON")
    assert plb(advice.remittance) == [("FB", -1500)]
    assert advice.owed == (Owed("FB", "T1", 1500),)


def test_a_forward_balance_is_taken_from_the_next_payment() -> None:
    other = claim(line(1, "99213", 50000), claim_id="OTHER")
    advice = pay(COMMERCIAL, [payable(decided(50000, of=other), other)], (Owed("FB", "T1", 1500),))
    assert advice.remittance.payment_cents == 48500
    assert plb(advice.remittance) == [("FB", 1500)]
    assert advice.owed == ()


def test_an_overpayment_is_deferred_once_and_recovered_later_by_the_claims_number() -> None:
    plan = replace(COMMERCIAL, recovers_by="WO")
    taken = [payable(reverse(FIRST), takes_back=True), payable(CORRECTED)]
    advice = pay(plan, taken)
    assert plb(advice.remittance) == [("WO", -1500)]
    assert advice.remittance.payment_cents == 0
    later = pay(plan, [payable(FIRST)], advice.owed)
    assert plb(later.remittance) == [("WO", 1500)]
    assert later.remittance.payment_cents == 24000 - 1500
    assert later.remittance.provider_adjustments[0].reference == "ICN1"


def test_interest_and_recoupment_give_the_deposit_of_the_worked_example() -> None:
    medicare = claim(line(1, "99213", 25000), line(2, "93000", 6000))
    decision = Decision(
        "19",
        (
            LineDecision(
                medicare.lines[0],
                7840,
                15000,
                (
                    Adjustment("CO", "45", 10000),
                    Adjustment("PR", "1", 5000),
                    Adjustment("PR", "2", 2000),
                    Adjustment("CO", "253", 160),
                ),
            ),
            LineDecision(
                medicare.lines[1],
                3136,
                4000,
                (
                    Adjustment("CO", "45", 2000),
                    Adjustment("PR", "2", 800),
                    Adjustment("CO", "253", 64),
                ),
            ),
        ),
        forwarded_to="MEDIGAP_PLUS",
    )
    advice = pay(
        COMMERCIAL,
        [payable(decision, medicare, interest_cents=37)],
        (Owed("WO", "ICN0", 1200),),
    )
    assert plb(advice.remittance) == [("L6", -37), ("WO", 1200)]
    assert advice.remittance.payment_cents == 9813
    (clp,) = advice.remittance.claims
    assert (clp.status, clp.paid_cents, clp.patient_responsibility_cents) == ("19", 10976, 7800)
    carrier = clp.party("TT")
    assert carrier is not None
    assert carrier.identifier == "MEDIGAP_PLUS"


def test_faults_asked_for_are_found_by_the_three_level_balance() -> None:
    remittance = pay(COMMERCIAL, [payable(FIRST)]).remittance
    assert balance.check(remittance) == []
    assert [f.rule for f in balance.check(total_off_by_a_cent(remittance)) if f.is_error] == [
        "remittance.transaction-balance"
    ]
    wrong = replace(remittance, claims=(claim_off_by_a_cent(remittance.claims[0]),))
    assert "remittance.line-balance" in {f.rule for f in balance.check(wrong)}
    odd = replace(remittance, claims=(charge_off_by_a_cent(remittance.claims[0]),))
    assert {f.rule for f in balance.check(odd)} == {
        "remittance.claim-balance",
        "remittance.line-total",
    }


PAYERS = sorted(default_contract().plans)


@given(
    st.sampled_from(PAYERS),
    st.lists(st.tuples(st.integers(0, 90000), st.booleans()), min_size=1, max_size=6),
    st.lists(st.integers(1, 60000), max_size=3),
)
def test_every_payment_balances_is_not_negative_and_loses_no_debt(
    payer: str, charges: list[tuple[int, bool]], debts: list[int]
) -> None:
    plan = default_contract().plans[payer]
    payables = []
    for number, (charge, takes_back) in enumerate(charges):
        each = claim(line(1, "99213", charge), claim_id=f"C{number}")
        decision = adjudicate(each, plan, Standing())
        decision = reverse(decision) if takes_back else decision
        payables.append(payable(decision, each, icn=f"ICN{number}", takes_back=takes_back))
    owed = tuple(Owed("FB", f"D{n}", cents) for n, cents in enumerate(debts))
    advice = pay(plan, payables, owed)
    remittance = advice.remittance
    assert [f for f in balance.check(remittance) if f.is_error] == []
    assert remittance.payment_cents >= 0
    claims = sum(p.decision.paid_cents for p in payables)
    still_owed = sum(o.amount_cents for o in advice.owed)
    assert remittance.payment_cents == claims - sum(debts) + still_owed


def test_an_independent_reader_finds_nothing_wrong_with_what_the_payer_writes() -> None:
    envelope = Envelope(
        sender=Party("ZZ", "BLUERIVER"),
        receiver=Party("ZZ", PRACTICE.npi),
        control_number=1,
        group_control_number=1,
        created=PAID_ON,
        created_at=time(9, 30),
        usage="T",
    )
    remittances = [
        pay(COMMERCIAL, [payable(FIRST, interest_cents=37)]).remittance,
        pay(COMMERCIAL, [payable(reverse(FIRST), takes_back=True), payable(CORRECTED)]).remittance,
    ]
    content = write_835(envelope, remittances)
    assert list(oxedi.parse(content).diagnostics) == []
    assert findings_of(content) == []
