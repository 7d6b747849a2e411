"""The worked examples of the money design: what they end in, and the wrong answers to reject."""

import json
from datetime import date

import pytest

from services.billing.domain.allocation import split_by_weight
from services.billing.domain.fee_schedule import (
    medicare_secondary_payment_cents,
    prompt_pay_interest_cents,
    sequestration_cents,
)
from tests.shared_data import needs_shared_data, shared
from tests.unit.billing.desk import (
    AR_PATIENT,
    CASH_INS,
    CONTRACTUAL,
    SEQUESTRATION,
    UNAPPLIED,
    Desk,
    decided,
    line,
    negated,
    policy,
)


def crossover() -> Desk:
    """Example 1 up to Medicare's decision, forwarded to the Medigap plan."""
    desk = Desk()
    desk.register(policy("MEDICARE_B"), policy("MEDIGAP_PLUS", 2))
    desk.code()
    desk.adjudicate(
        decided(
            1, 25000, 7840, ("CO", "45", 10000), ("PR", "1", 5000), ("PR", "2", 2000),
            ("CO", "253", 160),
        ),
        decided(2, 6000, 3136, ("CO", "45", 2000), ("PR", "2", 800), ("CO", "253", 64)),
        claim_status_code="19",
        patient_responsibility_cents=7800,
        crossover_payer_id="MEDIGAP_PLUS",
    )  # fmt: skip
    return desk


def test_nothing_is_the_patients_while_the_claim_is_forwarded() -> None:
    desk = crossover()
    assert desk.total("AR_INS_2") == 7800
    assert desk.total(AR_PATIENT) == 0
    assert not desk.published or all(
        type(e).__name__ != "PatientBalanceDue" for e in desk.published
    )
    assert len(desk.claims) == 1, "a forwarded claim is not billed to the next payer by us"
    assert desk.account().claims[0].state == "crossed_over"


def test_the_patient_owes_what_the_last_payer_leaves() -> None:
    desk = crossover()
    desk.adjudicate(
        decided(1, 25000, 2000, ("OA", "23", 18000), ("PR", "1", 5000)),
        decided(2, 6000, 800, ("OA", "23", 5200)),
        payer_id="MEDIGAP_PLUS",
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
    )
    balance = desk.balance
    assert balance.balance_cents == 5000
    assert balance.share.deductible_cents == 5000
    assert balance.balance_cents not in {12800, 5224}
    assert balance.insurance_paid_cents == 13776
    assert desk.total(CONTRACTUAL) == 12000
    assert desk.total(SEQUESTRATION) == 224
    assert balance.insurance_final
    desk.pay(5000)
    assert desk.balance.balance_cents == 0
    assert desk.balance.credit_cents == 0
    assert desk.account().claims[0].state == "closed"


def test_a_qualified_medicare_beneficiary_owes_nothing() -> None:
    desk = Desk()
    desk.register(policy("MEDICARE_B"), policy("STATE_MEDICAID", 2), qmb=True)
    desk.code()
    desk.adjudicate(
        decided(
            1, 25000, 7840, ("CO", "45", 10000), ("PR", "1", 5000), ("PR", "2", 2000),
            ("CO", "253", 160),
        ),
        decided(2, 6000, 3136, ("CO", "45", 2000), ("PR", "2", 800), ("CO", "253", 64)),
    )  # fmt: skip
    assert desk.claims[-1].payer_id == "STATE_MEDICAID"
    desk.adjudicate(
        decided(1, 25000, 0, ("OA", "23", 18000), ("PR", "1", 5000), ("PR", "2", 2000)),
        decided(2, 6000, 0, ("OA", "23", 5200), ("PR", "2", 800)),
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
    )
    assert desk.balance.balance_cents == 0
    assert desk.balance.protection == "qmb"
    assert desk.total("COST_SHARING_WO") == 7800


