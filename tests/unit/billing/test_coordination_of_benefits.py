"""Several payers for one claim: forwarded, billed by us, before their turn, at odds."""

from datetime import date

from services.billing.decisions import OverrideHold
from services.billing.domain import ledger_account as accounts
from tests.unit.billing.desk import CONTRACTUAL, Desk, decided, line, policy, test_rules


def claimed(*payers: str, **rules: object) -> Desk:
    desk = Desk(test_rules(**rules))
    desk.register(*(policy(payer, rank) for rank, payer in enumerate(payers or ["BLUERIVER"], 1)))
    desk.code(line(1, "99213"), line(2, "36415"))
    return desk


def test_the_next_payers_decision_may_come_before_the_first() -> None:
    desk = claimed("MEDICARE_B", "MEDIGAP_PLUS")
    first = desk.adjudication(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)),
        decided(2, 6000, 6000),
        claim_status_code="19",
        crossover_payer_id="MEDIGAP_PLUS",
    )
    desk.adjudicate(
        decided(1, 25000, 2000, ("OA", "23", 23000)),
        decided(2, 6000, 0, ("OA", "23", 6000)),
        payer_id="MEDIGAP_PLUS",
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
    )
    assert desk.items("unmatched_remittance")[0].reason == "awaits_earlier_payer"
    desk.take(first)
    assert desk.is_final()
    assert desk.balance.balance_cents == 0
    assert not desk.items("unmatched_remittance")


def test_a_payer_we_did_not_know_of_may_be_forwarded_to() -> None:
    desk = claimed("MEDICARE_B")
    second = desk.adjudication(
        decided(1, 25000, 2000, ("OA", "23", 23000)),
        decided(2, 6000, 0, ("OA", "23", 6000)),
        payer_id="MEDIGAP_PLUS",
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
    )
    desk.take(second)
    assert desk.items("unmatched_remittance")[0].reason == "payer_not_on_claim"
    desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)),
        decided(2, 6000, 6000),
        claim_status_code="19",
        crossover_payer_id="MEDIGAP_PLUS",
    )
    assert desk.balance.balance_cents == 0
    assert desk.balance.insurance_paid_cents == 28000
    assert len(desk.claims) == 1


def test_an_unknown_payer_that_was_forwarded_to_comes_before_medicaid() -> None:
    desk = claimed("MEDICARE_B", "STATE_MEDICAID")
    desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)),
        decided(2, 6000, 6000),
        claim_status_code="19",
        crossover_payer_id="MEDIGAP_PLUS",
    )
    desk.adjudicate(
        decided(1, 25000, 1500, ("OA", "23", 23000), ("PR", "2", 500)),
        decided(2, 6000, 0, ("OA", "23", 6000)),
        payer_id="MEDIGAP_PLUS",
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
    )
    assert desk.total("AR_INS_3") == 500
    held = desk.account().claims[-1]
    assert (held.content.payer_id, held.level) == ("STATE_MEDICAID", 3)
    assert held.edits == ("prior_payer_not_registered",)
    desk.take(
        OverrideHold(
            practice_id="P1",
            encounter_id="E1",
            actor="ann",
            role="billing_manager",
            reason="sent with the plan's remittance on paper",
            claim_id=held.claim_id,
        )
    )
    assert [prior.payer_id for prior in desk.claims[-1].prior_payers] == ["MEDICARE_B"]


def test_a_secondary_that_writes_off_too_much_takes_no_more_than_is_open() -> None:
    desk = claimed("BLUERIVER", "SUMMIT")
    desk.adjudicate(
        decided(1, 25000, 15000, ("CO", "45", 5000), ("PR", "2", 5000)), decided(2, 6000, 6000)
    )
    desk.adjudicate(
        decided(1, 25000, 1000, ("OA", "23", 12000), ("CO", "45", 12000)),
        decided(2, 6000, 0, ("OA", "23", 6000)),
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
    )
    assert desk.total(CONTRACTUAL) == 9000
    assert desk.total("AR_INS_2") == 0
    assert desk.balance.balance_cents == 0


def test_a_secondary_that_pays_more_than_was_left_owes_nothing_and_is_flagged() -> None:
    desk = claimed("BLUERIVER", "SUMMIT")
    desk.adjudicate(
        decided(1, 25000, 15000, ("CO", "45", 5000), ("PR", "2", 5000)), decided(2, 6000, 6000)
    )
    desk.adjudicate(
        decided(1, 25000, 7000, ("OA", "23", 18000)),
        decided(2, 6000, 0, ("OA", "23", 6000)),
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
    )
    assert desk.total("AR_INS_2") == -2000
    assert desk.items("coordination_mismatch")[0].reason == "paid_more_than_left"
    credit = desk.items("payer_credit")[0]
    assert (credit.amount_cents, credit.due_on) == (2000, date(2026, 5, 2))


def test_medicaid_leaves_the_patient_the_copay_it_allows_and_no_more() -> None:
    desk = claimed("BLUERIVER", "STATE_MEDICAID", medicaid_copay_cents=400)
    desk.adjudicate(
        decided(1, 25000, 20000, ("PR", "2", 5000)), decided(2, 6000, 5000, ("PR", "2", 1000))
    )
    desk.adjudicate(
        decided(1, 25000, 0, ("OA", "23", 20000), ("PR", "3", 5000)),
        decided(2, 6000, 0, ("OA", "23", 5000), ("PR", "3", 1000)),
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
    )
    assert desk.balance.balance_cents == 400
    assert desk.balance.protection == "medicaid"
    assert desk.total(accounts.COST_SHARING_WO) == 5600
