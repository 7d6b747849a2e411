"""Patient money: applied line by line, the rest kept as the patient's."""

import pytest

from services.billing.decisions import Refund
from services.billing.domain import ledger_account as accounts
from services.chassis.effects import Refused
from tests.unit.billing.desk import AR_PATIENT, Desk, decided, line, policy, test_rules


def claimed() -> Desk:
    desk = Desk()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99213"), line(2, "36415"))
    return desk


def test_a_payment_goes_to_the_lines_in_order_and_the_rest_is_a_credit() -> None:
    desk = claimed()
    desk.adjudicate(
        decided(1, 25000, 20000, ("PR", "2", 5000)), decided(2, 6000, 5000, ("PR", "2", 1000))
    )
    desk.pay(5500)
    assert desk.account().ledger.balances[AR_PATIENT] == {1: 0, 2: 500}
    desk.pay(1500, "PAY2")
    assert desk.balance.balance_cents == 0
    assert desk.balance.credit_cents == 1000


def test_a_copay_taken_at_the_desk_is_used_once_the_share_is_known() -> None:
    desk = claimed()
    desk.pay(3000)
    assert desk.total(accounts.UNAPPLIED) == -3000
    desk.adjudicate(decided(1, 25000, 22000, ("PR", "3", 3000)), decided(2, 6000, 6000))
    assert desk.balance.balance_cents == 0
    assert desk.balance.credit_cents == 0
    assert desk.total(accounts.UNAPPLIED) == 0


def test_a_payment_of_another_accounts_encounter_stays_unapplied() -> None:
    desk = claimed()
    payment = desk.payment(700, allocations={"E1": 500})
    desk.take(payment.model_copy(update={"account_id": "OTHER"}))
    account = desk.rows.patient_accounts.get(("P1", "OTHER"))
    assert account is not None
    assert account.unapplied_cents == 700
    assert desk.total(accounts.UNAPPLIED) == 0


def test_a_payment_allocated_beyond_its_amount_is_refused() -> None:
    desk = claimed()
    payment = desk.payment(500, allocations={"E1": 501})
    with pytest.raises(Refused) as refused:
        desk.take(payment)
    assert refused.value.reason == "allocations_exceed_payment"


def test_a_payment_delivered_twice_is_one() -> None:
    desk = claimed()
    desk.pay(500)
    desk.pay(500)
    assert desk.total(accounts.CASH_PATIENT) == 500


def test_money_for_an_encounter_that_is_not_coded_yet_waits_for_it() -> None:
    balances = []
    for paid_first in (True, False):
        desk = Desk(test_rules())
        desk.register(policy("BLUERIVER"))
        if paid_first:
            desk.pay(2500)
        desk.code(line(1, "99213"))
        if not paid_first:
            desk.pay(2500)
        desk.adjudicate(decided(1, 25000, 18000, ("CO", "45", 5000), ("PR", "3", 2000)))
        assert desk.is_final()
        assert (desk.balance.balance_cents, desk.balance.credit_cents) == (0, 500)
        assert desk.balance.patient_paid_cents == 2500
        balances.append((desk.totals(), desk.rows.patient_accounts.get(("P1", "A1"))))
    assert balances[0] == balances[1]


def test_money_that_waited_on_another_accounts_encounter_goes_back_to_its_payer() -> None:
    desk = Desk(test_rules())
    desk.register(policy("BLUERIVER"))
    desk.take(desk.payment(2500).model_copy(update={"account_id": "OTHER"}))
    desk.code(line(1, "99213"))
    desk.adjudicate(decided(1, 25000, 18000, ("CO", "45", 5000), ("PR", "3", 2000)))
    assert desk.balance.balance_cents == 2000
    assert desk.balance.patient_paid_cents == 0
    owner = desk.rows.patient_accounts.get(("P1", "OTHER"))
    assert owner is not None
    assert owner.unapplied_cents == 2500


def test_money_for_an_encounter_that_is_never_billed_is_the_patients_credit() -> None:
    desk = Desk(test_rules())
    desk.register(policy("BLUERIVER"))
    desk.pay(2500)
    desk.withdraw()
    desk.code(line(1, "99213"))
    assert desk.total("UNAPPLIED") == -2500
    assert desk.total("AR_INS_1") == 0


def _refund(desk: Desk, step: str, cents: int, actor: str) -> None:
    desk.take(
        Refund.model_validate(
            {
                "practice_id": "P1",
                "encounter_id": "E1",
                "actor": actor,
                "role": "finance",
                "reason": "credit",
                "step": step,
                "amount_cents": cents,
            }
        )
    )


def test_who_approved_one_refund_may_pay_another_ones_once_it_was_paid_out() -> None:
    desk = claimed()
    desk.pay(3000)
    _refund(desk, "approve", 1000, "ann")
    with pytest.raises(Refused, match="may not pay"):
        _refund(desk, "pay", 1000, "ann")
    _refund(desk, "pay", 400, "bob")
    with pytest.raises(Refused, match="may not pay"):
        _refund(desk, "pay", 600, "ann")
    _refund(desk, "pay", 600, "bob")
    _refund(desk, "approve", 500, "bob")
    with pytest.raises(Refused, match="may not pay"):
        _refund(desk, "pay", 500, "bob")
    _refund(desk, "pay", 500, "ann")
    assert desk.total(accounts.UNAPPLIED) == -1500
