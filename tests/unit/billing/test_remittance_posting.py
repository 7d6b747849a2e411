"""What payers decide, posted: refusals, take-backs that come early, lines that fit nothing."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.claim import ClaimAdjudicated
from services.billing.decisions import DecideDenial
from services.billing.domain import ledger_account as accounts
from services.billing.domain.fee_schedule import FeeSchedule, PayerContract
from services.chassis.effects import Refused
from tests.unit.billing.desk import (
    AR_PATIENT,
    CASH_INS,
    CONTRACTUAL,
    Desk,
    cas,
    decided,
    line,
    negated,
    policy,
    test_rules,
)


def claimed(*payers: str, **rules: object) -> Desk:
    desk = Desk(test_rules(**rules))
    desk.register(*(policy(payer, rank) for rank, payer in enumerate(payers or ["BLUERIVER"], 1)))
    desk.code(line(1, "99213"), line(2, "36415"))
    return desk


def decide_denial(desk: Desk, action: str, role: str = "billing_manager") -> None:
    item = next(i for i in desk.account().items if i.is_open and i.kind != "hold")
    desk.take(
        DecideDenial.model_validate(
            {
                "practice_id": "P1",
                "encounter_id": "E1",
                "actor": "ann",
                "role": role,
                "reason": "decided",
                "item_id": item.item_id,
                "action": action,
            }
        )
    )


def test_a_line_that_does_not_balance_is_refused_and_nothing_is_posted() -> None:
    desk = claimed()
    before = desk.account()
    with pytest.raises(Refused) as refused:
        desk.adjudicate(decided(1, 25000, 24999), decided(2, 6000, 6000))
    assert refused.value.reason == "line_out_of_balance"
    assert desk.account() == before


def test_a_claim_that_does_not_balance_is_refused() -> None:
    desk = claimed()
    with pytest.raises(Refused) as refused:
        desk.adjudicate(decided(1, 25000, 25000), decided(2, 6000, 6000), paid_cents=30999)
    assert refused.value.reason == "claim_out_of_balance"


def test_a_decision_on_a_claim_that_nobody_sent_is_refused() -> None:
    desk = claimed()
    with pytest.raises(Refused) as refused:
        desk.adjudicate(decided(1, 25000, 25000), claim_id="NOBODY")
    assert refused.value.reason == "claim_unknown"


def test_a_denial_posts_no_write_off_and_makes_work() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 0, ("CO", "197", 25000)), decided(2, 6000, 6000))
    assert desk.total("AR_INS_1") == 25000
    assert desk.total(accounts.DENIAL_WO) == 0
    assert desk.account().claims[0].state == "partial"
    item = desk.items("denial")[0]
    assert (item.carc, item.amount_cents, item.action, item.line) == ("197", 25000, "appeal", 1)
    assert item.due_on == date(2026, 9, 16)
    assert not [e for e in desk.published if type(e).__name__ == "PatientBalanceDue"]


def test_all_lines_refused_is_denied_whatever_the_status_code() -> None:
    desk = claimed()
    desk.adjudicate(
        decided(1, 25000, 0, ("CO", "50", 25000)), decided(2, 6000, 0, ("CO", "50", 6000))
    )
    assert desk.account().claims[0].state == "denied"


def test_nothing_paid_for_the_patients_share_alone_is_paid() -> None:
    desk = claimed()
    desk.adjudicate(
        decided(1, 25000, 0, ("CO", "45", 5000), ("PR", "1", 20000)),
        decided(2, 6000, 0, ("PR", "1", 6000)),
    )
    assert desk.states[-1] == ("submitted", "paid")
    assert desk.balance.share.deductible_cents == 26000


def test_late_filing_is_never_the_patients_even_when_the_payer_says_so() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 0, ("PR", "29", 25000)), decided(2, 6000, 6000))
    assert desk.total(AR_PATIENT) == 0
    with pytest.raises(Refused) as refused:
        decide_denial(desk, "patient")
    assert refused.value.reason == "not_patient_responsibility"


def test_a_providers_liability_cannot_be_moved_to_the_patient() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 0, ("CO", "50", 25000)), decided(2, 6000, 6000))
    with pytest.raises(Refused) as refused:
        decide_denial(desk, "patient")
    assert refused.value.reason == "not_patient_responsibility"


def test_ended_coverage_reaches_the_patient_only_after_somebody_looked() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 0, ("PR", "27", 25000)), decided(2, 6000, 6000))
    assert desk.total(AR_PATIENT) == 0
    assert desk.items("denial")[0].action == "eligibility"
    decide_denial(desk, "patient")
    assert desk.balance.balance_cents == 25000


def test_a_write_off_needs_authority() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 0, ("CO", "50", 25000)), decided(2, 6000, 6000))
    with pytest.raises(Refused) as refused:
        decide_denial(desk, "write_off", role="biller")
    assert refused.value.reason == "beyond_authority"
    decide_denial(desk, "write_off")
    assert desk.balance.adjusted_cents == 25000
    assert desk.account().claims[0].state == "closed"


def test_a_written_off_denial_that_is_paid_after_all_is_put_right() -> None:
    desk = claimed()
    first = desk.adjudicate(
        decided(1, 25000, 0, ("CO", "50", 25000)), decided(2, 6000, 0, ("CO", "50", 6000))
    )
    decide_denial(desk, "write_off")
    decide_denial(desk, "write_off")
    desk.take(negated(first))
    desk.adjudicate(
        decided(1, 25000, 25000), decided(2, 6000, 6000), remittance_id="R3", trace_number="T3"
    )
    assert desk.total(accounts.DENIAL_WO) == 0
    assert desk.balance.insurance_paid_cents == 31000
    assert desk.balance.adjusted_cents == 0


def test_an_unknown_reason_stays_receivable_and_makes_work() -> None:
    desk = claimed()
    desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "B99", 5000)), decided(2, 6000, 0, ("PR", "ZZZ", 6000))
    )
    assert desk.total("AR_INS_1") == 11000
    assert desk.total(AR_PATIENT) == 0
    assert {item.carc for item in desk.items("unknown_adjustment")} == {"B99", "ZZZ"}


def test_capitation_and_sequestration_have_accounts_of_their_own() -> None:
    desk = claimed("MEDICARE_B")
    desk.adjudicate(
        decided(1, 25000, 24500, ("CO", "253", 500)), decided(2, 6000, 0, ("CO", "24", 6000))
    )
    assert desk.total(accounts.SEQUESTRATION) == 500
    assert desk.total(accounts.CAPITATION_CONTRA) == 6000
    assert desk.balance.balance_cents == 0


def test_a_payer_that_pays_more_than_the_charge_posts_as_sent() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 26000, ("CO", "94", -1000)), decided(2, 6000, 6000))
    assert desk.total(CASH_INS) == 32000
    assert desk.total(CONTRACTUAL) == -1000
    assert desk.total("AR_INS_1") == 0


def test_interest_inside_a_claim_is_income_and_not_the_patients() -> None:
    desk = claimed()
    desk.adjudicate(
        decided(1, 25000, 23137, ("CO", "225", -137), ("PR", "3", 2000)), decided(2, 6000, 6000)
    )
    assert desk.total(accounts.INTEREST_INCOME) == -137
    assert desk.balance.balance_cents == 2000


def test_a_reversal_that_comes_first_waits_and_then_nets_to_zero() -> None:
    desk = claimed()
    first = desk.adjudication(
        decided(1, 25000, 15000, ("CO", "45", 8000), ("PR", "3", 2000)), decided(2, 6000, 6000)
    )
    before = desk.totals()
    desk.take(negated(first))
    assert desk.totals() == before
    assert desk.items("unmatched_remittance")[0].reason == "original_not_found"
    desk.take(first)
    assert not desk.items("unmatched_remittance")
    assert desk.totals() == before
    assert desk.account().claims[0].state == "reversed"


def test_a_reversal_of_other_amounts_matches_nothing() -> None:
    desk = claimed()
    first = desk.adjudicate(
        decided(1, 25000, 15000, ("CO", "45", 8000), ("PR", "3", 2000)), decided(2, 6000, 6000)
    )
    before = desk.totals()
    other = first.model_copy(
        update={
            "paid_cents": 20000,
            "lines": (
                decided(1, 25000, 14000, ("CO", "45", 9000), ("PR", "3", 2000)),
                decided(2, 6000, 6000),
            ),
        }
    )
    desk.take(negated(other))
    assert desk.totals() == before
    assert desk.items("unmatched_remittance")[0].reason == "original_not_found"
    assert not desk.is_final()


def test_a_second_decision_waits_until_the_first_is_taken_back() -> None:
    desk = claimed()
    first = desk.adjudicate(
        decided(1, 25000, 15000, ("CO", "45", 8000), ("PR", "3", 2000)), decided(2, 6000, 6000)
    )
    desk.adjudicate(
        decided(1, 25000, 25000), decided(2, 6000, 6000), remittance_id="R3", trace_number="T3"
    )
    assert desk.items("unmatched_remittance")[0].reason == "awaits_reversal"
    assert desk.total(CASH_INS) == 52000, "cash is cash"
    assert not desk.is_final()
    desk.take(negated(first))
    assert desk.is_final()
    assert desk.balance.balance_cents == 0


def test_a_zero_payment_gives_way_to_a_later_decision() -> None:
    desk = claimed()
    desk.adjudicate(
        decided(1, 25000, 0, ("CO", "16", 25000)), decided(2, 6000, 0, ("CO", "16", 6000))
    )
    desk.adjudicate(
        decided(1, 25000, 25000),
        decided(2, 6000, 6000),
        remittance_id="R3",
        trace_number="T3",
        paid_on=date(2026, 5, 1),
    )
    assert not desk.items("denial")
    assert desk.balance.insurance_paid_cents == 31000


def test_lines_are_matched_without_our_number() -> None:
    desk = claimed()
    desk.adjudicate(
        decided(1, 6000, 6000, line=None, code="36415"),
        decided(1, 25000, 25000, line=None, code="99213", modifiers=("25",)),
    )
    account = desk.account()
    assert account.ledger.balances[CASH_INS] == {1: 25000, 2: 6000}


def test_a_changed_code_is_matched_when_only_one_line_is_left() -> None:
    desk = claimed()
    desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 5000), line=None, code="99212"),
        decided(2, 6000, 6000),
    )
    assert desk.account().ledger.balances[CASH_INS] == {1: 20000, 2: 6000}


def test_a_line_that_was_never_billed_posts_nothing_and_makes_work() -> None:
    desk = claimed()
    before = desk.totals()
    desk.adjudicate(
        decided(1, 25000, 25000, line=None, code="70551"),
        decided(2, 7000, 7000, line=None, code="70553"),
    )
    assert desk.totals() == before
    assert desk.items("unmatched_remittance")[0].reason == "line_not_billed"
    assert desk.items("unmatched_remittance")[0].amount_cents == 32000


def test_claim_level_adjustments_are_spread_by_charge_and_none_is_lost() -> None:
    desk = claimed()
    desk.adjudicate(
        decided(1, 25000, 25000), decided(2, 6000, 6000), adjustments=cas(("CO", "45", 1001))
    )
    rows = desk.account().ledger.balances
    assert rows[CONTRACTUAL] == {1: 807, 2: 194}
    assert rows[CASH_INS] == {1: 24193, 2: 5806}


def test_a_decision_without_lines_falls_on_the_lines_billed() -> None:
    desk = claimed()
    desk.adjudicate(
        charge_cents=31000,
        paid_cents=20000,
        adjustments=cas(("CO", "45", 10000), ("PR", "2", 1000)),
    )
    assert desk.total(CASH_INS) == 20000
    assert desk.balance.share.coinsurance_cents == 1000


def test_a_patient_whom_the_payer_does_not_know_is_a_denial() -> None:
    desk = claimed()
    desk.adjudicate(
        charge_cents=31000,
        paid_cents=0,
        adjustments=cas(("CO", "31", 31000)),
        claim_status_code="4",
    )
    assert desk.account().claims[0].state == "denied"
    assert desk.total("AR_INS_1") == 31000


def test_a_pend_is_work_and_posts_nothing() -> None:
    desk = claimed()
    before = desk.totals()
    desk.adjudicate(
        charge_cents=31000,
        paid_cents=0,
        adjustments=cas(("OA", "133", 31000)),
        claim_status_code="5",
    )
    assert desk.account().claims[0].state == "pended"
    assert desk.totals() == before
    assert desk.items("information_request")


def test_a_predetermination_moves_no_money() -> None:
    desk = claimed()
    before = desk.totals()
    desk.adjudicate(decided(1, 25000, 25000), decided(2, 6000, 6000), claim_status_code="25")
    assert desk.totals() == before


def test_an_allowed_amount_below_the_contract_is_underpaid() -> None:
    fees = FeeSchedule({"BLUERIVER": PayerContract(620, {"99213": 20000}, 100)})
    desk = claimed(fees=fees)
    desk.adjudicate(
        decided(1, 25000, 17000, ("CO", "45", 6000), ("PR", "3", 2000)),
        decided(2, 6000, 3700, ("CO", "45", 2300)),
    )
    items = desk.items("underpaid")
    assert [(item.line, item.amount_cents) for item in items] == [(1, 1000)]
    assert desk.is_final(), "an underpayment is no reason to keep a patient waiting"


def test_the_same_decision_again_is_not_posted_again() -> None:
    desk = claimed()
    event = desk.adjudicate(decided(1, 25000, 25000), decided(2, 6000, 6000))
    before = desk.account()
    desk.take(event)
    assert desk.account() == before


def test_a_trace_that_a_payer_uses_again_is_another_decision() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 20000, ("CO", "45", 5000)), decided(2, 6000, 6000))
    desk.adjudicate(
        decided(1, 25000, 10000, ("CO", "45", 15000)), decided(2, 6000, 6000), remittance_id="R2"
    )
    assert desk.total(CASH_INS) == 42000
    assert desk.items("unmatched_remittance")[0].reason == "awaits_reversal"


def test_the_same_decision_with_other_amounts_is_refused_and_posts_nothing() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 20000, ("CO", "45", 5000)), decided(2, 6000, 6000))
    with pytest.raises(Refused, match="came before with other amounts"):
        desk.adjudicate(decided(1, 25000, 10000, ("CO", "45", 15000)), decided(2, 6000, 6000))
    assert desk.total(CASH_INS) == 26000


def _shared_by_deductible(desk: Desk) -> None:
    desk.adjudicate(
        decided(1, 25000, 0, ("CO", "45", 5000), ("PR", "1", 20000)),
        decided(2, 6000, 0, ("PR", "1", 6000)),
    )


def _refused_as_duplicate(desk: Desk, **changes: Any) -> None:
    desk.adjudicate(
        decided(1, 25000, 0, ("OA", "18", 25000)),
        decided(2, 6000, 0, ("OA", "18", 6000)),
        **({"trace_number": "T2", "remittance_id": "R2", "paid_on": date(2026, 4, 1)} | changes),
    )


def test_a_later_refusal_as_a_duplicate_leaves_the_deductible_the_patients() -> None:
    desk = claimed()
    _shared_by_deductible(desk)
    _refused_as_duplicate(desk)
    assert desk.is_final()
    assert desk.balance.balance_cents == 26000
    assert not desk.items("denial")
    assert not desk.items("unmatched_remittance")


def test_a_refusal_as_a_duplicate_that_comes_first_gives_way() -> None:
    desk = claimed()
    _refused_as_duplicate(desk)
    assert len(desk.items("denial")) == 2
    _shared_by_deductible(desk)
    assert desk.is_final()
    assert desk.balance.balance_cents == 26000
    assert not desk.items("denial")


def test_a_refusal_as_a_duplicate_corrects_no_secondary_claim() -> None:
    desk = claimed("BLUERIVER", "SUMMIT")
    _shared_by_deductible(desk)
    first = desk.claims[0]
    desk.adjudicate(
        decided(1, 25000, 15000, ("CO", "45", 5000), ("PR", "2", 5000)),
        decided(2, 6000, 6000),
        trace_number="TS",
        remittance_id="RS",
        claim_status_code="2",
    )
    sent = len(desk.claims)
    _refused_as_duplicate(desk, claim_id=first.claim_id, payer_id="BLUERIVER")
    assert len(desk.claims) == sent
    assert desk.balance.balance_cents == 5000


def test_what_paid_nothing_but_was_no_denial_waits_for_its_reversal() -> None:
    desk = claimed()
    _shared_by_deductible(desk)
    desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 5000)),
        decided(2, 6000, 6000),
        trace_number="T2",
        remittance_id="R2",
        paid_on=date(2026, 4, 1),
    )
    assert desk.items("unmatched_remittance")[0].reason == "awaits_reversal"
    assert not desk.is_final()


def test_an_expired_denial_has_a_named_owner() -> None:
    desk = claimed()
    desk.adjudicate(decided(1, 25000, 0, ("CO", "197", 25000)), decided(2, 6000, 6000))
    desk.due("work_item_due")
    item = desk.items("denial")[0]
    assert (item.state, item.owner) == ("expired", "billing_manager")


def test_a_remark_or_a_payer_makes_a_rule_more_specific() -> None:
    rules = test_rules().adjustments
    assert rules.find("CO", "16").action == "correct"
    assert rules.find("CO", "16", ("MA130",)).action == "resubmit"
    specific = replace(
        rules,
        rules={
            **rules.rules,
            ("CO", "16", "*", "SUMMIT"): replace(rules.find("CO", "16"), action="appeal"),
        },
    )
    assert specific.find("CO", "16", (), "SUMMIT").action == "appeal"
    assert specific.find("CO", "16", (), "BLUERIVER").action == "correct"


@given(
    st.sampled_from(["CO", "OA", "PI", "CR"]),
    st.sampled_from(["1", "2", "3", "45", "96", "204", "27", "29", "50", "253", "XX"]),
)
def test_only_the_patients_group_ever_becomes_the_patients_share(group: str, reason: str) -> None:
    assert test_rules().adjustments.find(group, reason).meaning != "patient_share"


def test_reasons_without_words_or_persons_reach_no_key() -> None:
    desk = claimed()
    event: ClaimAdjudicated = desk.adjudicate(decided(1, 25000, 25000), decided(2, 6000, 6000))
    assert desk.account().adjudications[0].key == "|".join(
        ("BLUERIVER", "R1", "T1", event.claim_id, "ICN1", "1", "1")
    )
