"""A claim turned away before adjudication: what is fixed, what is sent again, and what ends it."""

from typing import Any

import pytest

from services.billing.decisions import FixHold
from services.chassis.effects import Refused
from tests.unit.billing.desk import Desk, decided, line, policy, test_rules


def claimed() -> Desk:
    desk = Desk(test_rules())
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99213"), line(2, "36415"))
    return desk


def fix(desk: Desk, **changes: Any) -> None:
    held = next(claim for claim in desk.account().claims if claim.state == "held")
    fix_claim(desk, held.claim_id, **changes)


def fix_claim(desk: Desk, claim_id: str, **changes: Any) -> None:
    values = {
        "practice_id": "P1",
        "encounter_id": "E1",
        "actor": "ann",
        "role": "biller",
        "reason": "checked",
        "claim_id": claim_id,
    }
    desk.take(FixHold.model_validate(values | changes))


def paid(desk: Desk, **changes: Any) -> None:
    desk.adjudicate(
        decided(1, 25000, 20000, ("CO", "45", 3000), ("PR", "2", 2000)),
        decided(2, 6000, 6000),
        **changes,
    )


@pytest.mark.parametrize(("stage", "codes"), [("277CA", ("A7:21",)), ("999", ())])
def test_a_rejected_claim_that_is_fixed_and_paid_leaves_a_final_balance(
    stage: str, codes: tuple[str, ...]
) -> None:
    desk = claimed()
    desk.acknowledge(stage, "rejected", *codes)
    assert desk.items("hold")
    fix(desk, prior_authorization="AUTH1")
    assert not desk.items("hold")
    paid(desk)
    assert desk.is_final()
    assert desk.balance.balance_cents == 2000
    desk.pay(2000)
    assert {claim.state for claim in desk.account().claims} == {"closed"}


def test_a_rejected_claim_that_is_recoded_leaves_no_hold_behind() -> None:
    desk = claimed()
    desk.acknowledge("277CA", "rejected", "A7:21")
    desk.code(line(1, "99214"), version=2)
    assert not desk.items("hold")
    desk.adjudicate(decided(1, 40000, 30000, ("CO", "45", 8000), ("PR", "2", 2000)))
    assert desk.is_final()
    assert desk.balance.balance_cents == 2000


def test_a_rejected_replacement_is_sent_again_as_a_replacement() -> None:
    desk = claimed()
    paid(desk)
    desk.code(line(1, "99213", modifiers=("25",)), line(2, "36415"), version=2)
    desk.acknowledge("277CA", "rejected", "A7:21")
    fix(desk)
    assert [claim.frequency_code for claim in desk.claims] == ["1", "7", "7"]
    assert desk.claims[-1].payer_control_number == "ICN1"


def test_a_rejected_replacement_that_is_recoded_stays_a_replacement() -> None:
    desk = claimed()
    paid(desk)
    desk.code(line(1, "99214"), version=2)
    desk.acknowledge("277CA", "rejected", "A7:21")
    desk.code(line(1, "99213", modifiers=("25",)), version=3)
    assert desk.claims[-1].frequency_code == "7"
    assert desk.claims[-1].payer_control_number == "ICN1"


def test_a_payer_that_pays_a_rejected_claim_ends_its_hold() -> None:
    desk = claimed()
    desk.acknowledge("277CA", "rejected", "A7:21")
    held = desk.account().claims[0].claim_id
    paid(desk)
    assert desk.account().claims[0].state == "paid"
    assert not desk.items("hold")
    assert desk.is_final()
    with pytest.raises(Refused, match="is not held"):
        fix_claim(desk, held)
    assert len(desk.claims) == 1


def test_a_rejected_claim_paid_after_it_was_sent_again_is_settled_by_the_first_answer() -> None:
    desk = claimed()
    desk.acknowledge("277CA", "rejected", "A7:21")
    first = desk.claims[0].claim_id
    fix(desk, prior_authorization="AUTH1")
    again = desk.claims[-1].claim_id
    paid(desk, claim_id=first)
    desk.adjudicate(
        decided(1, 25000, 0, ("OA", "18", 25000)),
        decided(2, 6000, 0, ("OA", "18", 6000)),
        claim_id=again,
        trace_number="T2",
        remittance_id="R2",
    )
    assert desk.is_final()
    assert desk.balance.balance_cents == 2000
    assert desk.account().claims[-1].state == "paid"


def test_a_correction_that_is_refused_as_a_duplicate_stays_work() -> None:
    desk = claimed()
    paid(desk)
    desk.code(line(1, "99214"), version=2)
    desk.adjudicate(
        decided(1, 40000, 0, ("OA", "18", 40000)), trace_number="T2", remittance_id="R2"
    )
    assert desk.items("unmatched_remittance")[0].reason == "awaits_reversal"
    assert desk.account().claims[-1].state == "submitted"
    assert not desk.is_final()
