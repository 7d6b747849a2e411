"""A payer's lines on the lines billed, when the payer restates, drops or shortens them."""

from datetime import date

from schemas.patient_account import PatientBalanceDue
from tests.unit.billing.desk import CASH_INS, Desk, decided, line, policy, test_rules


def claimed() -> Desk:
    desk = Desk(test_rules())
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99213"), line(2, "36415"))
    return desk


def test_a_charge_that_the_payer_restates_lower_is_work_and_never_silently_open() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 20000, 15000, ("CO", "45", 5000)), decided(2, 6000, 6000))
    item = desk.items("coordination_mismatch")[0]
    assert (item.line, item.reason, item.amount_cents) == (1, "left_open_by_payer", 5000)
    assert desk.total("AR_INS_1") == 5000
    assert desk.total(CASH_INS) == 21000
    assert not desk.of(PatientBalanceDue)


def test_a_charge_that_the_payer_restates_higher_is_work() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 30000, 15000, ("CO", "45", 15000)), decided(2, 6000, 6000))
    assert desk.items("coordination_mismatch")[0].line == 1
    assert desk.total("AR_INS_1") == -5000
    assert not desk.of(PatientBalanceDue)


def test_a_line_that_the_payer_leaves_out_is_work() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 20000, ("CO", "45", 5000)))
    item = desk.items("coordination_mismatch")[0]
    assert (item.line, item.amount_cents) == (2, 6000)


def test_a_payer_that_drops_the_modifiers_is_understood_by_the_charge() -> None:
    desk = claimed()
    desk.code(
        line(1, "99213", units=2, modifiers=("25",)),
        line(2, "99213", modifiers=("59",)),
        encounter_id="E2",
        service_date=date(2026, 2, 2),
    )
    charges = {each.line: each.charge_cents for each in desk.claims[-1].lines}
    assert charges == {1: 50000, 2: 25000}
    desk.adjudicate(
        decided(0, 25000, 25000, line=None),
        decided(0, 50000, 40000, ("CO", "45", 10000), line=None),
        encounter_id="E2",
    )
    assert not desk.account("E2").items
    assert desk.account("E2").ledger.balances["CONTRACTUAL"] == {1: 10000}
