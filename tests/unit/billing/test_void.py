"""Encounters withdrawn after a payer decided: what is voided, refused, and left to collect."""

from datetime import date

from tests.unit.billing.desk import Desk, decided, line, policy, test_rules


def claimed() -> Desk:
    desk = Desk(test_rules())
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99213"), line(2, "36415"))
    return desk


def test_a_void_that_the_payer_refuses_is_closed_and_the_money_is_its_credit() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 20000, ("CO", "45", 5000)), decided(2, 6000, 6000))
    desk.withdraw()
    assert desk.claims[-1].frequency_code == "8"
    desk.adjudicate(
        decided(1, 25000, 0, ("CO", "16", 25000)),
        decided(2, 6000, 0, ("CO", "16", 6000)),
        trace_number="T2",
        remittance_id="R2",
        paid_on=date(2026, 4, 1),
    )
    assert desk.account().claims[-1].state == "closed"
    item = desk.items("payer_credit")[0]
    assert (item.amount_cents, item.reason) == (26000, "payer_paid_too_much")
    assert not desk.items("unmatched_remittance")
    assert not desk.items("denial")


def test_a_void_that_is_rejected_leaves_the_payers_credit_as_work() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 25000), decided(2, 6000, 6000))
    desk.withdraw()
    desk.acknowledge("277CA", "rejected", "A7:21")
    assert not desk.items("hold")
    assert desk.account().claims[-1].state == "closed"
    assert desk.items("payer_credit")[0].amount_cents == 31000


def test_a_refused_claim_that_is_cancelled_leaves_no_work_and_needs_no_void() -> None:
    desk = claimed()
    desk.adjudicate(
        decided(1, 25000, 0, ("CO", "50", 25000)), decided(2, 6000, 0, ("CO", "50", 6000))
    )
    assert len(desk.items("denial")) == 2
    desk.withdraw()
    assert not [item for item in desk.account().items if item.is_open]
    assert len(desk.claims) == 1
    assert desk.account().claims[0].state == "closed"
    assert desk.totals() == {}


def test_a_claim_that_is_refused_after_it_was_cancelled_leaves_no_work() -> None:
    desk = claimed()
    desk.withdraw()
    desk.adjudicate(
        decided(1, 25000, 0, ("CO", "50", 25000)), decided(2, 6000, 0, ("CO", "50", 6000))
    )
    assert not [item for item in desk.account().items if item.is_open]
    assert desk.account().claims[0].state == "closed"


def test_a_partly_refused_claim_that_is_cancelled_is_voided_and_its_refusals_are_no_work() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 0, ("CO", "50", 25000)), decided(2, 6000, 6000))
    desk.withdraw()
    assert not desk.items("denial")
    assert desk.claims[-1].frequency_code == "8"
