"""The worked examples of the money model, as far as a patient account sees them."""

import json
from typing import Any

from services.patient_statements.domain.account import Account
from services.patient_statements.domain.encounter_balance import paid, reported
from services.patient_statements.domain.household import settled
from services.patient_statements.domain.payment import allocated
from services.patient_statements.domain.statement_day import held_statement_day, planned
from services.patient_statements.domain.statement_gate import Blocked
from tests.shared_data import needs_shared_data, shared
from tests.unit.patient_statements.examples import (
    NOON,
    POLICY,
    PRACTICE,
    account,
    balance_due,
    encounter,
    household,
)


def _paid(found: Account, amount_cents: int) -> Account:
    parts, rest = allocated(amount_cents, found.encounters)
    by_id = {part.encounter_id: part.amount_cents for part in parts}
    assert rest == 0
    return settled(
        found.with_encounters(
            *(
                paid(each, by_id[each.encounter_id])
                for each in found.encounters
                if each.encounter_id in by_id
            )
        ),
        "payment_recorded",
        household(),
    )


def _crossover(patient_due: int, insurance: int, write_offs: int, charge: int, pays: int) -> None:
    pending = account(
        encounter(
            0,
            insurance_final=False,
            charge_cents=charge,
            insurance_paid_cents=10_976,
            adjusted_cents=write_offs,
        )
    )
    assert planned(pending, NOON, POLICY).cycle.next_at is None
    final = reported(
        pending.encounters[0],
        balance_due(
            patient_due,
            version=2,
            charge_cents=charge,
            insurance_paid_cents=insurance,
            adjusted_cents=write_offs,
        ),
    )
    assert final is not None
    due = settled(pending.with_encounters(final), "balance_reported", household())
    day = held_statement_day(due, household(), PRACTICE, POLICY, NOON)
    assert day.statement is not None
    assert day.statement.total_cents == patient_due
    assert _paid(day.account, pays).due_cents == 0
    assert _paid(day.account, pays).state == "paid"


def test_a_crossover_claim_makes_one_statement_when_the_last_payer_is_final() -> None:
    _crossover(5_000, 13_776, 12_224, 31_000, 5_000)


@needs_shared_data
def test_the_crossover_vector_holds() -> None:
    vector = _vector("EX1-")
    after = vector["expect_after_remit_2"]
    _crossover(
        after["patient_due"],
        after["insurance_paid_total"],
        after["write_off_contractual"] + after["write_off_sequestration"],
        sum(each["charge"] for each in vector["encounter_lines"]),
        vector["then_patient_pays"],
    )


def _vector(prefix: str) -> dict[str, Any]:
    document = json.loads(shared("money", "vectors.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(
        each for each in document["vectors"] if each["id"].startswith(prefix)
    )
    return found


def test_a_correction_after_payment_ends_in_a_credit_and_keeps_the_payment() -> None:
    first = balance_due(6_000, charge_cents=40_000, adjusted_cents=10_000)
    opened = settled(
        account(encounter(6_000, charge_cents=40_000, adjusted_cents=10_000)),
        "balance_reported",
        household(),
    )
    settled_account = _paid(opened, first.balance_cents)
    corrected = reported(
        settled_account.encounters[0],
        balance_due(
            0,
            version=2,
            charge_cents=40_000,
            insurance_paid_cents=22_500,
            adjusted_cents=15_000,
            patient_paid_cents=6_000,
            credit_cents=3_500,
        ),
    )
    assert corrected is not None
    credited = settled(settled_account.with_encounters(corrected), "balance_reported", household())
    assert (credited.state, credited.credit_cents, credited.due_cents) == ("credit", 3_500, 0)
    assert corrected.patient_paid_cents == 6_000
    assert planned(credited, NOON, POLICY).cycle.next_at is None


def test_a_qmb_patient_owes_nothing_and_the_suppression_says_why() -> None:
    found = planned(
        account(encounter(0, charge_cents=31_000, adjusted_cents=20_024, protection="qmb")),
        NOON,
        POLICY,
    )
    day = held_statement_day(found, household(), PRACTICE, POLICY, NOON)
    assert day.statement is None
    assert day.suppressed == (Blocked("qmb", ("E1",)),)
