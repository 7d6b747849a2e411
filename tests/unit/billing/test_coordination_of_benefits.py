"""Several payers for one claim: forwarded, billed by us, before their turn, at odds."""

from datetime import date

import pytest

from schemas.patient_account import PatientBalanceDue
from services.billing.decisions import DecideDenial
from services.billing.domain import ledger_account as accounts
from services.chassis.effects import Refused
from tests.unit.billing.desk import AR_PATIENT, CONTRACTUAL, Desk, decided, line, policy, test_rules


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


def test_a_payer_we_did_not_know_of_is_work_until_it_is_registered() -> None:
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
    item = desk.items("secondary_review")[0]
    assert (item.reason, item.amount_cents) == ("crossover_payer_not_registered", 2000)
    assert not desk.of(PatientBalanceDue)
    assert desk.total(AR_PATIENT) == 0
    desk.cover(policy("MEDICARE_B"), policy("MEDIGAP_PLUS", 2))
    assert desk.is_final()
    assert desk.balance.balance_cents == 0
    assert desk.balance.insurance_paid_cents == 28000
    assert not desk.items("secondary_review")
    assert len(desk.claims) == 1


def test_a_decision_that_comes_to_wait_for_something_else_is_one_open_item() -> None:
    desk = claimed("MEDICARE_B")
    _answered(desk, "MEDIGAP_PLUS", 500)
    assert [each.reason for each in desk.items("unmatched_remittance")] == ["payer_not_on_claim"]
    desk.cover(policy("MEDICARE_B"), policy("MEDIGAP_PLUS", 2))
    assert [each.reason for each in desk.items("unmatched_remittance")] == ["awaits_earlier_payer"]


def _forwarded_to(desk: Desk, crossover_payer_id: str) -> None:
    desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)),
        decided(2, 6000, 6000),
        claim_status_code="19",
        crossover_payer_id=crossover_payer_id,
    )


def _answered(desk: Desk, payer_id: str, left: int) -> None:
    desk.adjudicate(
        decided(1, 25000, 2000 - left, ("OA", "23", 23000), ("PR", "2", left)),
        decided(2, 6000, 0, ("OA", "23", 6000)),
        payer_id=payer_id,
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
    )


def test_an_unknown_payer_that_was_forwarded_to_comes_before_medicaid_once_registered() -> None:
    desk = claimed("MEDICARE_B", "STATE_MEDICAID")
    _forwarded_to(desk, "MEDIGAP_PLUS")
    _answered(desk, "MEDIGAP_PLUS", 500)
    assert desk.items("unmatched_remittance")[0].reason == "payer_not_on_claim"
    desk.cover(policy("MEDICARE_B"), policy("MEDIGAP_PLUS", 2), policy("STATE_MEDICAID", 3))
    assert desk.total("AR_INS_3") == 500
    assert desk.claims[-1].payer_id == "STATE_MEDICAID"
    assert [prior.payer_id for prior in desk.claims[-1].prior_payers] == [
        "MEDICARE_B",
        "MEDIGAP_PLUS",
    ]


def test_a_payer_named_by_an_id_that_nobody_mapped_answers_under_its_own() -> None:
    desk = claimed("MEDICARE_B", "MEDIGAP_PLUS")
    _forwarded_to(desk, "99999")
    assert desk.items("secondary_review")
    _answered(desk, "MEDIGAP_PLUS", 500)
    assert not desk.items("secondary_review")
    assert desk.is_final()
    assert desk.balance.balance_cents == 500


def test_medicaid_that_was_forwarded_to_and_registered_later_protects_the_patient() -> None:
    desk = claimed("MEDICARE_B")
    _forwarded_to(desk, "STATE_MEDICAID")
    _answered(desk, "STATE_MEDICAID", 1500)
    assert not desk.of(PatientBalanceDue)
    desk.cover(policy("MEDICARE_B"), policy("STATE_MEDICAID", 2))
    assert desk.is_final()
    assert (desk.balance.balance_cents, desk.balance.protection) == (0, "medicaid")
    assert desk.total(accounts.COST_SHARING_WO) == 1500


def test_a_later_payer_registered_after_the_claim_was_sent_is_billed() -> None:
    desk = claimed("BLUERIVER")
    desk.cover(policy("BLUERIVER"), policy("SUMMIT", 2))
    desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)), decided(2, 6000, 6000)
    )
    assert desk.claims[-1].payer_id == "SUMMIT"
    assert desk.total("AR_INS_2") == 2000


def test_a_later_payer_registered_after_the_balance_was_told_takes_it_back() -> None:
    desk = claimed("BLUERIVER")
    desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)), decided(2, 6000, 6000)
    )
    desk.pay(500)
    assert desk.is_final()
    desk.cover(policy("BLUERIVER"), policy("SUMMIT", 2))
    assert not desk.is_final()
    assert (desk.total(AR_PATIENT), desk.total("AR_INS_2")) == (0, 2000)
    assert desk.balance.credit_cents == 500
    assert desk.claims[-1].payer_id == "SUMMIT"


def test_a_payer_with_a_claim_keeps_its_place_whatever_is_registered() -> None:
    desk = claimed("BLUERIVER")
    desk.cover(policy("SUMMIT"), policy("BLUERIVER", 2))
    desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)), decided(2, 6000, 6000)
    )
    assert [claim.payer_id for claim in desk.claims] == ["BLUERIVER"]
    assert desk.is_final()


def test_a_patient_found_to_be_qmb_after_the_claim_was_sent_owes_nothing() -> None:
    for before in (True, False):
        desk = claimed("MEDICARE_B")
        if before:
            desk.cover(policy("MEDICARE_B"), qmb=True)
        desk.adjudicate(
            decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)), decided(2, 6000, 6000)
        )
        if not before:
            assert desk.balance.balance_cents == 2000
            desk.cover(policy("MEDICARE_B"), qmb=True)
        assert desk.is_final()
        assert (desk.balance.balance_cents, desk.balance.protection) == (0, "qmb")


def test_what_is_the_patients_by_decision_goes_to_the_later_payer_first() -> None:
    desk = claimed("BLUERIVER", "SUMMIT")
    desk.adjudicate(decided(1, 25000, 0, ("PR", "27", 25000)), decided(2, 6000, 6000))
    _to_patient(desk)
    assert (desk.total(AR_PATIENT), desk.total("AR_INS_2")) == (0, 25000)
    assert desk.claims[-1].payer_id == "SUMMIT"
    assert not desk.of(PatientBalanceDue)


def test_a_reason_that_no_rule_lets_reach_the_patient_does_not() -> None:
    desk = claimed("BLUERIVER")
    desk.adjudicate(decided(1, 25000, 0, ("PR", "16", 25000)), decided(2, 6000, 6000))
    with pytest.raises(Refused, match="not the patient"):
        _to_patient(desk)
    assert desk.total(AR_PATIENT) == 0


def _to_patient(desk: Desk) -> None:
    item = next(each for each in desk.account().items if each.is_open)
    desk.take(
        DecideDenial(
            practice_id="P1",
            encounter_id="E1",
            actor="ann",
            role="billing_manager",
            reason="checked",
            item_id=item.item_id,
            action="patient",
        )
    )


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