def test_a_take_back_and_correction_leave_the_patient_a_credit() -> None:
    desk = Desk()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99214"))
    first = desk.adjudicate(decided(1, 40000, 24000, ("CO", "45", 10000), ("PR", "2", 6000)))
    desk.pay(6000)
    assert desk.balance.balance_cents == 0
    desk.take(negated(first, remittance_id="R2", trace_number="T2"))
    assert not desk.balance.insurance_final
    assert desk.total(UNAPPLIED) == -6000
    desk.adjudicate(
        decided(1, 40000, 22500, ("CO", "45", 15000), ("PR", "3", 2500)),
        remittance_id="R2",
        trace_number="T2",
        sequence=2,
        paid_on=date(2026, 4, 9),
    )
    assert desk.total(CASH_INS) == 22500
    assert desk.total(CONTRACTUAL) == 15000
    assert desk.balance.share.copay_cents == 2500
    assert desk.balance.balance_cents == 0
    assert desk.balance.credit_cents == 3500
    assert desk.balance.patient_paid_cents == 6000
    assert len(desk.postings()) > 10, "history is kept, not edited"


@needs_shared_data
def test_the_shared_vectors_hold_the_same_numbers() -> None:
    vectors = {
        each["id"]: each
        for each in json.loads(shared("money", "vectors.json").read_text())["vectors"]
    }
    for name in ("C-largest-remainder", "D-plan-7"):
        vector = vectors[name]
        weights = vector.get("weights") or [1] * vector["installments"]
        assert list(split_by_weight(vector["total"], weights)) == vector["parts"]
    secondary = vectors["A-42CFR411.33b-msp"]
    assert (
        medicare_secondary_payment_cents(
            secondary["charge"],
            secondary["primary_allowed"],
            secondary["primary_paid"],
            secondary["medicare_fee"],
            secondary["candidates"][1],
        )
        == secondary["medicare_secondary_pays"]
    )
    cut = vectors["B-CMS-sequestration"]
    assert sequestration_cents(cut["before"]) == cut["reduction"]
    assert cut["before"] - sequestration_cents(cut["before"]) == cut["paid"]


@needs_shared_data
@pytest.mark.parametrize("name", ["EX1", "EX2"])
def test_the_shared_remittances_post_as_they_say(name: str) -> None:
    vectors = json.loads(shared("money", "vectors.json").read_text())["vectors"]
    vector = next(each for each in vectors if each["id"].startswith(name))
    desk = Desk()
    if name == "EX1":
        desk.register(policy("MEDICARE_B"), policy("MEDIGAP_PLUS", 2))
        desk.code()
    else:
        desk.register(policy("BLUERIVER"))
        desk.code(line(1, "99214"))
    for remit in vector["remits"]:
        desk.adjudicate(
            *(
                decided(each["line"], each["charge"], each["paid"], *map(tuple, each["cas"]))
                for each in remit["lines"]
            ),
            claim_status_code=remit["clp02"],
            payer_id={"MEDIGAP": "MEDIGAP_PLUS"}.get(
                remit.get("payer", ""), remit.get("payer", "BLUERIVER")
            ),
            crossover_payer_id="MEDIGAP_PLUS" if remit["clp02"] == "19" else "",
            remittance_id=f"R{remit['seq']}",
            trace_number=f"T{remit['seq']}",
            paid_on=date(2026, 3, 20 + remit["seq"]),
        )
        if name == "EX2" and remit["seq"] == 1:
            desk.pay(vector["patient_payment_after_seq_1"])
    balance = desk.balance
    if name == "EX1":
        expected = vector["expect_after_remit_2"]
        assert balance.balance_cents == expected["patient_due"]
        assert balance.insurance_paid_cents == expected["insurance_paid_total"]
        assert desk.total(CONTRACTUAL) == expected["write_off_contractual"]
        assert desk.total(SEQUESTRATION) == expected["write_off_sequestration"]
        desk.pay(vector["then_patient_pays"])
        assert desk.balance.balance_cents == vector["expect_final_balance"]
    else:
        expected = vector["expect"]
        assert desk.total(CASH_INS) == expected["insurance_paid_net"]
        assert desk.total(CONTRACTUAL) == expected["contractual_net"]
        assert balance.credit_cents == expected["patient_credit"]


def test_splits_lose_no_cent_and_interest_is_exact() -> None:
    assert split_by_weight(10000, [1, 1, 1]) == (3334, 3333, 3333)
    assert split_by_weight(100000, [1] * 7) == (14286,) * 5 + (14285,) * 2
    assert medicare_secondary_payment_cents(17500, 15000, 12000, 12500, 10000) == 3000
    assert sequestration_cents(4000) == 80
    assert prompt_pay_interest_cents(100000, 500, 10) == 137
