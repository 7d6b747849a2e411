"""Encounters withdrawn after a payer decided: what is voided, refused, and left to collect."""

from datetime import date

import pytest

from services.billing.domain import ledger_account as accounts
from tests.unit.billing.desk import Desk, decided, line, negated, policy, test_rules


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


@pytest.mark.parametrize("first_taken_back", [True, False])
def test_a_later_payer_that_pays_after_the_withdrawal_is_asked_to_take_it_back(
    first_taken_back: bool,
) -> None:
    desk = Desk(test_rules())
    desk.register(policy("BLUERIVER"), policy("MEDIGAP_PLUS", 2))
    desk.code(line(1, "99213"), line(2, "36415"))
    first = desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)), decided(2, 6000, 6000)
    )
    secondary = desk.claims[-1]
    assert secondary.payer_id == "MEDIGAP_PLUS"
    desk.withdraw()
    reversal = negated(first, remittance_id="R3", trace_number="T3", paid_on=date(2026, 4, 2))
    second = desk.adjudication(
        decided(1, 25000, 2000, ("OA", "23", 23000)),
        decided(2, 6000, 0, ("OA", "23", 6000)),
        claim_id=secondary.claim_id,
        payer_id="MEDIGAP_PLUS",
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
        paid_on=date(2026, 4, 1),
    )
    for event in (reversal, second) if first_taken_back else (second, reversal):
        desk.take(event)
    void = desk.claims[-1]
    assert (void.payer_id, void.frequency_code) == ("MEDIGAP_PLUS", "8")
    assert desk.total(accounts.CASH_INS) == 2000
    desk.take(negated(second, remittance_id="R4", trace_number="T4", paid_on=date(2026, 4, 9)))
    assert {claim.state for claim in desk.account().claims} == {"closed"}
    assert not [item for item in desk.account().items if item.is_open]
    assert desk.totals() == {}


@pytest.mark.parametrize("first_taken_back", [True, False])
def test_what_a_payer_forwarded_to_pays_after_the_withdrawal_is_its_credit_and_no_other_work(
    first_taken_back: bool,
) -> None:
    desk = Desk(test_rules())
    desk.register(policy("MEDICARE_B"), policy("MEDIGAP_PLUS", 2))
    desk.code(line(1, "99213"), line(2, "36415"))
    first = desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)),
        decided(2, 6000, 6000),
        claim_status_code="19",
        crossover_payer_id="MEDIGAP_PLUS",
    )
    desk.withdraw()
    second = desk.adjudication(
        decided(1, 25000, 2000, ("OA", "23", 23000)),
        decided(2, 6000, 0, ("OA", "23", 6000)),
        claim_id=first.claim_id,
        payer_id="MEDIGAP_PLUS",
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
        paid_on=date(2026, 4, 1),
    )
    reversal = negated(first, remittance_id="R3", trace_number="T3", paid_on=date(2026, 4, 2))
    for event in (reversal, second) if first_taken_back else (second, reversal):
        desk.take(event)
    open_items = [item for item in desk.account().items if item.is_open]
    assert [(item.kind, item.amount_cents) for item in open_items] == [("payer_credit", 2000)]


@pytest.mark.parametrize("first_taken_back", [True, False])
def test_what_a_payer_forwarded_to_refuses_after_the_withdrawal_is_nobodys_work(
    first_taken_back: bool,
) -> None:
    desk = Desk(test_rules())
    desk.register(policy("MEDICARE_B"), policy("MEDIGAP_PLUS", 2))
    desk.code(line(1, "99213"), line(2, "36415"))
    first = desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)),
        decided(2, 6000, 6000),
        claim_status_code="19",
        crossover_payer_id="MEDIGAP_PLUS",
    )
    desk.withdraw()
    second = desk.adjudication(
        decided(1, 25000, 0, ("CO", "50", 25000)),
        decided(2, 6000, 0, ("CO", "50", 6000)),
        claim_id=first.claim_id,
        payer_id="MEDIGAP_PLUS",
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
        paid_on=date(2026, 4, 1),
    )
    reversal = negated(first, remittance_id="R3", trace_number="T3", paid_on=date(2026, 4, 2))
    for event in (reversal, second) if first_taken_back else (second, reversal):
        desk.take(event)
    assert not [item for item in desk.account().items if item.is_open]
    assert desk.totals() == {}
